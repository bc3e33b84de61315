import { mkdtemp, readdir, writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { ConfigurationError, Stream, count, memory, run, toArray, tumbling, type, type JobEvent, type Json, type RunOptions, type Sink, type StateBackend } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { testing, type Testing } from 'millrace/testing';
import { systemDisk } from '../../src/core/disk.js';
import { keepLast } from '../../src/runners/savepoints.js';

const fresh = (): Promise<string> => mkdtemp(join(inject('folder'), 'savepoints-'));

/** Counts per key, and a window that stays open. */
function pipeline(t: Testing, name = 'counted') {
  const keyed = Stream.from(t.source<string>('script'), { name: 'in' }).keyBy(key => key);
  const counted = t.collect<string>(
    keyed.process({
      name: 'counter',
      emits: type<string>(),
      init: () => ({ n: 0 }),
      onData(state, value, context) {
        context.emit(`${value}${++state.n}`);
      },
    }),
    { name },
  );
  const panes = t.collect<{ readonly value: number }>(keyed.window(tumbling(100)).aggregate(count(), { name: 'window' }), { name: 'panes' });
  return { counted, panes, outputs: [counted, panes] };
}

const backends: readonly (readonly [string, () => Promise<StateBackend>])[] = [
  ['memory', async () => memory()],
  ['lmdb', async () => lmdb(await fresh())],
];
const problemsOf = async (work: Promise<unknown>): Promise<readonly string[]> => {
  const error = await work.catch((cause: unknown) => cause);
  if (!(error instanceof ConfigurationError)) throw error;
  return error.problems.map(p => `${p.code}: ${p.what}`);
};

describe.each(backends)('a savepoint of a job with its state in %s', (label, make) => {
  it('begins another job, of the other backend or the same, and both go on from there', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const t = testing();
    const first = pipeline(t);
    const events: JobEvent[] = [];
    const job = await t.run(first.outputs, { state: await make(), name: 'one', onEvent: e => events.push(e) });
    t.source<string>('script').push('a', 1);
    t.source<string>('script').push('b', 2);
    await job.settle();
    await job.savepoint(path);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'savepoint-completed', path, checkpoint: 1 }));
    t.source<string>('script').push('a', 3);
    await job.settle();
    for (const [, other] of backends) {
      const fork = pipeline(t, `of ${label}`);
      const steps: JobEvent[] = [];
      const second = await t.run(fork.outputs, { state: await other(), name: 'two', from: path, rename: { counted: `of ${label}` }, onEvent: e => steps.push(e) });
      expect(steps[0]).toMatchObject({ kind: 'restored', checkpoint: 1, generation: 3 });
      await second.settle();
      expect(fork.counted.values).toEqual(['a2']); // read again from the position of the savepoint
      await second.stop({ drain: true });
      expect(fork.panes.values.map(p => p.value)).toEqual([2, 1]);
    }
    await job.stop({ drain: true });
    expect(first.counted.values).toEqual(['a1', 'b1', 'a2']);
    expect(first.panes.values.map(p => p.value)).toEqual([2, 1]);
  });

  it('is what a job begins with once: then it goes on from its own checkpoint, also when `from` stays', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const t = testing();
    const job = await t.run(pipeline(t).outputs, { state: await make(), name: 'one' });
    t.source<string>('script').push('a', 1);
    await job.settle();
    await job.savepoint(path);
    await job.stop();
    const state = await make();
    const begun = pipeline(t);
    const second = await t.run(begun.outputs, { state, name: 'one', from: path });
    t.source<string>('script').push('a', 2);
    await second.settle();
    await second.stop();
    const again = pipeline(t);
    const third = await t.run(again.outputs, { state, name: 'one', from: path });
    t.source<string>('script').push('a', 3);
    await third.settle();
    expect([begun.counted.values, again.counted.values]).toEqual([['a2'], ['a3']]);
    await third.savepoint(`${path}2`);
    await third.stop();
    expect(await problemsOf(t.run(pipeline(t).outputs, { state, name: 'one', from: `${path}2` }))).toEqual([expect.stringMatching(/^state-present: the job has state of its own that began with savepoint [0-9a-f]{12} \(checkpoint \d\); savepoint .*2 is [0-9a-f]{12}\.$/)]);
    const other = await t.run(pipeline(t).outputs, { state: await make(), name: 'one' });
    await other.stop();
  });

  it('is refused over state it is not the beginning of, by name, and the state stays', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const t = testing();
    const state = await make();
    const job = await t.run(pipeline(t).outputs, { state, name: 'one' });
    t.source<string>('script').push('a', 1);
    await job.settle();
    await job.savepoint(path);
    await job.stop();
    expect(await problemsOf(t.run(pipeline(t).outputs, { state, name: 'one', from: path }))).toEqual([expect.stringContaining('state-present: the job has state of its own (checkpoint 2)')]);
    await expect(t.run(pipeline(t).outputs, { state, name: 'one', from: join(path, 'x') })).rejects.toMatchObject({ code: 'savepoint-missing' });
    const after = pipeline(t);
    const next = await t.run(after.outputs, { state, name: 'one' });
    t.source<string>('script').push('a', 2);
    await next.settle();
    expect(after.counted.values).toEqual(['a2']);
    await next.stop();
  });

  it('that was loaded in part is not gone on from', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const t = testing();
    const job = await t.run(pipeline(t).outputs, { state: await make(), name: 'one' });
    t.source<string>('script').push('a', 1);
    await job.settle();
    await job.savepoint(path);
    await job.stop();
    const state = await make();
    const environment = { clock: t.clock, random: () => 0.5, signal: new AbortController().signal };
    const store = await state.open('one', environment);
    store.table('counter', 'x').set('k', 1);
    await store.commit({ job: 'one', generation: 1, checkpoint: 1, plan: [], positions: {}, watermarks: {}, committables: {}, loading: 'f'.repeat(64) }, { go: () => true });
    await store.close();
    expect(await problemsOf(t.run(pipeline(t).outputs, { state, name: 'one' }))).toEqual(['state-present: its state is a part of savepoint ffffffffffff: loading it was interrupted.']);
    const after = pipeline(t);
    const next = await t.run(after.outputs, { state, name: 'one', from: path });
    t.source<string>('script').push('a', 2);
    await next.settle();
    expect(after.counted.values).toEqual(['a2']);
    await next.stop();
  });

  it('is taken every so often, and the last few stay', async () => {
    const folder = await fresh();
    const t = testing();
    const job = await t.run(pipeline(t).outputs, { state: await make(), name: 'one', checkpoint: { savepoints: { folder, every: '1m', keep: 2 } } });
    const names = async (): Promise<readonly string[]> => (await readdir(folder)).sort();
    const seen: (readonly string[])[] = [];
    for (let minute = 1; minute <= 4; minute++) {
      t.source<string>('script').push('a', minute);
      await job.advance('1m');
      for (let turns = 0; turns < 1_000 && !(await names()).includes(`one-1-${minute}.savepoint`); turns++) await new Promise(resolve => setImmediate(resolve));
      await job.checkpoint(); // whatever is still to be removed is removed meanwhile
      seen.push(await names());
    }
    expect(seen.at(-1)?.filter(name => name.endsWith('.savepoint')).length).toBeLessThanOrEqual(3);
    await job.stop();
    await job.done;
  });
});

/** Remembers which tokens it was asked to commit. */
function transactional(committed: string[]): Sink<unknown> {
  return {
    name: 'target',
    guarantee: 'transactional',
    open({ job, restored, generation }) {
      const commit = (how: string, tokens: readonly Json[]): void => void committed.push(...tokens.map(token => `${how} ${job}/${generation}: ${JSON.stringify(token)}`));
      commit('restored', restored);
      return { write: () => {}, flush: () => {}, prepare: async checkpoint => checkpoint, commit: async tokens => commit('commit', tokens), close: () => {} };
    },
  };
}

describe('transactions in a savepoint', () => {
  it('are committed by the job that took it, under a generation above its own, and left alone by a fork', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const t = testing();
    const committed: string[] = [];
    const output = () => Stream.from(t.source<string>('script'), { name: 'in' }).to(transactional(committed), { name: 'out' });
    const state = memory();
    const job = await t.run(output(), { state, name: 'one' });
    await job.savepoint(path);
    await job.crash();
    await job.stop();
    committed.length = 0;
    await (await t.run(output(), { state: memory(), name: 'one', from: path })).stop();
    expect(committed).toEqual(['restored one/3: 1', 'commit one/3: 2']);
    committed.length = 0;
    await (await t.run(output(), { state: memory(), name: 'fork', from: path })).stop();
    expect(committed).toEqual(['commit fork/3: 2']);
  });
});

describe('a savepoint that fails', () => {
  it('leaves the job running, is told, and rejects', async () => {
    const t = testing();
    const { outputs, counted } = pipeline(t);
    const events: JobEvent[] = [];
    const job = await t.run(outputs, { state: memory(), onEvent: e => events.push(e) });
    const file = join(await fresh(), 'file');
    await writeFile(file, '');
    await expect(job.savepoint(join(file, 'below'))).rejects.toThrow(/ENOTDIR|EEXIST/);
    expect(events.map(e => e.kind)).toEqual(['checkpoint-started', 'savepoint-failed', 'checkpoint-completed']);
    t.source<string>('script').push('a', 1);
    await job.settle();
    expect(counted.values).toEqual(['a1']);
    await job.stop();
    await expect(job.savepoint(file)).rejects.toMatchObject({ code: 'job-ended' });
  });
  it('is no harm to a job without state: it has one all the same', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const t = testing();
    const start = async (options: RunOptions, value: string) => {
      const values: string[] = [];
      const counted = Stream.from(t.source<string>('script'), { name: 'in' })
        .keyBy(key => key)
        .process({ name: 'counter', emits: type<string>(), init: () => ({ n: 0 }), onData: (state, key, context) => context.emit(`${key}${++state.n}`) });
      const job = await run(counted.to(toArray(values), { name: 'out' }), options);
      while (!values.includes(value)) await new Promise(resolve => setImmediate(resolve));
      return { values, job };
    };
    t.source<string>('script').push('a', 1);
    const { job } = await start({}, 'a1');
    await job.savepoint(path);
    await job.stop();
    t.source<string>('script').push('a', 2);
    const next = await start({ name: 'job', from: path }, 'a2');
    expect(next.values).toEqual(['a2']);
    await next.job.stop();
  });
  it('is refused with all names that are missing, since it would be found again by them', async () => {
    const t = testing();
    const job = await t.run(Stream.from([1]).keyBy(n => n).window(tumbling(100)).aggregate(count()).to(toArray<unknown>([])));
    await expect(job.savepoint(join(await fresh(), 'it.savepoint'))).rejects.toThrow('"from", "aggregate", "toArray"');
  });
});

describe('keeping the last savepoints', () => {
  it('goes by generation and checkpoint, knows its job’s names only, and clears away what the dead left', async () => {
    const folder = await fresh();
    const kept = ['job-2-3.savepoint', 'job-3-1.savepoint', 'job-3-2.savepoint.3-2.aside', 'job-1-1-9.savepoint', 'other-1-1.savepoint', 'job-1-1.txt'];
    for (const name of [...kept, 'job-1-10.savepoint', 'job-2-2.savepoint', 'job-1-11.savepoint.1-11.aside']) await writeFile(join(folder, name), '');
    await keepLast(systemDisk, folder, 'job', 2);
    expect((await readdir(folder)).sort()).toEqual([...kept].sort());
    await rm(folder, { recursive: true });
  });
});
