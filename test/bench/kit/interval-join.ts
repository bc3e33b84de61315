/** Clicks and the purchases near them in time, per key: by the library, and by hand. */
import { Stream } from 'millrace';
import { BOUND, events, type Event } from './events.js';
import { each } from './sinks.js';

export interface SidedEvent extends Event {
  readonly id: number;
  readonly side: 'click' | 'purchase';
}
export interface Pair {
  readonly left: number;
  readonly right: number;
  readonly at: number;
}
/** Of an unmatched record. */
const NONE = -1;
/** A purchase up to so long before and after its click. */
const LOWER = -2_000;
const UPPER = 8_000;

/** Every other event is a purchase. */
export const sidedEvents = (options: { readonly records: number; readonly keys: number; readonly minutes: number }): SidedEvent[] => events(options).map((event, id) => ({ ...event, id, side: event.value % 2 === 0 ? 'click' : 'purchase' }));

export async function byMillrace(data: readonly SidedEvent[], type: 'inner' | 'left'): Promise<Pair[]> {
  const found: Pair[] = [];
  const [clicks, purchases] = Stream.from(data)
    .timestamps(event => event.at, { disorder: BOUND })
    .split(event => event.side === 'click');
  const job = await clicks
    .keyBy(event => event.key)
    .join(purchases.keyBy(event => event.key), { name: 'near', within: [LOWER, UPPER], type })
    .to(each(({ left, right }) => found.push({ left: left.id, right: right === undefined ? NONE : right.id, at: right === undefined ? left.at : Math.max(left.at, right.at) })))
    .run();
  await job.done;
  return found;
}

interface Waiting {
  readonly at: number;
  readonly id: number;
  matched: boolean;
}
interface Waits {
  readonly clicks: Waiting[];
  readonly purchases: Waiting[];
}

/** Two sorted arrays per key; what no record can match any more is dropped when its key has the next record. Late events are left out. */
export function byHand(data: readonly SidedEvent[], type: 'inner' | 'left'): Pair[] {
  const found: Pair[] = [];
  const keys = new Map<string, Waits>();
  let watermark = -Infinity;
  const insert = (waiting: Waiting[], one: Waiting): void => {
    let i = waiting.length;
    while (i > 0 && (waiting[i - 1]?.at ?? 0) > one.at) i--;
    if (i === waiting.length) waiting.push(one);
    else waiting.splice(i, 0, one);
  };
  const drop = (waiting: Waiting[], before: number, outer: boolean): void => {
    let n = 0;
    for (const one of waiting) {
      if (one.at >= before) break;
      n++;
      if (outer && !one.matched) found.push({ left: one.id, right: NONE, at: one.at });
    }
    if (n > 0) waiting.splice(0, n);
  };
  for (const { key, id, side, at } of data) {
    if (at >= watermark) {
      let waits = keys.get(key);
      if (waits === undefined) keys.set(key, (waits = { clicks: [], purchases: [] }));
      drop(waits.clicks, watermark - UPPER, type === 'left');
      drop(waits.purchases, watermark + LOWER, false);
      if (side === 'click') {
        const click: Waiting = { at, id, matched: false };
        for (const purchase of waits.purchases) {
          if (purchase.at > at + UPPER) break;
          if (purchase.at < at + LOWER) continue;
          click.matched = true;
          found.push({ left: id, right: purchase.id, at: Math.max(at, purchase.at) });
        }
        insert(waits.clicks, click);
      } else {
        for (const click of waits.clicks) {
          if (click.at > at - LOWER) break;
          if (click.at < at - UPPER) continue;
          click.matched = true;
          found.push({ left: click.id, right: id, at: Math.max(at, click.at) });
        }
        insert(waits.purchases, { at, id, matched: false });
      }
    }
    if (at - BOUND > watermark) watermark = at - BOUND;
  }
  for (const { clicks } of keys.values()) drop(clicks, Infinity, type === 'left');
  return found;
}

/** Pairs in one order, whoever found them. */
export const sortedPairs = (pairs: readonly Pair[]): readonly string[] => pairs.map(({ left, right, at }) => `${left} ${right} ${at}`).sort();
