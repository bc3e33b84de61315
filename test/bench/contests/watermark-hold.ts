import { PerformanceObserver } from 'node:perf_hooks';
import { Stream, count, tumbling } from 'millrace';
import { MINUTE } from '../kit/events.js';
import { summary } from '../kit/contest.js';
import { report } from '../kit/report.js';
import { each } from '../kit/sinks.js';

const KEYS = 1_000_000;
const ALLOWED = 20;
const CONCURRENCY = 16;

interface Span {
  readonly start: number;
  readonly end: number;
}

const overlap = (a: Span, b: Span): number => Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

/** One window of a million keys fires into an asynchronous step; the longest hold from the watermark to the last result, without garbage collection, in milliseconds. */
async function longestHold(): Promise<number> {
  const collections: Span[] = [];
  const observer = new PerformanceObserver(list => {
    for (const { startTime, duration } of list.getEntries()) collections.push({ start: startTime, end: startTime + duration });
  });
  observer.observe({ entryTypes: ['gc'] });
  let [fired, waiting, results] = [Infinity, 0, 0];
  function* input(): Generator<{ readonly key: number; readonly at: number }> {
    for (let key = 0; key < KEYS; key++) yield { key, at: key % MINUTE };
    fired = performance.now();
    yield { key: 0, at: 2 * MINUTE };
  }
  const job = await Stream.from(input())
    .timestamps(({ at }) => at, { disorder: MINUTE })
    .keyBy(({ key }) => key)
    .window(tumbling('1m'))
    .aggregate(count())
    .mapAsync(async result => {
      if (++waiting > CONCURRENCY) throw new Error(`${waiting} calls in flight.`);
      await Promise.resolve();
      waiting--;
      return result;
    }, { concurrency: CONCURRENCY })
    .to(each(() => results++))
    .run();
  const gaps: Span[] = [];
  let running = true;
  let last = performance.now();
  const ticks = (async () => {
    while (running) {
      await new Promise(resolve => setImmediate(resolve));
      const now = performance.now();
      gaps.push({ start: last, end: now });
      for (const [name, { queue }] of Object.entries(job.metrics().steps)) if (queue.depth > queue.bound) throw new Error(`${queue.depth} records wait at ${name}, the bound is ${queue.bound}.`);
      last = performance.now();
    }
  })();
  await job.done;
  running = false;
  await ticks;
  // Entries of the garbage collection come some ticks later.
  await new Promise(resolve => setTimeout(resolve, 50));
  observer.disconnect();
  if (results !== KEYS + 1) throw new Error(`${results} results.`);
  const held = gaps.filter(gap => gap.end >= fired).map(gap => gap.end - gap.start - collections.reduce((sum, collection) => sum + overlap(gap, collection), 0));
  return held.reduce((a, b) => Math.max(a, b), 0);
}

const holds: number[] = [];
for (let i = 0; i < 3; i++) holds.push(await longestHold());
report({ name: 'watermark over 1 M keys, longest hold of the event loop without garbage collection', rival: `${ALLOWED} ms`, goal: 1, ...summary(holds.map(ms => ALLOWED / ms)), detail: `${holds.map(ms => ms.toFixed(1)).join(', ')} ms` });
