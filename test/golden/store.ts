/** A store of each kind of key, sub-key and value, in two checkpoints. Change nothing of it: the files beside this one were written by it. */
import { lmdb } from 'millrace/lmdb';
import type { Manifest, StateStore } from '../../src/core/state.js';
import { environment, hardTables, manifest } from '../state/savepoint/kit.js';

/** Its job, which is the name of its folder too. */
export const JOB = 'golden';

export const manifestOf = (generation: number, checkpoint: number): Manifest => ({ ...manifest, job: JOB, generation, checkpoint });

/** Makes it in a folder. */
export async function makeStore(folder: string): Promise<void> {
  const store = await lmdb(folder).open(JOB, environment);
  // What the second checkpoint takes back: entries that change and go, a table that goes.
  const early = store.table<unknown>('b', 'rows');
  for (const sub of [undefined, -1, 3]) early.set('k', 'before', sub);
  store.table<number>('gone', 'all').set(1, 1);
  await store.commit(manifestOf(1, 6), { go: () => true });
  early.delete('k', 3);
  store.drop('gone', 'all');
  for (const [step, names] of Object.entries(hardTables)) {
    for (const [name, entries] of Object.entries(names)) {
      const table = store.table<unknown>(step, name);
      for (const [key, sub, value] of entries) table.set(key, value, sub);
    }
  }
  await store.commit(manifestOf(1, 7), { go: () => true });
  await store.close();
}

/** Everything in it, by step and table; of one key rows come in order. */
export function tablesOf(store: StateStore): { readonly [step: string]: { readonly [table: string]: readonly unknown[] } } {
  const found: Record<string, Record<string, unknown[]>> = {};
  for (const [step, name] of store.tables()) (found[step] ??= {})[name] = [...store.table(step, name).scan()];
  return found;
}
