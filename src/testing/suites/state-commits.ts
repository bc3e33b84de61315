/** What a state backend's commits must do: what they keep, what a crash loses, who may still commit. */
import type { StateStore } from '../../core/state.js';
import type { Testing } from './state-job.js';
import { equal, fails, holds, type SuiteCase } from './suite.js';

/** Values that JSON loses. */
const HARD_VALUES: readonly unknown[] = [NaN, Infinity, -Infinity, -0, 0, '', '\ud800', false, null, 10n ** 30n, [], {}, { a: undefined }, [1, [2, { b: [3] }]], new Date(12), new Map<unknown, unknown>([['a', new Set([1])]]), new Uint8Array([1, 2, 3]), JSON.parse('{"__proto__":{"a":1}}')];

const codeOf = (cause: unknown): unknown => (typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined);

export const commitCases = (testing: Testing): readonly SuiteCase[] => [
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
