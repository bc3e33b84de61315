import { rm } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { keyText } from '../../../src/core/key.js';
import type { StateStore, StateTable } from '../../../src/core/state.js';
import type { Key, Sub } from '../../../src/core/values.js';
import { before } from '../../../src/state/rows.js';
import { always, environment, folder, manifestOf } from './kit.js';

type Value = { n: number };
type Step =
  | { readonly do: 'set' | 'edit' | 'get' | 'delete'; readonly key: Key; readonly sub: Sub | undefined }
  | { readonly do: 'range'; readonly key: Key; readonly from: Sub | undefined; readonly to: Sub | undefined }
  | { readonly do: 'commit' | 'crash' | 'scan' | 'drop' };

const key: fc.Arbitrary<Key> = fc.constantFrom<Key[]>('a', 'b', 'c', 1, 2, '\u0000', ['a'], ['a', 1], true, 'x'.repeat(2_000));
const sub: fc.Arbitrary<Sub | undefined> = fc.constantFrom<(Sub | undefined)[]>(undefined, undefined, 1, 2, 3, 'p', 'q', 'y'.repeat(1_500), `${'y'.repeat(1_500)}z`);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constantFrom('set', 'set', 'edit', 'get', 'delete'), key, sub }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('range'), key, from: sub, to: sub }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('commit', 'commit', 'crash', 'scan', 'scan', 'drop') }) },
) as fc.Arbitrary<Step>;

/** The table as anybody would write it down. */
class Model {
  readonly entries = new Map<string, { readonly key: Key; readonly sub: Sub | undefined; value: Value }>();
  at = (key: Key, sub: Sub | undefined) => `${keyText(key)}|${typeof sub}${String(sub)}`;
  copy(): Model {
    const copy = new Model();
    for (const [at, entry] of this.entries) copy.entries.set(at, { ...entry, value: { ...entry.value } });
    return copy;
  }
  range(key: Key, from?: Sub, to?: Sub): readonly (readonly [Sub, Value])[] {
    return [...this.entries.values()]
      .flatMap(e => (keyText(e.key) === keyText(key) && e.sub !== undefined ? [[e.sub, e.value] as const] : []))
      .filter(([s]) => (from === undefined || !before(s, from)) && (to === undefined || before(s, to)))
      .sort(([a], [b]) => (before(a, b) ? -1 : 1));
  }
  all = (): unknown => [...this.entries.keys()].toSorted().map(at => [at, this.entries.get(at)?.value]);
}

describe('a table on the disk', () => {
  it('is what a plain map is, whatever is committed, forgotten and read again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 4, 100), async (steps, entries) => {
        const path = await folder();
        const backend = lmdb(path, { cache: { entries } });
        const stores: StateStore[] = [];
        const open = async (): Promise<[StateStore, StateTable<Value>]> => {
          const store = await backend.open('job', environment);
          stores.push(store);
          return [store, store.table<Value>('step', 'table')];
        };
        let [store, table] = await open();
        let model = new Model();
        let committed = model.copy();
        let checkpoint = 0;
        let n = 0;
        for (const s of steps) {
          switch (s.do) {
            case 'set':
              model.entries.set(model.at(s.key, s.sub), { key: s.key, sub: s.sub, value: { n: ++n } });
              table.set(s.key, { n }, s.sub);
              break;
            case 'edit': {
              const entry = model.entries.get(model.at(s.key, s.sub));
              const value = table.edit(s.key, s.sub);
              expect(value).toEqual(entry?.value);
              if (entry !== undefined && value !== undefined) entry.value.n = value.n = ++n;
              break;
            }
            case 'get':
              expect(table.get(s.key, s.sub)).toEqual(model.entries.get(model.at(s.key, s.sub))?.value);
              break;
            case 'delete':
              model.entries.delete(model.at(s.key, s.sub));
              table.delete(s.key, s.sub);
              break;
            case 'range':
              expect([...table.range(s.key, s.from, s.to)]).toEqual(model.range(s.key, s.from, s.to));
              break;
            case 'scan':
              expect([...table.scan()].map(([k, sb, v]) => [model.at(k, sb), v] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(model.all());
              expect([...store.tables()]).toEqual(model.entries.size === 0 ? [] : [['step', 'table']]);
              break;
            case 'commit':
              await store.commit(manifestOf(store, ++checkpoint), always);
              expect(store.dirty).toBe(0);
              committed = model.copy();
              break;
            case 'drop':
              store.drop('step', 'table');
              table = store.table<Value>('step', 'table');
              model = new Model();
              break;
            case 'crash':
              [store, table] = await open();
              model = committed.copy();
          }
        }
        expect([...table.scan()].map(([k, sb, v]) => [model.at(k, sb), v] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual(model.all());
        for (const each of stores) await each.close();
        await rm(path, { recursive: true, force: true });
      }),
      { numRuns: 60 },
    );
  });

  it('keeps its place in a key of many rows that change while they are read', async () => {
    const path = await folder();
    const store = await lmdb(path).open('job', environment);
    const table = store.table<number>('step', 'table');
    for (let i = 0; i < 2_000; i += 2) table.set('k', i, i);
    await store.commit(manifestOf(store, 1), always);
    const seen: number[] = [];
    for (const [at] of table.range('k', 100, 1_900)) {
      seen.push(Number(at));
      if (Number(at) % 4 === 0) table.set('k', 0, Number(at) + 1); // ahead: seen next
      table.delete('k', Number(at) + 6);
    }
    const expected: number[] = [];
    const rows = new Set(Array.from({ length: 1_000 }, (_, i) => i * 2));
    for (let at = 100; at < 1_900; at++) {
      if (!rows.has(at)) continue;
      expected.push(at);
      if (at % 4 === 0) rows.add(at + 1);
      rows.delete(at + 6);
    }
    expect(seen).toEqual(expected);
    await store.close();
  });
});
