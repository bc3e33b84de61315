import { Stream } from 'millrace';
import { contest } from '../kit/contest.js';
import { BOUND, events, type Event } from '../kit/events.js';
import { each } from '../kit/sinks.js';

/** Every third event is of the right side; a pair is within two seconds. */
const NEAR = 2_000;
const data = events({ records: 1_000_000, keys: 10_000, minutes: 240 }).map((event, index) => ({ ...event, right: index % 3 === 0, id: index }));
type Sided = (typeof data)[number];
type Pair = readonly [left: number, right: number];

async function byMillrace(): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const [right, left] = Stream.from(data)
    .timestamps(event => event.at, { disorder: BOUND })
    .split(event => event.right);
  const job = await left
    .keyBy(event => event.key)
    .join(right.keyBy(event => event.key), { name: 'near', within: NEAR })
    .to(each(({ left: l, right: r }) => pairs.push([l.id, r.id])))
    .run();
  await job.done;
  return pairs;
}

/** Two sorted lists for each key, from which what is too old is shifted when the key is touched. */
function byHand(): Pair[] {
  const pairs: Pair[] = [];
  const keys = new Map<string, { left: Sided[]; right: Sided[] }>();
  let watermark = -Infinity;
  const insert = (list: Sided[], event: Sided): void => {
    let at = list.length;
    while (at > 0 && (list[at - 1] as Sided).at > event.at) at--;
    if (at === list.length) list.push(event);
    else list.splice(at, 0, event);
  };
  const drop = (list: Sided[]): void => {
    let old = 0;
    while (old < list.length && (list[old] as Sided).at + NEAR < watermark) old++;
    if (old > 0) list.splice(0, old);
  };
  for (const event of data) {
    if (event.at >= watermark) {
      let of = keys.get(event.key);
      if (of === undefined) keys.set(event.key, (of = { left: [], right: [] }));
      drop(of.left);
      drop(of.right);
      const others = event.right ? of.left : of.right;
      for (const other of others) {
        if (other.at < event.at - NEAR) continue;
        if (other.at > event.at + NEAR) break;
        pairs.push(event.right ? [other.id, event.id] : [event.id, other.id]);
      }
      insert(event.right ? of.right : of.left, event);
    }
    if (event.at - BOUND > watermark) watermark = event.at - BOUND;
  }
  return pairs;
}

await contest<Pair[]>({
  name: 'interval join of 10 k keys, out of order, 1 M records',
  rival: 'hand-written loop',
  goal: 0.5,
  ours: byMillrace,
  theirs: byHand,
  turns: 'child',
  essence: pairs => pairs.map(pair => pair.join(' ')).toSorted(),
});

export type { Event };
