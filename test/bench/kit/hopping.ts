/**
 * Hopping windows of growing overlap against tumbling windows of one hop, on the same records, by cost per record and result. Both keep the same accumulators, one per key and hop; what
 * hopping does besides is to make windows of them.
 */
import { Stream, hopping, tumbling, type Aggregate, type SomeAccumulator, type Windows } from 'millrace';
import { contest } from './contest.js';
import { BOUND, MINUTE, START, events, type Event } from './events.js';
import { each } from './sinks.js';

const SIZE = 10 * MINUTE;
const RECORDS = 2_000_000;
/** Set for a child, which takes a turn of one contest only. */
const OVERLAP = 'MILLRACE_BENCH_OVERLAP';
const KEYS = 1_000;
const MINUTES = 20;

/** How many results, and the sum of all that they say. */
interface Tally {
  readonly results: number;
  readonly total: number;
}

async function tally(data: readonly Event[], windows: Windows, aggregate: Aggregate<Event, SomeAccumulator, number>): Promise<Tally> {
  let [results, total] = [0, 0];
  const job = await Stream.from(data)
    .timestamps(event => event.at, { disorder: BOUND })
    .keyBy(event => event.key)
    .window(windows)
    .aggregate(aggregate)
    .to(each(({ value }) => {
      results++;
      total += value;
    }))
    .run();
  await job.done;
  return { results, total };
}

/** The results of an overlap, by arrays alone: one per key and window that has a record. */
function resultsOf(data: readonly Event[], every: number, overlap: number): number {
  const slicesBefore = Math.floor((START - MINUTE) / every);
  const slices = Math.ceil(((MINUTES + 2) * MINUTE) / every);
  const seen = new Map<string, Uint8Array>();
  for (const { key, at } of data) {
    let of = seen.get(key);
    if (of === undefined) seen.set(key, (of = new Uint8Array(slices)));
    of[Math.floor(at / every) - slicesBefore] = 1;
  }
  let results = 0;
  for (const of of seen.values()) {
    // A slice is in the windows that end with it or with one of the next `overlap - 1`.
    let covered = Number.NEGATIVE_INFINITY;
    for (let slice = of.indexOf(1); slice >= 0; slice = of.indexOf(1, slice + 1)) {
      results += slice + overlap - Math.max(slice, covered);
      covered = slice + overlap;
    }
  }
  return results;
}

/** Contests at three overlaps; hopping may cost `times` as much per record and result. */
export async function hoppingContests(kind: string, times: number, aggregate: () => Aggregate<Event, SomeAccumulator, number>): Promise<void> {
  const data = events({ records: RECORDS, keys: KEYS, minutes: MINUTES });
  for (const overlap of [10, 100, 1_000]) {
    const asked = process.env[OVERLAP];
    if (asked !== undefined && Number(asked) !== overlap) continue;
    process.env[OVERLAP] = String(overlap);
    const every = SIZE / overlap;
    const results = resultsOf(data, every, overlap);
    await contest<Tally>({
      name: `hopping at overlap ${overlap}, ${kind}, per record and result`,
      rival: `${times} times the cost of tumbling windows of one hop`,
      goal: 1,
      allowance: (times * (RECORDS + results)) / (RECORDS + resultsOf(data, every, 1)),
      pairs: 3,
      turns: 'child',
      async ours() {
        const found = await tally(data, hopping(SIZE, { every }), aggregate());
        if (found.results !== results) throw new Error(`${found.results} results instead of ${results}.`);
        return found;
      },
      theirs: () => tally(data, tumbling(every), aggregate()),
      essence: () => undefined, // other windows, other answers: the number of ours is checked above, their content by tests
    });
    if (asked === undefined) delete process.env[OVERLAP];
  }
}
