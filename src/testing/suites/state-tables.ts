/** What a state backend's tables must do: entries, ranges, scans. */
import type { StateStore, StateTable } from '../../core/state.js';
import type { Key, Sub } from '../../core/values.js';
import type { Testing } from './state-job.js';
import { equal, holds, type SuiteCase } from './suite.js';

/** Keys that have broken state kept in plain objects or joined texts. */
const HOSTILE_KEYS: readonly Key[] = ['__proto__', 'constructor', 'toString', '', ' ', '\u0000', '\ud800', '\udfff', 'a:b', 's1:a', '1', 1, 1n, -1, 0, 0.5, Infinity, true, 'true', false, [], [''], ['a', 'b'], ['a,b'], [['a'], 'b'], ['a', ['b']], [1], ['1'], [1n]];

const byValue = (a: readonly unknown[], b: readonly unknown[]): number => Number(a[1]) - Number(b[1]);

export const tableCases = (testing: Testing): readonly SuiteCase[] => [
  testing('an entry is what was set last, until it is deleted', async ({ open }) => {
    const t = (await open()).table<unknown>('step', 'table');
    equal([t.get('a'), t.edit('a')], [undefined, undefined], 'an entry never set');
    t.set('a', 1);
    t.set('a', 2);
    equal([t.get('a'), t.edit('a')], [2, 2], 'an entry set twice');
    t.delete('a');
    t.delete('b');
    equal([t.get('a'), [...t.scan()]], [undefined, []], 'an entry deleted');
  }),
  testing('a value that is edited is changed in place', async ({ open }) => {
    const t = (await open()).table<{ n: number }>('step', 'table');
    t.set('a', { n: 1 });
    const value = t.edit('a');
    if (value !== undefined) value.n++;
    equal([t.get('a'), t.edit('a') === value], [{ n: 2 }, true], 'an entry edited');
  }),
  testing('keys that differ are kept apart, whatever they look like', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<number>('step', 'table');
    HOSTILE_KEYS.forEach((key, index) => t.set(key, index));
    equal(HOSTILE_KEYS.map(key => t.get(key)), HOSTILE_KEYS.map((_, index) => index), 'entries of hostile keys');
    await commit(store);
    const restored = (await open()).table<number>('step', 'table');
    equal([...restored.scan()].map(([key, , value]) => [key, value]).toSorted(byValue), HOSTILE_KEYS.map((key, index) => [key, index]), 'entries of hostile keys, restored');
    HOSTILE_KEYS.forEach(key => restored.delete(key));
    equal([...restored.scan()], [], 'entries deleted');
  }),
  testing('sub-entries are in order: numbers, then strings', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<string>('step', 'table');
    const subs: readonly Sub[] = ['b', 10, '', 9, -1, 'a', 0.5, '10', 2 ** 40, '__proto__'];
    const sorted: readonly Sub[] = [-1, 0.5, 9, 10, 2 ** 40, '', '10', '__proto__', 'a', 'b'];
    subs.forEach(sub => t.set('k', `v${sub}`, sub));
    t.set('other', 'x', 1);
    const look = (table: StateTable<string>): void => {
      equal([...table.range('k')].map(([sub]) => sub), sorted, 'a whole range');
      equal([...table.range('k', 9, '10')].map(([sub]) => sub), [9, 10, 2 ** 40, ''], 'a range, from inclusive, to exclusive');
      equal([...table.range('k', undefined, 9)].map(([sub]) => sub), [-1, 0.5], 'a range without a beginning');
      equal([[...table.range('k', 'c')], [...table.range('nobody')]], [[], []], 'empty ranges');
      equal([table.get('k', 9), table.get('k'), table.get('k', 8)], ['v9', undefined, undefined], 'single sub-entries');
    };
    look(t);
    await commit(store);
    look(t);
    look((await open()).table<string>('step', 'table'));
  }),
  testing('a range may be changed while it is read', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<number>('step', 'table');
    for (let sub = 0; sub < 6; sub++) t.set('k', sub, sub);
    await commit(store);
    const seen: Sub[] = [];
    for (const [sub] of t.range('k')) {
      seen.push(sub);
      t.delete('k', sub);
      if (sub === 2) t.delete('k', 3);
    }
    equal([seen, [...t.range('k')]], [[0, 1, 2, 4, 5], []], 'a range read and deleted');
  }),
  testing('a key and its sub-entries are deleted one by one', async ({ open }) => {
    const t = (await open()).table<string>('step', 'table');
    t.set('k', 'own');
    t.set('k', 'row', 1);
    t.delete('k');
    equal([t.get('k'), t.get('k', 1), [...t.scan()]], [undefined, 'row', [['k', 1, 'row']]], 'the entry without a sub-key deleted');
    t.set('k', 'own');
    t.delete('k', 1);
    equal([...t.scan()], [['k', undefined, 'own']], 'the sub-entry deleted');
  }),
  testing('a scan gives each entry once: keys not committed as they were first set, all others in an order that stays', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<number>('step', 'table');
    const scanned = (table: StateTable<number>): readonly (readonly [Key, unknown])[] => [...table.scan()].map(([key, , value]) => [key, value] as const);
    ['z', 'a', 'm', 10, 9, ['t']].forEach((key, index) => t.set(key, index));
    t.set('z', 7);
    t.delete('a');
    equal(scanned(t), [['z', 7], ['m', 2], [10, 3], [9, 4], [['t'], 5]], 'a scan before the first commit');
    await commit(store);
    const again = await open();
    const restored = again.table<number>('step', 'table');
    restored.set('b', 8);
    restored.set('a', 9);
    restored.edit('m');
    restored.set('z', 10);
    const found = scanned(restored);
    const expected = [['m', 2], [10, 3], [9, 4], [['t'], 5], ['b', 8], ['a', 9], ['z', 10]];
    equal([found.toSorted(byValue), found.slice(-2)], [expected.toSorted(byValue), [['b', 8], ['a', 9]]], 'a scan over old and new');
    equal(scanned(restored), found, 'the same scan again');
    await commit(again);
    const one = scanned((await open()).table<number>('step', 'table'));
    equal([one.toSorted(byValue), scanned((await open()).table<number>('step', 'table'))], [expected.toSorted(byValue), one], 'two scans, restored');
  }),
  testing('a scan may be stopped, and the table changed, between two of its entries', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<number>('step', 'table');
    for (let i = 0; i < 700; i++) t.set(i, 1);
    await commit(store);
    for (let i = 700; i < 1_400; i++) t.set(i, 1);
    const seen = new Set<Key>();
    for (const [key, , value] of t.scan()) {
      holds(!seen.has(key) && value === 1, `key ${String(key)} comes once, as it was set`);
      seen.add(key);
      t.set(key, 2);
    }
    equal([seen.size, [...t.scan()].every(([, , value]) => value === 2)], [1_400, true], 'keys seen');
    let count = 0;
    for (const [key] of t.scan()) {
      t.delete(key);
      if (++count === 1_000) break;
    }
    equal([...t.scan()].length, 400, 'entries left');
    await commit(store);
    equal([...(await open()).table<number>('step', 'table').scan()].length, 400, 'entries left, restored');
  }),
  testing('keys, sub-keys and values of a megabyte are like any other', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<string>('step', 'table');
    const long = 'x'.repeat(2 ** 20);
    const keys: readonly Key[] = [long, `${long}y`, ['a', long], 2n ** 100_000n, long.slice(1_000)];
    const look = (table: StateTable<string>): void => {
      keys.forEach((key, index) => equal([table.get(key)?.length, table.get(key, 'b'), [...table.range(key)].map(([sub]) => (typeof sub === 'string' ? sub.length : sub))], [2 ** 20 + index, 'row', [1, 3, 1, 2 ** 20 + 1, 2 ** 20 + 1, 2 ** 20 + 2]], `long key ${index}`));
      equal(keys.map(key => [...table.range(key, `${long}a`, `${long}c`)].map(([sub]) => String(sub).length)), keys.map(() => [2 ** 20 + 1, 2 ** 20 + 1, 2 ** 20 + 2]), 'ranges between long sub-keys');
      equal([...table.scan()].length, keys.length * 7, 'all entries');
    };
    keys.forEach((key, index) => {
      t.set(key, long + 'v'.repeat(index));
      for (const sub of ['b', `${long}b`, 1, `${long}a`, 'a'.repeat(3), `${long}bc`]) t.set(key, 'row', sub);
    });
    await commit(store);
    const restored = (await open()).table<string>('step', 'table');
    look(restored);
    for (const key of keys) restored.delete(key, `${long}b`);
    equal(keys.map(key => [...restored.range(key)].length), keys.map(() => 5), 'rows left');
  }),
  testing('tables of other names and steps are other tables; those that hold something are listed', async ({ open, commit }) => {
    const store = await open();
    store.table<number>('a', 'x').set('k', 1);
    store.table<number>('a', 'y').set('k', 2);
    store.table<number>('b', 'x').set('k', 3, 1);
    store.table<number>('b', 'empty');
    const names = (of: StateStore): readonly unknown[] => [...of.tables()].toSorted((one, other) => (one.join('/') < other.join('/') ? -1 : 1));
    equal(names(store), [['a', 'x'], ['a', 'y'], ['b', 'x']], 'tables');
    await commit(store);
    const again = await open();
    equal(names(again), [['a', 'x'], ['a', 'y'], ['b', 'x']], 'tables, restored');
    again.drop('a', 'x');
    again.table<number>('b', 'x').delete('k', 1);
    equal([names(again), [...again.table<number>('a', 'x').scan()]], [[['a', 'y']], []], 'a table dropped and one emptied');
    again.table<number>('a', 'x').set('new', 4);
    await commit(again);
    equal([...(await open()).table<number>('a', 'x').scan()], [['new', undefined, 4]], 'a table dropped and begun again');
  }),
];
