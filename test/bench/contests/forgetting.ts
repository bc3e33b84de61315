/** One-shot keys, ten million of them, through steps that forget: the heap after all of them against the heap after the first tenth. */
import { Stream, count, hopping, session, tumbling } from 'millrace';
import { each } from '../kit/sinks.js';
import { report } from '../kit/report.js';

const KEYS = 10_000_000;
const collectGarbage = (globalThis as { gc?: () => void }).gc ?? ((): void => {}); // there under --expose-gc
const heap = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

const source = () => Stream.generate(index => index, { count: KEYS }).timestamps(index => index);
const none = each(() => {});
const steps: Readonly<Record<string, (stream: ReturnType<typeof source>) => { run(): Promise<{ readonly done: Promise<void> }> }>> = {
  'tumbling windows': stream => stream.keyBy(index => index).window(tumbling(1_000)).aggregate(count(), { name: 'w' }).to(none),
  'hopping windows': stream => stream.keyBy(index => index).window(hopping(1_000, { every: 100 })).aggregate(count(), { name: 'w' }).to(none),
  sessions: stream => stream.keyBy(index => index).window(session(1_000)).aggregate(count(), { name: 'w' }).to(none),
  'interval join': stream => {
    const [left, right] = stream.split(index => index % 2 === 0);
    return left.keyBy(index => index).join(right.keyBy(index => index - 1), { name: 'j', within: 1_000 }).to(none);
  },
  distinct: stream => stream.keyBy(index => index).distinct({ name: 'd', within: 1_000 }).to(none),
};

for (const [name, build] of Object.entries(steps)) {
  let first = 0;
  let last = 0;
  const watched = source().tap(index => {
    if (index === KEYS / 10) first = heap();
    else if (index === KEYS - 1) last = heap();
  });
  const job = await build(watched).run();
  await job.done;
  report({ name: `heap after ten million one-shot keys: ${name}`, rival: 'after one million', goal: 0.8, ratio: first / last, spread: 0, detail: `${(last / 1e6).toFixed(1)} MB against ${(first / 1e6).toFixed(1)} MB` });
}
