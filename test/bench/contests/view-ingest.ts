/** What it costs to have a view: events into a log on the disk and the speed side, against the same keyed tumbling aggregate that nobody can ask. And what a publication costs those who ask meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Stream, count, run, tumbling, type Sink } from 'millrace';
import { masterLog } from 'millrace/log';
import { lambda } from 'millrace/views';
import { contest, median } from '../kit/contest.js';
import { report } from '../kit/report.js';

interface Hit {
  readonly url: string;
  readonly at: number;
}
const HOUR = 3_600_000;
const HOURS = 100;
const KEYS = 1_000;
const EVENTS = 1_000_000;
const hits: readonly Hit[] = Array.from({ length: EVENTS }, (_, i) => ({ url: `/page/${(i * 7_919) % KEYS}`, at: Math.floor((i * HOURS) / EVENTS) * HOUR + ((i * 37) % HOUR) }));
const whole = { from: 0, to: HOURS * HOUR };
const events = (): Stream<Hit> => Stream.from(hits, { name: 'hits' }).timestamps(hit => hit.at, { disorder: '1h' });
const build = (folder: string) => lambda('pages', events(), { key: hit => hit.url, every: '1h', aggregate: count(), log: masterLog(join(folder, 'log')), folder: join(folder, 'views') });
const inFolder = async <A>(work: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Events of each key. */
type Totals = ReadonlyMap<string, number>;

const withView = (): Promise<Totals> =>
  inFolder(async folder => {
    const view = build(folder);
    const job = await run([...view.outputs], { name: 'bench', checkpoint: '1s' });
    await job.done;
    const { value } = await view.entries(whole, { limit: KEYS });
    return new Map(value.map(entry => [entry.key, entry.value]));
  });
async function without(): Promise<Totals> {
  const totals = new Map<string, number>();
  const sink: Sink<{ readonly key: string; readonly value: number }> = {
    name: 'totals',
    guarantee: 'append',
    open: () => ({
      write(panes) {
        for (const { key, value } of panes) totals.set(key, (totals.get(key) ?? 0) + value);
      },
      flush() {},
      close() {},
    }),
  };
  const job = await run(events().keyBy(hit => hit.url).window(tumbling('1h')).aggregate(count(), { name: 'per-hour' }).to(sink), { name: 'bench', checkpoint: '1s' });
  await job.done;
  return totals;
}

await contest({ name: '1 M events of 1,000 keys, 100 hours, into a log on the disk and a view', rival: 'the same keyed tumbling aggregate without a view', goal: 0.5, pairs: 7, turns: 'child', ours: withView, theirs: without, essence: totals => [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1)) });

if (process.env['MILLRACE_BENCH_SIDE'] === undefined)
  await inFolder(async folder => {
    const view = build(folder);
    const job = await run([...view.outputs], { name: 'bench', checkpoint: '1s' });
    await job.done;
    await view.publish();
    /** How long a question takes, asked every few milliseconds for as long as something goes on. */
    const askedWhile = async (work: Promise<unknown>): Promise<readonly number[]> => {
      const times: number[] = [];
      let going = true;
      void work.finally(() => (going = false));
      for (let i = 0; going || times.length < 200; i++) {
        const since = performance.now();
        const { value } = await view.query(`/page/${i % KEYS}`, whole);
        times.push(performance.now() - since);
        if (value !== EVENTS / KEYS) throw new Error(`An answer was ${value}.`);
        await new Promise(resolve => setTimeout(resolve, 2));
      }
      await work;
      return times;
    };
    const calm = median(await askedWhile(Promise.resolve()));
    const meanwhile = await askedWhile(view.publish());
    const slowest = Math.max(...meanwhile);
    report({ name: 'slowest question while a version is published', rival: 'ten times the median of those asked in peace', goal: 1, ratio: (10 * calm) / slowest, spread: 0, detail: `${meanwhile.length} questions, slowest ${slowest.toFixed(2)} ms, median ${median(meanwhile).toFixed(2)} ms, in peace ${calm.toFixed(2)} ms` });
  });
