import { Stream, count, session } from 'millrace';
import { contest } from '../kit/contest.js';
import { BOUND, events, type Event } from '../kit/events.js';
import { each } from '../kit/sinks.js';

const GAP = 60_000;
const data = events({ records: 1_000_000, keys: 10_000, minutes: 240 });

type Row = readonly [key: string, start: number, end: number, count: number];

async function byMillrace(): Promise<Row[]> {
  const rows: Row[] = [];
  const job = await Stream.from(data)
    .timestamps(event => event.at, { disorder: BOUND })
    .keyBy(event => event.key)
    .window(session(GAP))
    .aggregate(count(), { name: 'sessions' })
    .to(each(({ key, window, value }) => rows.push([key, window.start, window.end, value])))
    .run();
  await job.done;
  return rows;
}

interface Open {
  readonly key: string;
  start: number;
  end: number;
  count: number;
  gone: boolean;
}

/** A Map of open sessions by key, and a wheel of buckets of ten seconds that closes them; late events are left out. */
function byHand(): Row[] {
  const rows: Row[] = [];
  const open = new Map<string, Open[]>();
  const wheel = new Map<number, Open[]>();
  const TICK = 10_000;
  let watermark = -Infinity;
  let tick = Infinity;
  const arm = (one: Open): void => {
    const at = Math.ceil(one.end / TICK) * TICK;
    const list = wheel.get(at);
    if (list === undefined) wheel.set(at, [one]);
    else list.push(one);
    if (at < tick) tick = at;
  };
  const close = (one: Open): void => {
    rows.push([one.key, one.start, one.end, one.count]);
    const of = open.get(one.key);
    if (of?.length === 1) open.delete(one.key);
    else of?.splice(of.indexOf(one), 1);
  };
  /** Whole buckets: all in one end before it does. */
  const advance = (): void => {
    for (; tick <= watermark && wheel.size > 0; tick += TICK) {
      const list = wheel.get(tick);
      if (list === undefined) continue;
      wheel.delete(tick);
      for (const one of list) {
        if (one.gone) continue;
        if (one.end <= watermark && Math.ceil(one.end / TICK) * TICK <= tick) close(one);
        else arm(one);
      }
    }
  };
  for (const { key, at } of data) {
    const of = open.get(key);
    let into: Open | undefined;
    if (of !== undefined) {
      for (let i = 0; i < of.length; i++) {
        const one = of[i] as Open;
        if (at >= one.end || at + GAP <= one.start) continue;
        if (into === undefined) {
          into = one;
          one.count++;
          if (at < one.start) one.start = at;
          if (at + GAP > one.end) one.end = at + GAP;
        } else {
          into.count += one.count;
          if (one.start < into.start) into.start = one.start;
          if (one.end > into.end) into.end = one.end;
          one.gone = true;
          of.splice(i--, 1);
        }
      }
    }
    if (into === undefined && at + GAP > watermark) {
      const one: Open = { key, start: at, end: at + GAP, count: 1, gone: false };
      if (of === undefined) open.set(key, [one]);
      else of.push(one);
      arm(one);
    }
    if (at - BOUND > watermark) {
      watermark = at - BOUND;
      if (tick <= watermark) advance();
    }
  }
  for (const of of open.values()) for (const one of of) rows.push([one.key, one.start, one.end, one.count]);
  return rows;
}

await contest<Row[]>({
  name: 'sessions of 10 k keys, out of order, 1 M records',
  rival: 'hand-written loop',
  goal: 0.5,
  ours: byMillrace,
  theirs: byHand,
  turns: 'child',
  essence: rows => rows.map(row => row.join(' ')).toSorted(),
});

export type { Event };
