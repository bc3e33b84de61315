/**
 * Finds state that is not where it must be. A pipeline is run once without an incident, then again with a crash after every input, each time built anew by its
 * factory, so that anything kept in a closure or a module variable is lost or wrong, as it would be in another process.
 */
import { sameValue } from '../core/same-value.js';
import type { TestRecord } from './collected.js';
import { shown } from './suites/suite.js';
import type { TestJob } from './test-job.js';
import { testWorld, type Ends, type Testing, type TestingOptions } from './testing.js';

/** One input of a script: something pushed, a watermark, time that passes. */
export type TestInput = (job: TestJob) => unknown;

/** For what is under way at the end: calls that were repeated, batches that wait. */
const AFTERWARDS = '10m';

/**
 * Runs a script three times: without an incident; with a checkpoint, a crash and a restart after every input; with a crash and a restart after every input from wherever the last checkpoint was.
 * Throws unless all three give the same records with the same event times, in whatever order. Where idle splits make records late, results may rightly depend on how long calls take and how two sources
 * stand to each other; keep such inputs to scripts of one source and synchronous steps. At the end of each run ten minutes pass and the job is stopped; to flush open windows let the script end its sources.
 *
 * @param build makes the pipeline from the kit: called again for every incarnation; everything it needs must come from its argument.
 * @param script makes the inputs, one function each; called once per run.
 * @returns what `build` gave in the run without an incident, for further assertions.
 * @throws Error that names what is missing and what is too much.
 * @example
 * ```ts
 * import { Stream, count, tumbling } from 'millrace';
 * import { crashAfterEach } from 'millrace/testing';
 *
 * const perUser = await crashAfterEach(
 *   t => t.collect(Stream.from(t.source<string>('users')).keyBy(user => user).window(tumbling('1m')).aggregate(count(), { name: 'per-user' })),
 *   t => {
 *     const users = t.source<string>('users');
 *     return [() => users.push('a', 0), () => users.push('a', 1), () => users.watermark(60_000), () => users.end()];
 *   },
 * );
 * console.log(perUser.values.length); // 1
 * ```
 */
export async function crashAfterEach<E extends Ends>(build: (t: Testing) => E, script: (t: Testing) => readonly TestInput[], options?: TestingOptions): Promise<E> {
  const play = async (incident: (job: TestJob) => Promise<void>): Promise<{ readonly ends: E | undefined; readonly records: readonly (readonly TestRecord<unknown>[])[] }> => {
    const world = testWorld(options);
    const inputs = script(world.kit());
    let ends: E | undefined;
    const job = await world.launch(() => (ends = build(world.kit())));
    for (const input of inputs) {
      await input(job);
      await job.settle();
      await incident(job);
    }
    await job.advance(AFTERWARDS);
    await job.stop();
    return { ends, records: world.ledgers.map(ledger => ledger.records) };
  };
  const calm = await play(async () => {});
  const runs = [
    {
      name: 'a checkpoint, a crash and a restart after every input',
      incident: async (job: TestJob) => {
        await job.checkpoint();
        await job.crash();
      },
    },
    { name: 'a crash and a restart from the beginning after every input', incident: (job: TestJob) => job.crash() },
  ];
  for (const { name, incident } of runs) {
    const { records } = await play(incident);
    const complaints = calm.records.flatMap((expected, index) => difference(expected, records[index] ?? []).map(line => `  output ${index + 1}: ${line}`));
    if (complaints.length > 0) throw new Error(`With ${name}, the results are others than without (state that is not in the job's tables, or an input that cannot be read again?):\n${complaints.join('\n')}`);
  }
  return calm.ends as E; // set by the launch
}

/** What one list lacks and what it has too much, order aside. */
function difference(expected: readonly TestRecord<unknown>[], found: readonly TestRecord<unknown>[]): readonly string[] {
  const left = [...found];
  const missing = expected.filter(record => {
    const at = left.findIndex(other => other.time === record.time && sameValue(other.value, record.value));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...missing.map(({ value, time }) => `missing ${shown(value)} at ${time}`), ...left.map(({ value, time }) => `too much ${shown(value)} at ${time}`)];
}
