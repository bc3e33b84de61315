import { Stream } from 'millrace';
import { contest } from '../kit/contest.js';
import { BOUND, events } from '../kit/events.js';
import { each } from '../kit/sinks.js';

const WITHIN = 60_000;
const data = events({ records: 2_000_000, keys: 100_000, minutes: 120 }).map((event, id) => ({ key: event.key, at: event.at, id }));

async function byMillrace(): Promise<number[]> {
  const ids: number[] = [];
  const job = await Stream.from(data)
    .timestamps(event => event.at, { disorder: BOUND })
    .keyBy(event => event.key)
    .distinct({ name: 'once', within: WITHIN })
    .to(each(({ id }) => ids.push(id)))
    .run();
  await job.done;
  return ids;
}

/** Maps of firsts by spans of time, forgotten whole. */
function byHand(): number[] {
  const ids: number[] = [];
  const pieces = new Map<number, Map<string, number>>();
  let watermark = -Infinity;
  let oldest = Infinity;
  for (const { key, at, id } of data) {
    const number = Math.floor(at / WITHIN);
    let here = pieces.get(number);
    const before = pieces.get(number - 1)?.get(key);
    const after = pieces.get(number + 1)?.get(key);
    if (here?.has(key) !== true && !(before !== undefined && at - before < WITHIN) && !(after !== undefined && after - at < WITHIN)) {
      if (here === undefined) {
        pieces.set(number, (here = new Map()));
        if (number < oldest) oldest = number;
      }
      here.set(key, at);
      ids.push(id);
    }
    if (at - BOUND > watermark) {
      watermark = at - BOUND;
      while ((oldest + 2) * WITHIN <= watermark && pieces.size > 0) pieces.delete(oldest++);
    }
  }
  return ids;
}

await contest<number[]>({ name: 'distinct within a minute, 100 k keys, out of order, 2 M records', rival: 'hand-written loop', goal: 0.5, ours: byMillrace, theirs: byHand, turns: 'child' });
