import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MillraceError, Stream, count, tumbling, type Json, type Sink, type StateBackend } from 'millrace';
import { diskState, simulate, simulateOnce, type Simulation } from 'millrace/testing/simulation';
import { stateBackendSuite } from 'millrace/testing';
import { scheduler } from '../../src/testing/simulation/scheduler.js';
import { simulatedDisk } from '../../src/testing/simulation/disk.js';
import { inputOf, jobOf, jobs } from './pipelines.js';

/** Fewer than `npm run simulate` and each job with several; that command has the thousands. */
const SEEDS = 44;

const options = (name: string) => {
  const job = jobs.find(j => j.name === name);
  if (job === undefined) throw new Error(`There is no job "${name}".`);
  return { job, options: { check: job.check, invariant: job.invariant } };
};

describe('simulation', () => {
  it('one seed is one history', async () => {
    for (const seed of [1, 7, 9]) {
      const { build, check } = jobOf(seed);
      expect(await simulateOnce(build, seed, { check })).toEqual(await simulateOnce(build, seed, { check }));
    }
  });
  it(`${SEEDS} seeds of all jobs hold`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { build, check, invariant } = jobOf(seed);
      await simulate(build, { seeds: [seed, seed], check, invariant });
    }
  });
  it.each(JSON.parse(readFileSync(new URL('seeds.json', import.meta.url), 'utf8')) as readonly { seed: number; job: string; found: string }[])('seed $seed: $found', async ({ seed, job: name }) => {
    const { job, options: checks } = options(name);
    // As the test above and as the command runs it.
    for (const stormy of [undefined, 250]) await simulate(job.build, { ...checks, seeds: [seed, seed], stormy });
  });
  it('a process killed at every step, the power failing at every step', async () => {
    const { job, options: checks } = options('tumbling windows, to two sinks');
    const { steps } = await simulateOnce(job.build, 3, { ...checks, crashAt: [] });
    for (let step = 1; step <= steps; step += 3) await simulate(job.build, { ...checks, seeds: [3, 3], crashAt: [step], crashBy: (['kill', 'power', 'pause'] as const)[step % 3] });
  });
  it('three lines are enough for a pipeline of yours', async () => {
    const clicks = [{ value: 'a', time: 1 }, { value: 'b', time: 2 }, { value: 'a', time: 70_000 }];
    const figures = await simulate(sim => sim.collect(Stream.from(sim.source('clicks', clicks), { name: 'clicks' }).keyBy(user => user).window(tumbling('1m')).aggregate(count(), { name: 'counts' })), { seeds: [1, 10] });
    expect(figures).toMatchObject({ seeds: 10 });
  });
});

/** What is planted must be found, within so many seeds. */
const found = async (name: string, run: (seed: number) => Promise<unknown>, within = 120): Promise<string> => {
  for (let seed = 1; seed <= within; seed++) {
    try {
      await run(seed);
    } catch (error) {
      return String(error).split('\n')[0] ?? '';
    }
  }
  throw new Error(`${name} was not found within ${within} seeds`);
};

describe('simulation finds', () => {
  const count3 = (sim: Simulation, sink: (sink: Sink<unknown>) => Sink<unknown>) =>
    Stream.from(sim.source('in', ...inputOf(sim.seed).splits), { name: 'in' })
      .timestamps(e => e.at, { disorder: 40 })
      .keyBy(e => e.key)
      .window(tumbling(20))
      .aggregate(count(), { name: 'counts' })
      .to(sink(sim.transactional<unknown>('out')), { name: 'out' });
  const withSink = (name: string, change: (sink: Sink<unknown>) => Sink<unknown>) => it(name, async () => void (await found(name, seed => simulate(sim => count3(sim, change), { seeds: [seed, seed] }))));
  const withState = (name: string, change: (state: StateBackend) => StateBackend) =>
    it(name, async () => void (await found(name, seed => simulate(sim => count3(sim, s => s), { seeds: [seed, seed], run: { state: change(diskState('/state')) } }))));

  withSink('what is committed before the checkpoint is durable (H2)', sink => ({
    ...sink,
    open: async context => {
      const writer = await sink.open(context);
      return { ...writer, prepare: async checkpoint => {
        const token = await writer.prepare?.(checkpoint);
        if (token !== undefined) await writer.commit?.([token]);
        return token;
      } };
    },
  }));
  withSink('what is not committed on recovery (H3)', sink => ({ ...sink, open: context => sink.open({ ...context, restored: [] }) }));
  withSink('a writer that swallows an error (H9)', sink => ({
    ...sink,
    open: async context => {
      const writer = await sink.open(context);
      return { ...writer, write: async (values, times) => void (await Promise.resolve(writer.write(values, times)).catch(() => {})) };
    },
  }));
  withSink('a sink that is not fenced (H5)', sink => ({ ...sink, open: context => sink.open({ ...context, generation: 1 }) }));
  withState('a store that forgets its timers and windows (H1)', inner => ({
    ...inner,
    open: async (job, environment) => {
      const store = await inner.open(job, environment);
      return { ...store, get dirty() { return store.dirty; }, commit: async (manifest, pace) => {
        for (const [step, table] of [...store.tables()]) if (manifest.checkpoint % 2 === 0) store.drop(step, table);
        return store.commit(manifest, pace);
      } };
    },
  }));
  withState('positions that are ahead of the state', inner => ({
    ...inner,
    open: async (job, environment) => {
      const store = await inner.open(job, environment);
      return { ...store, get dirty() { return store.dirty; }, commit: (manifest, pace) => store.commit({ ...manifest, positions: Object.fromEntries(Object.entries(manifest.positions).map(([source, splits]) => [source, Object.fromEntries(Object.entries(splits).map(([split, at]) => [split, typeof at === 'number' ? at + 1 : (at as Json)]))])) }, pace) };
    },
  }));
  it('watermarks that are not in the manifest', async () => {
    const { job, options: checks } = options('late records aside');
    const forgetful: StateBackend = {
      ...diskState('/state'),
      open: async (name, environment) => {
        const store = await diskState('/state').open(name, environment);
        const { restored } = store;
        return { ...store, restored: restored === undefined ? undefined : { ...restored, watermarks: {} }, get dirty() { return store.dirty; } };
      },
    };
    await found('watermarks that are not in the manifest', seed => simulate(job.build, { ...checks, seeds: [seed, seed], run: { state: forgetful } }), 300);
  });
  it('a disk state that is not synced (H25)', async () => {
    await found('a disk that does not sync', seed =>
      simulate(sim => count3(sim, s => s), {
        seeds: [seed, seed],
        run: {
          state: {
            ...diskState('/state'),
            open: (job, environment) => {
              const { disk } = environment;
              if (disk === undefined) throw new MillraceError('test', 'no disk');
              return diskState('/state').open(job, { ...environment, disk: { ...disk, open: async (path, mode) => ({ ...(await disk.open(path, mode)), sync: async () => {} }), syncFolder: async () => {} } });
            },
          },
        },
      }), 400);
  });
});

describe('diskState', () => {
  let at = 0;
  for (const { name, run } of stateBackendSuite(() => {
    const timing = scheduler(++at, 0);
    const process = { name: '1', alive: true, paused: false };
    const disk = simulatedDisk(timing);
    let going = true;
    void (async () => {
      while (going) if (!(await timing.step())) await new Promise(resolve => setImmediate(resolve));
    })();
    return { backend: diskState('/state'), environment: { clock: timing.clock(process), random: timing.random, signal: new AbortController().signal, disk: disk.of(process) }, close: () => void (going = false) };
  }))
    it(name, run);
});
