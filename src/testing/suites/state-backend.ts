/** The contract of a state backend: tables, what a commit keeps, what a crash loses, and who may still commit. */
import type { Environment } from '../../core/clock.js';
import type { Pace } from '../../core/port.js';
import type { Committed, Manifest, StateBackend, StateStore, StateTable } from '../../core/state.js';
import type { Json, Key, Sub } from '../../core/values.js';
import { equal, fails, holds, suiteEnvironment, type SuiteCase } from './suite.js';

/** A backend with nothing in it. */
export interface StateBackendHarness {
  readonly backend: StateBackend;
  readonly environment?: Environment | undefined;
  /** Makes the place it writes to full, so that a commit of a megabyte must fail, until the function it gives is called. Without it that case is skipped. */
  full?(): Promise<() => Promise<void> | void>;
  /** Called after each case. */
  close?(): Promise<void> | void;
}

/** Keys that have broken state kept in plain objects or joined texts. */
const HOSTILE_KEYS: readonly Key[] = ['__proto__', 'constructor', 'toString', '', ' ', '\u0000', '\ud800', '\udfff', 'a:b', 's1:a', '1', 1, 1n, -1, 0, 0.5, Infinity, true, 'true', false, [], [''], ['a', 'b'], ['a,b'], [['a'], 'b'], ['a', ['b']], [1], ['1'], [1n]];

/** Values that JSON loses. */
const HARD_VALUES: readonly unknown[] = [NaN, Infinity, -Infinity, -0, 0, '', '\ud800', false, null, 10n ** 30n, [], {}, { a: undefined }, [1, [2, { b: [3] }]], new Date(12), new Map<unknown, unknown>([['a', new Set([1])]]), new Uint8Array([1, 2, 3]), JSON.parse('{"__proto__":{"a":1}}')];

const always: Pace = { go: () => true };

/**
 * Cases every state backend must pass. Opening the same job again stands for a crash: what was not committed is gone, and the older store may not commit.
 *
 * @param make a fresh harness for each case.
 * @example
 * ```ts
 * import { memory } from 'millrace';
 * import { stateBackendSuite } from 'millrace/testing';
 *
 * for (const { run } of stateBackendSuite(() => ({ backend: memory() }))) await run();
 * ```
 */
export function stateBackendSuite(make: () => StateBackendHarness | Promise<StateBackendHarness>): readonly SuiteCase[] {
  const testing = (name: string, run: (job: Job) => Promise<void>): SuiteCase => ({
    name,
    async run() {
      const harness = await make();
      const stores: StateStore[] = [];
      try {
        await run(jobOf(harness, stores));
      } finally {
        for (const store of stores) await store.close();
        await harness.close?.();
      }
    },
  });
  return [...tableCases(testing), ...commitCases(testing)];
}

type Testing = (name: string, run: (job: Job) => Promise<void>) => SuiteCase;

const tableCases = (testing: Testing): readonly SuiteCase[] => [
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

const commitCases = (testing: Testing): readonly SuiteCase[] => [
  testing('opening claims the next generation and gives the last manifest', async ({ open, commit }) => {
    const first = await open();
    equal(first.restored, undefined, 'a manifest of a new job');
    await commit(first, { split: 7 });
    const second = await open();
    equal([second.generation > first.generation, second.restored?.checkpoint, second.restored?.positions], [true, 1, { source: { split: 7 } }], 'the next incarnation');
  }),
  testing('a crash loses what was not committed, whole', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<{ n: number }>('step', 'table');
    t.set('a', { n: 1 });
    t.set('b', { n: 1 }, 5);
    await commit(store);
    const [a, b] = [t.edit('a'), t.edit('b', 5)];
    if (a !== undefined) a.n = 2;
    if (b !== undefined) b.n = 2;
    t.set('c', { n: 3 });
    t.delete('b', 5);
    store.drop('step', 'other');
    const restored = (await open()).table<{ n: number }>('step', 'table');
    equal([...restored.scan()], [['a', undefined, { n: 1 }], ['b', 5, { n: 1 }]], 'the table after a crash');
  }),
  testing('a checkpoint shares no object with the job', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<{ list: number[] }>('step', 'table');
    const mine = { list: [1] };
    t.set('a', mine);
    t.set('b', mine, 1);
    await commit(store);
    mine.list.push(2);
    t.get('a')?.list.push(3);
    for (const [, row] of t.range('b')) row.list.push(4);
    for (const [, , value] of t.scan()) value.list.push(5);
    const restored = (await open()).table<{ list: number[] }>('step', 'table');
    equal([restored.get('a'), restored.get('b', 1)], [{ list: [1] }, { list: [1] }], 'values after they were changed from outside');
  }),
  testing('values come back as they were, also those JSON loses', async ({ open, commit }) => {
    const store = await open();
    HARD_VALUES.forEach((value, index) => store.table<unknown>('step', 'table').set(index, value));
    await commit(store);
    const restored = (await open()).table<unknown>('step', 'table');
    HARD_VALUES.forEach((value, index) => equal(restored.get(index), value, `value ${index}`));
    holds(Object.is(restored.get(3), -0), '-0 stays -0');
  }),
  testing('refuses a value that is not plain data, with its path, and keeps the last checkpoint', async ({ open, commit }) => {
    class Money {
      readonly amount = 1;
    }
    for (const bad of [() => 1, new Money(), { deep: [0, { price: new Money() }] }, { f() {} }, Symbol('s'), Promise.resolve()]) {
      const store = await open();
      const t = store.table<unknown>('step', 'table');
      t.delete('good');
      t.set('good', 1);
      await commit(store);
      t.set('good', 2);
      t.set('bad', bad);
      const cause = await fails(() => commit(store), 'a commit of a value that is not plain data');
      equal(codeOf(cause), 'state-value', 'its code');
      if (typeof bad === 'object' && 'deep' in bad) holds(cause instanceof Error && cause.message.includes('.deep[1].price'), 'its message names the path');
      equal([...(await open()).table<unknown>('step', 'table').scan()], [['good', undefined, 1]], 'the last checkpoint');
    }
  }),
  testing('an older incarnation can not commit any more', async ({ open, commit }) => {
    const old = await open();
    old.table<number>('step', 'table').set('a', 1);
    const next = await open();
    next.table<number>('step', 'table').set('a', 2);
    await commit(next);
    equal(codeOf(await fails(() => commit(old), 'a commit of an older incarnation')), 'fenced', 'its code');
    equal((await open()).table<number>('step', 'table').get('a'), 2, 'what the newer one wrote');
  }),
  testing('the state of a step can be given another name', async ({ open, commit }) => {
    const store = await open();
    store.table<number>('old', 'x').set('a', 1);
    store.table<number>('old', 'y').set('b', 2, 3);
    store.table<number>('other', 'x').set('c', 3);
    await commit(store);
    const crashed = await open();
    crashed.rename('old', 'new');
    const again = await open();
    equal([...again.tables()].map(([step]) => step).toSorted(), ['old', 'old', 'other'], 'steps after a crash before the commit');
    again.rename('old', 'new');
    again.rename('nobody', 'nothing');
    equal([[...again.table<number>('new', 'x').scan()], [...again.table<number>('old', 'x').scan()]], [[['a', undefined, 1]], []], 'the table under both names');
    await commit(again);
    const last = await open();
    equal([[...last.table<number>('new', 'y').scan()], [...last.tables()].map(([step]) => step).toSorted()], [[['b', 3, 2]], ['new', 'new', 'other']], 'steps, restored');
    equal(codeOf(await fails(() => last.rename('other', 'new'), 'a name that is taken')), 'state-rename', 'its code');
  }),
  testing('a snapshot is the last commit, whatever follows', async ({ open, commit }) => {
    const store = await open();
    if (store.snapshot === undefined) return;
    const t = store.table<number>('step', 'table');
    for (let i = 0; i < 600; i++) t.set(i, 1);
    await commit(store, { split: 1 });
    t.set('new', 2);
    t.set(5, 2);
    const view = store.snapshot();
    await commit(store, { split: 2 });
    store.drop('step', 'table');
    await commit(store, { split: 3 });
    const entries = [...view.scan('step', 'table')];
    equal([view.manifest.positions, [...view.tables()], entries.length, entries.every(([, , value]) => value === 1), [...view.scan('no', 'table')]], [{ source: { split: 1 } }, [['step', 'table']], 600, true, []], 'a snapshot after two commits');
    view.close();
  }),
  testing('a commit says what it wrote, if it says anything', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<string>('step', 'table');
    for (let i = 0; i < 10; i++) t.set(`key ${i}`, 'a'.repeat(1_000));
    const all = await commit(store);
    t.set('key 1', 'b');
    t.delete('key 2');
    const some = await commit(store);
    if (all === undefined || some === undefined) return;
    equal([all.entries, some.entries], [10, 2], 'entries');
    holds(all.bytes > 10_000 && all.bytes < 20_000 && some.bytes > 0 && some.bytes < 200, 'bytes are those of keys and values');
  }),
  testing('a full disk leaves the last checkpoint and the overlay as they were', async ({ open, commit, full }) => {
    if (full === undefined) return;
    const store = await open();
    const t = store.table<string>('step', 'table');
    t.set('a', 'kept');
    await commit(store);
    const more = await full();
    for (let i = 0; i < 64; i++) t.set(i, 'x'.repeat(65_536));
    t.delete('a');
    const dirty = store.dirty;
    for (let i = 0; i < 2; i++) equal(codeOf(await fails(() => commit(store), 'a commit to a full disk')), 'state-unwritable', 'its code');
    equal([store.dirty, t.get(63)?.length, t.get('a')], [dirty, 65_536, undefined], 'the overlay');
    await more();
    await commit(store);
    const restored = (await open()).table<string>('step', 'table');
    equal([[...restored.scan()].length, restored.get('a')], [64, undefined], 'the table when there is room again');
    await full();
    restored.set('b', 'y'.repeat(2 ** 22));
    equal([...(await open()).table<string>('step', 'table').scan()].length, 64, 'the last checkpoint on a full disk');
  }),
  testing('a commit yields when it is asked to, and is all or nothing however it is cut', async ({ open, commit }) => {
    for (let cut = 0; cut < 40; cut += 3) {
      const store = await open();
      const t = store.table<number>('step', `table${cut}`);
      for (let i = 0; i < 10; i++) t.set(i, 1);
      await commit(store);
      for (let i = 0; i < 10; i++) t.set(i, 2);
      // The next incarnation opens in the middle of the commit.
      let asked = 0;
      let next: Promise<StateStore> | undefined;
      const outcome = commit(store, {}, { go: () => asked++ !== cut || ((next = open()), false) }).then(
        () => 'committed',
        () => 'fenced',
      );
      await outcome;
      const table = (await (next ?? open())).table<number>('step', `table${cut}`);
      const values = new Set([...table.scan()].map(([, , value]) => value));
      holds(values.size === 1, `a commit cut at pause ${cut} is all or nothing`);
    }
  }),
  testing('counts what waits for a commit', async ({ open, commit }) => {
    const store = await open();
    const t = store.table<number>('step', 'table');
    equal(store.dirty, 0, 'entries of a new store');
    t.set('a', 1);
    t.set('b', 1, 1);
    holds(store.dirty >= 2, 'two entries wait');
    await commit(store);
    equal(store.dirty, 0, 'entries after a commit');
    t.get('a');
    equal(store.dirty, 0, 'entries after a look');
    t.delete('a');
    holds(store.dirty >= 1, 'a deletion waits');
  }),
];

const byValue = (a: readonly unknown[], b: readonly unknown[]): number => Number(a[1]) - Number(b[1]);

const codeOf = (cause: unknown): unknown => (typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined);

/** A job on the backend under test. */
interface Job {
  /** A new incarnation; the one before counts as crashed. */
  open(): Promise<StateStore>;
  commit(store: StateStore, positions?: { readonly [split: string]: Json }, pace?: Pace): Promise<Committed | void>;
  readonly full: StateBackendHarness['full'];
}

function jobOf({ backend, environment = suiteEnvironment(), full }: StateBackendHarness, stores: StateStore[]): Job {
  let checkpoint = 0;
  return {
    async open() {
      const store = await backend.open('suite', environment);
      stores.push(store);
      return store;
    },
    async commit(store, positions = {}, pace = always) {
      const manifest: Manifest = { job: 'suite', generation: store.generation, checkpoint: checkpoint + 1, plan: [], positions: { source: positions }, watermarks: {}, committables: {} };
      const figures = await store.commit(manifest, pace);
      checkpoint++;
      return figures;
    },
    full,
  };
}
