import { fork } from 'node:child_process';
import { Stream, count, tumbling } from 'millrace';
import { summary } from '../kit/contest.js';
import { MINUTE } from '../kit/events.js';
import { report } from '../kit/report.js';
import { each } from '../kit/sinks.js';

const KEYS = 1_000_000;
/** How much of the memory of a plain Map we may take. */
const ALLOWED = 1.6;
const ROLE = 'MILLRACE_BENCH_MEMORY';

const collectGarbage = (globalThis as { gc?: () => void }).gc ?? ((): never => {
  throw new Error('Memory is measured under --expose-gc.');
});
const used = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Each key is in two records, so that accumulators are looked up too. */
function* records(afterwards: () => void): Generator<{ readonly key: string; readonly at: number }> {
  for (let i = 0; i < 2 * KEYS; i++) yield { key: `key-${i % KEYS}`, at: i % MINUTE };
  afterwards();
}

/** Bytes of a million keys with a count in an open window, beyond what there was before. */
async function ofMillrace(): Promise<number> {
  const before = used();
  let bytes = Number.NaN;
  let results = 0;
  const input = records(() => (bytes = used() - before));
  const job = await Stream.from(input)
    .timestamps(({ at }) => at, { disorder: MINUTE })
    .keyBy(({ key }) => key)
    .window(tumbling('1m'))
    .aggregate(count())
    .to(each(() => results++))
    .run();
  await job.done;
  if (results !== KEYS) throw new Error(`${results} results.`);
  return bytes;
}

/** The same in a plain Map. */
function ofMap(): number {
  const before = used();
  const counts = new Map<string, { count: number }>();
  let bytes = Number.NaN;
  for (const { key } of records(() => (bytes = used() - before))) {
    const found = counts.get(key);
    if (found === undefined) counts.set(key, { count: 1 });
    else found.count++;
  }
  if (counts.size !== KEYS) throw new Error(`${counts.size} keys.`);
  return bytes;
}

const role = process.env[ROLE];
if (role !== undefined) process.send?.({ bytes: role === 'ours' ? await ofMillrace() : ofMap() });
else {
  const measured = (side: 'ours' | 'theirs'): Promise<number> =>
    new Promise((resolve, reject) => {
      const child = fork(process.argv[1] ?? '', { env: { ...process.env, [ROLE]: side }, execArgv: ['--expose-gc'] });
      child.on('message', message => resolve((message as { readonly bytes: number }).bytes)); // what the line above sends
      child.on('error', reject);
      child.on('exit', code => reject(new Error(`The side ${side} ended with ${code}.`)));
    });
  const ratios: number[] = [];
  let detail = '';
  for (let i = 0; i < 3; i++) {
    const [ours, theirs] = [await measured('ours'), await measured('theirs')];
    ratios.push((ALLOWED * theirs) / ours);
    detail = `${(ours / 1e6).toFixed(0)} MB against ${(theirs / 1e6).toFixed(0)} MB`;
  }
  report({ name: '1 M live keys with a count in a window, memory', rival: `${ALLOWED} times a plain Map<string, { count }>`, goal: 1, ...summary(ratios), detail });
}
