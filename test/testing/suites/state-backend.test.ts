import { describe, expect, it } from 'vitest';
import type { StateBackend, StateStore, StateTable } from '../../../src/core/state.js';
import { memory } from '../../../src/state/memory.js';
import { volatile } from '../../../src/state/volatile.js';
import { stateBackendSuite } from '../../../src/testing/suites/state-backend.js';
import { failing } from './kit.js';

/** A right backend, with one thing changed. */
const broken = (change: { readonly store?: (store: StateStore) => Partial<StateStore>; readonly table?: (table: StateTable<unknown>) => Partial<StateTable<unknown>> }): StateBackend => {
  const backend = memory();
  return {
    async open(job, environment) {
      const store = await backend.open(job, environment);
      const tables: Partial<StateStore> = {
        table<V>(step: string, name: string): StateTable<V> {
          const table = store.table<unknown>(step, name);
          return { ...table, ...change.table?.(table) } as StateTable<V>;
        },
      };
      return Object.assign(Object.create(store) as StateStore, tables, change.store?.(store));
    },
  };
};

describe('the contract suite of state backends', () => {
  it('passes one that is only wrapped', async () => expect(await failing(stateBackendSuite(() => ({ backend: broken({}) })))).toEqual([]));

  it.each<[string, () => StateBackend, RegExp]>([
    ['keys kept as texts', () => broken({ table: t => ({ get: (k, s) => t.get(String(k), s), set: (k, v, s) => t.set(String(k), v, s) }) }), /keys that differ/],
    ['subs kept as texts', () => broken({ table: t => ({ set: (k, v, s) => t.set(k, v, s === undefined ? s : String(s)) }) }), /sub-entries are in order/],
    ['an edit that gives a copy', () => broken({ table: t => ({ edit: (k, s) => structuredClone(t.get(k, s)) }) }), /changed in place/],
    ['a range that includes its end', () => broken({ table: t => ({ range: (k, from, to) => [...t.range(k, from)].filter(([s]) => to === undefined || s <= to) }) }), /sub-entries are in order/],
    ['a scan by key', () => broken({ table: t => ({ scan: () => [...t.scan()].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)) }) }), /as they were first set/],
    ['a scan that gives an entry twice', () => broken({ table: t => ({ scan: () => [...t.scan(), ...[...t.scan()].slice(-1)] }) }), /between two of its entries/],
    ['a name that cannot be changed', () => broken({ store: () => ({ rename: () => undefined }) }), /another name/],
    ['a count of what was written that is not one', () => broken({ store: store => ({ commit: async (manifest, pace) => (await store.commit(manifest, pace), { entries: 1, bytes: 1 }) }) }), /says what it wrote/],
    ['a delete that takes the rows too', () => broken({ table: t => ({ delete: (k, s) => { if (s === undefined) for (const [row] of [...t.range(k)]) t.delete(k, row); t.delete(k, s); } }) }), /one by one/],
    ['a drop that does nothing', () => broken({ store: () => ({ drop: () => undefined }) }), /tables of other names/],
    ['a commit that does nothing', () => broken({ store: () => ({ commit: () => Promise.resolve() }) }), /opening claims/],
    ['a generation that stands still', () => broken({ store: () => ({ generation: 1 }) }), /opening claims/],
    ['a count that stands still', () => broken({ store: () => ({ dirty: 0 }) }), /counts what waits/],
    ['nothing that outlives a crash', () => ({ open: async () => volatile() }), /a crash loses|come back/],
    ['one store for all incarnations', () => { const store = volatile(); return { open: async () => store }; }, /a crash loses/],
  ])('sees %s', async (_, make, expected) => expect((await failing(stateBackendSuite(() => ({ backend: make() })))).filter(name => expected.test(name))).not.toEqual([]));

  it('closes stores and harness after each case', async () => {
    let [opened, closed, harnesses] = [0, 0, 0];
    const make = () => ({
      backend: broken({ store: () => (opened++, { close: async () => void closed++ }) }),
      close: () => void harnesses++,
    });
    const suite = stateBackendSuite(make);
    expect(await failing(suite)).toEqual([]);
    expect([closed, harnesses]).toEqual([opened, suite.length]);
  });
});
