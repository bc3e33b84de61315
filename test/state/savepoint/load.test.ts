import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memory, type Manifest, type StateBackend, type StateStore } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { systemDisk } from '../../../src/core/disk.js';
import { loadSavepoint } from '../../../src/state/savepoint/load.js';
import { openSavepoint } from '../../../src/state/savepoint/read.js';
import { environment, fresh, hardTables, manifest, save, type Tables } from './kit.js';

async function load(path: string, store: StateStore, job = 'job'): Promise<string> {
  const savepoint = await openSavepoint(path, systemDisk);
  try {
    await loadSavepoint(savepoint, store, { job, clock: environment.clock, portion: { bytes: 2 ** 20, entries: 1_000 } });
    return savepoint.id;
  } finally {
    await savepoint.close();
  }
}

/** The tables, each sorted as the kit has them, for backends differ in their order. */
function tablesOf(store: StateStore, like: Tables): Tables {
  const found = [...store.tables()].map(([step, name]) => [step, name, [...store.table(step, name).scan()]] as const);
  return Object.fromEntries(
    [...new Set(found.map(([step]) => step))].map(step => [
      step,
      Object.fromEntries(
        found.filter(([of]) => of === step).map(([, name, rows]) => {
          const order = (like[step]?.[name] ?? []).map(([key, sub]) => store.table(step, name).get(key, sub));
          expect(rows).toHaveLength(order.length);
          return [name, (like[step]?.[name] ?? []).map(([key, sub], i) => [key, sub, order[i]] as const)];
        }),
      ),
    ]),
  );
}

const backends: readonly (readonly [string, () => Promise<StateBackend>])[] = [
  ['memory', async () => memory()],
  ['lmdb', async () => lmdb(await fresh())],
];

describe.each(backends)('loading a savepoint into %s', (_, make) => {
  it('gives a store like the one it was taken of, under the job’s name and its own generation', async () => {
    const path = join(await fresh(), 'it.savepoint');
    await save(path, hardTables);
    const state = await make();
    const store = await state.open('job', environment, manifest.generation);
    const id = await load(path, store);
    await store.close();
    const again = await state.open('job', environment);
    expect(again.restored).toEqual({ ...manifest, generation: 4, origin: id });
    expect(again.generation).toBe(5);
    expect(tablesOf(again, hardTables)).toEqual(hardTables);
    await again.close();
  });
  it('leaves the tokens of sinks to the job that took it', async () => {
    const path = join(await fresh(), 'it.savepoint');
    await save(path, {});
    const state = await make();
    const store = await state.open('fork', environment);
    await load(path, store, 'fork');
    await store.close();
    const again = await state.open('fork', environment);
    expect(again.restored).toMatchObject({ job: 'fork', committables: {}, positions: manifest.positions });
    await again.close();
  });
  it('that dies between two portions leaves a store that says it is a part; loading again gives all, and nothing else', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const tables = { s: { t: Array.from({ length: 6 }, (_, i) => [i, undefined, `${i}`.repeat(300_000)] as const) } };
    await save(path, tables);
    const state = await make();
    const store = await state.open('job', environment);
    const commits: Manifest[] = [];
    const dying: StateStore = Object.defineProperties({ ...store }, {
      commit: {
        value: async (of: Manifest, pace: { go(): boolean }) => {
          if (commits.length === 1) throw new Error('killed');
          commits.push(of);
          store.table('s', 'left over').set('k', 1);
          await store.commit(of, pace);
        },
      },
    });
    await expect(load(path, dying)).rejects.toThrow('killed');
    await store.close();
    const next = await state.open('job', environment);
    expect(next.restored?.loading).toMatch(/^[0-9a-f]{64}$/);
    const id = await load(path, next);
    await next.close();
    const last = await state.open('job', environment);
    expect([last.restored?.loading, last.restored?.origin]).toEqual([undefined, id]);
    expect(tablesOf(last, tables)).toEqual(tables);
    await last.close();
  });
});
