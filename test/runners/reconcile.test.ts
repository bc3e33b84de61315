import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, type, count, memory, sum, toArray, tumbling, type JobEvent, type Output, type PlanChange, type RunOptions } from 'millrace';
import { testing, type Testing, type TestJob } from 'millrace/testing';
import { planChangesText } from '../../src/inspect/plan-changes.js';

interface Shape {
  readonly version?: number;
  readonly migrates?: boolean;
  readonly size?: number;
  readonly counter?: string;
  readonly window?: boolean;
  readonly source?: string;
}

/** A job of a source, a process per key, and a window, in the shape wanted; the window may be missing. */
function pipeline(t: Testing, { version = 1, migrates = false, size = 10, counter = 'counter', window = true, source = 'in' }: Shape = {}) {
  const keyed = Stream.from(t.source<string>('script'), { name: source }).keyBy(key => key);
  const counted = t.collect<string>(
    keyed.process({
      name: counter,
      emits: type<string>(),
      version,
      ...(migrates ? { migrate: (old: unknown) => ({ n: (old as { n: number }).n * 100 }) } : {}),
      init: () => ({ n: 0 }),
      onData(state, value, context) {
        state.n++;
        context.emit(`${value}${state.n}`);
      },
    }),
    { name: 'counted' },
  );
  const panes = keyed.window(tumbling(size)).aggregate(count(), { name: 'window' });
  return { counted, outputs: window ? [counted, panes.to(toArray<unknown>([]), { name: 'panes' })] : [counted] };
}

/** Runs the first shape, two records and a checkpoint, then crashes, and starts the second on the same state. */
async function evolve(first: Shape, second: Shape, options: RunOptions = {}): Promise<{ readonly values: readonly string[]; readonly steps: readonly PlanChange[]; readonly job: TestJob; readonly t: Testing }> {
  const t = testing();
  const state = memory();
  const before = pipeline(t, first);
  const old = await t.run(before.outputs, { state, name: 'evolving' });
  t.source<string>('script').push('a', 1);
  t.source<string>('script').push('a', 2);
  await old.checkpoint();
  await old.stop();
  let steps: readonly PlanChange[] = [];
  const onEvent = (event: JobEvent): void => void (event.kind === 'restored' && (steps = event.steps));
  const next = pipeline(t, second);
  const job = await t.run(next.outputs, { state, name: 'evolving', onEvent, ...options });
  t.source<string>('script').push('a', 3);
  await job.settle();
  return { values: next.counted.values, steps, job, t };
}
const changesOf = (steps: readonly PlanChange[]): Record<string, string> => Object.fromEntries(steps.map(s => [s.step, s.change]));
const problemsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!(error instanceof ConfigurationError)) throw error;
  return error.problems.map(p => `${p.where}: ${p.what}`);
};

describe('a job that goes on from a checkpoint', () => {
  it('of the same plan keeps everything, and says so', async () => {
    const { values, steps } = await evolve({}, {});
    expect([values, changesOf(steps)]).toEqual([['a3'], { counter: 'kept', window: 'kept', in: 'kept', counted: 'kept' }]);
  });
  it('is refused with every step that is missing or changed, and with the whole comparison', async () => {
    const refused = evolve({}, { version: 2, size: 20, source: 'other' });
    expect(await problemsOf(refused)).toEqual([
      'counter: changed: version 1 to 2, and the step has no `migrate`.',
      expect.stringMatching(/^window: changed: it was .*tumbling.* and is /u),
      'in: missing: its positions belongs to no step of the plan.'.replace('belongs', 'belong'),
    ]);
    await expect(refused).rejects.toThrow(/Compared with checkpoint 2:\n {2}changed {2}counter: .*\n[^]* {2}added {4}other: /u);
    expect(await problemsOf(evolve({}, { window: false }))).toEqual(['window: missing: its state belongs to no step of the plan.']);
    expect(await problemsOf(evolve({ version: 3 }, { version: 2, migrates: true }))).toEqual(['counter: changed: version 3 to 2: an older program can not read what a newer one wrote.']);
  });
  it('migrates what has a new version', async () => {
    const { values, steps } = await evolve({}, { version: 2, migrates: true });
    expect([values, changesOf(steps)]).toEqual([['a201'], { counter: 'migrated', window: 'kept', in: 'kept', counted: 'kept' }]);
  });
  it('drops what may be dropped, and nothing that fits', async () => {
    const missing = await evolve({}, { window: false }, { drop: ['window', 'counter'] });
    expect([missing.values, changesOf(missing.steps)]).toEqual([['a3'], { counter: 'kept', window: 'dropped', in: 'kept', counted: 'kept' }]);
    const changed = await evolve({}, { version: 2 }, { drop: ['counter'] });
    expect([changed.values, changesOf(changed.steps)]).toEqual([['a1'], { counter: 'dropped', window: 'kept', in: 'kept', counted: 'kept' }]);
    await changed.job.checkpoint();
    await changed.job.crash();
    changed.t.source<string>('script').push('a', 4);
    await changed.job.settle();
    expect(changed.values).toEqual(['a1', 'a2']);
  });
  it('renames, also when it is started again with the same options', async () => {
    const { values, steps, job, t } = await evolve({}, { counter: 'counts', source: 'clicks' }, { rename: { counter: 'counts', in: 'clicks' } });
    expect([values, changesOf(steps)]).toEqual([['a3'], { counter: 'renamed', window: 'kept', in: 'renamed', counted: 'kept' }]);
    await job.crash();
    expect(values).toEqual(['a3']); // no checkpoint had been taken: renamed again
    await job.checkpoint();
    await job.crash();
    t.source<string>('script').push('a', 4);
    await job.settle();
    expect(values).toEqual(['a3', 'a4']);
  });
  it('refuses names that do not exist, and a name that is taken', async () => {
    expect(await problemsOf(evolve({}, {}, { rename: { nobody: 'counter2', counter: 'elsewhere' } }))).toEqual([
      'counter: missing: its state belongs to no step of the plan.',
      'run option rename: the checkpoint has no step "nobody".',
      'run option rename: the plan has no step "counter2".',
      'run option rename: the plan has no step "elsewhere".',
    ]);
    expect(await problemsOf(evolve({}, { window: false }, { rename: { window: 'counter' } }))).toContain('run option rename: "counter" has something kept of its own.');
  });
  it('does not look at steps that keep nothing', async () => {
    const t = testing();
    const build = (more: boolean): Output => {
      const stream = Stream.from(t.source<number>('s'), { name: 's' });
      return t.collect((more ? stream.map(n => n + 1) : stream).keyBy(() => 'k').window(tumbling(10)).aggregate(sum(n => n), { name: 'sum' })).output;
    };
    const state = memory();
    const first = await t.run(build(false), { state });
    t.source<number>('s').push(1, 1);
    await first.stop();
    const second = await t.run(build(true), { state });
    await second.stop();
    expect(second.metrics().status).toBe('done');
  });
  it('is printed in columns', () => {
    expect(planChangesText([{ step: 'a', change: 'kept', detail: 'state of version 1' }, { step: 'b', change: 'migrated', detail: 'version 1 to 2' }])).toBe('  kept      a: state of version 1\n  migrated  b: version 1 to 2');
  });
});
