import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { always, environment, folder, manifestOf } from './kit.js';

describe('what is near', () => {
  it('stays the same object after a commit, while there is room for it', async () => {
    for (const [entries, same] of [[1_000, true], [0, false]] as const) {
      const store = await lmdb(await folder(), { cache: { entries } }).open('job', environment);
      const table = store.table<{ n: number }>('step', 'table');
      const value = { n: 1 };
      table.set('a', value);
      await store.commit(manifestOf(store, 1), always);
      expect([table.get('a') === value, table.get('a')]).toEqual([same, { n: 1 }]);
      await store.close();
    }
  });
  it('forgets what was not used for long, never what waits for a commit', async () => {
    const store = await lmdb(await folder(), { cache: { entries: 10 } }).open('job', environment);
    const table = store.table<{ n: number }>('step', 'table');
    for (let i = 0; i < 4; i++) table.set(i, { n: i });
    await store.commit(manifestOf(store, 1), always);
    const [first, edited] = [table.get(0), table.edit(1)];
    for (let i = 100; i < 200; i++) table.set(i, { n: i });
    await store.commit(manifestOf(store, 2), always);
    for (let i = 100; i < 200; i++) table.get(i);
    expect([table.get(0) === first, table.get(0), table.get(1) === edited, table.get(1)]).toEqual([false, { n: 0 }, false, { n: 1 }]);
    const dirty = table.edit(1);
    for (let i = 100; i < 200; i++) table.get(i);
    expect(table.get(1)).toBe(dirty);
    await store.close();
  });
  it('reads the rows of a key once, and one that is not there not at all when it is set', async () => {
    const store = await lmdb(await folder()).open('job', environment);
    const table = store.table<{ n: number }>('step', 'table');
    for (let i = 0; i < 50; i++) table.set('k', { n: i }, i);
    await store.commit(manifestOf(store, 1), always);
    const again = await lmdb(await folder()).open('job', environment);
    expect([...again.table('step', 'table').range('k')]).toEqual([]);
    await again.close();
    const rows = [...table.range('k')].map(([, value]) => value);
    expect([...table.range('k', 10, 12)].map(([, value]) => value)).toEqual([rows[10], rows[11]]);
    expect([...table.range('k')].every(([, value], i) => value === rows[i])).toBe(true);
    await store.close();
  });
});
