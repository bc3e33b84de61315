/** The memory table against a naive model: lists of entries, copied whole at every commit. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Manifest, StateStore, StateTable } from '../../src/core/state.js';
import type { Key, Sub } from '../../src/core/values.js';
import { memory } from '../../src/state/memory.js';
import { volatile } from '../../src/state/volatile.js';
import { suiteEnvironment } from '../../src/testing/suites/suite.js';

interface Cell {
  n: number;
}
interface Entry {
  readonly key: Key;
  own: Cell | undefined;
  rows: (readonly [Sub, Cell])[];
}
const tables = ['x', 'y'] as const;
type Model = Record<(typeof tables)[number], Entry[]>;

type Command =
  | { readonly do: 'set' | 'edit' | 'delete'; readonly table: 'x' | 'y'; readonly key: Key; readonly sub: Sub | undefined; readonly n: number }
  | { readonly do: 'drop'; readonly table: 'x' | 'y' }
  | { readonly do: 'commit'; readonly pauses: boolean }
  | { readonly do: 'crash' };

const table = fc.constantFrom(...tables);
const key = fc.constantFrom<Key[]>('a', '__proto__', '', 1, '1', 1n, ['a'], ['a', 1], '\ud800', true);
const sub = fc.constantFrom<(Sub | undefined)[]>(undefined, undefined, 1, 2, 10, -1, 'a', '10', '');
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: fc.constantFrom('set' as const, 'edit' as const, 'delete' as const), table, key, sub, n: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), table }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), pauses: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);

const same = (a: Key, b: Key): boolean => (Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((part, i) => same(part as Key, b[i] as Key)) : a === b);
const inOrder = (a: Sub, b: Sub): number => (typeof a === typeof b ? (a < b ? -1 : 1) : typeof a === 'number' ? -1 : 1);

function changeModel(model: Model, c: Extract<Command, { key: Key }>): void {
  const entries = model[c.table];
  let entry = entries.find(e => same(e.key, c.key));
  if (c.do === 'set') {
    if (entry === undefined) entries.push((entry = { key: c.key, own: undefined, rows: [] }));
    if (c.sub === undefined) entry.own = { n: c.n };
    else entry.rows = [...entry.rows.filter(([s]) => s !== c.sub), [c.sub, { n: c.n }] as const].toSorted(([a], [b]) => inOrder(a, b));
  } else if (entry !== undefined && c.do === 'edit') {
    const cell = c.sub === undefined ? entry.own : entry.rows.find(([s]) => s === c.sub)?.[1];
    if (cell !== undefined) cell.n += 100;
  } else if (entry !== undefined) {
    if (c.sub === undefined) entry.own = undefined;
    else entry.rows = entry.rows.filter(([s]) => s !== c.sub);
    if (entry.own === undefined && entry.rows.length === 0) entries.splice(entries.indexOf(entry), 1);
  }
}

function changeTable(t: StateTable<Cell>, c: Extract<Command, { key: Key }>): void {
  if (c.do === 'set') t.set(c.key, { n: c.n }, c.sub);
  else if (c.do === 'delete') t.delete(c.key, c.sub);
  else {
    const cell = t.edit(c.key, c.sub);
    if (cell !== undefined) cell.n += 100;
  }
}

const scanOf = (entries: readonly Entry[]): unknown[] => entries.flatMap(e => [...(e.own === undefined ? [] : [[e.key, undefined, e.own]]), ...e.rows.map(([s, cell]) => [e.key, s, cell])]);

function compare(store: StateStore, model: Model): void {
  for (const name of tables) {
    const t = store.table<Cell>('s', name);
    expect([...t.scan()]).toEqual(scanOf(model[name]));
    for (const entry of model[name]) {
      expect(t.get(entry.key)).toEqual(entry.own);
      expect([...t.range(entry.key)]).toEqual(entry.rows);
      expect([...t.range(entry.key, 2, 'a')]).toEqual(entry.rows.filter(([s]) => inOrder(s, 2) >= 0 || s === 2).filter(([s]) => s !== 'a' && inOrder(s, 'a') < 0));
    }
  }
  expect([...store.tables()].map(([, name]) => name).toSorted()).toEqual(tables.filter(name => model[name].length > 0));
}

const manifest = (checkpoint: number): Manifest => ({ job: 'j', generation: 1, checkpoint, plan: [], positions: {}, watermarks: {}, committables: {} });

describe('a table in memory', () => {
  it('does what a naive model does, with commits, crashes and restarts between', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async commands => {
        const backend = memory();
        let store = await backend.open('j', suiteEnvironment());
        let live: Model = { x: [], y: [] };
        let committed = structuredClone(live);
        let checkpoint = 0;
        for (const c of commands) {
          if (c.do === 'commit') {
            await store.commit(manifest(++checkpoint), { go: () => !c.pauses });
            committed = structuredClone(live);
            expect(store.dirty).toBe(0);
          } else if (c.do === 'crash') {
            store = await backend.open('j', suiteEnvironment());
            live = structuredClone(committed);
            expect(store.restored?.checkpoint).toBe(checkpoint === 0 ? undefined : checkpoint);
          } else if (c.do === 'drop') {
            store.drop('s', c.table);
            live[c.table] = [];
          } else {
            changeModel(live, c);
            changeTable(store.table<Cell>('s', c.table), c);
          }
          compare(store, live);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('does the same without a base', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), commands => {
        const store = volatile();
        const model: Model = { x: [], y: [] };
        for (const c of commands) {
          if (c.do === 'drop') {
            store.drop('s', c.table);
            model[c.table] = [];
          } else if ('key' in c) {
            changeModel(model, c);
            changeTable(store.table<Cell>('s', c.table), c);
          }
          compare(store, model);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('refuses to be scanned by key group, which it does not have', () => {
    expect(() => [...volatile().table('s', 't').scan(3)]).toThrow(/no key groups/);
  });
});
