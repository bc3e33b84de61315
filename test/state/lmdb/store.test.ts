import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { always, environment, folder, manifestOf } from './kit.js';

describe('a store on the disk', () => {
  it('locks its tables while it commits, and those that were dropped', async () => {
    const store = await lmdb(await folder()).open('job', environment);
    const table = store.table<number>('step', 'table');
    for (let i = 0; i < 200; i++) table.set(i, i);
    let refused: unknown;
    await store.commit(manifestOf(store, 1), {
      go() {
        try {
          table.set(1, 2);
        } catch (cause) {
          refused = cause;
        }
        return true;
      },
    });
    expect(refused).toMatchObject({ code: 'state-locked' });
    store.drop('step', 'table');
    expect([table.get(1), [...table.scan()]]).toEqual([undefined, []]);
    expect(() => table.set(1, 1)).toThrow(/dropped/);
    expect(() => table.edit(1)).toThrow(/dropped/);
    expect(() => table.delete(1)).toThrow(/dropped/);
    await store.close();
    await store.close();
    await expect(store.commit(manifestOf(store, 2), always)).rejects.toMatchObject({ code: 'state-closed' });
  });
  it('yields between entries when it is told to, and comes to its end if it always is', async () => {
    let turns = 0;
    const clock = { ...environment.clock, defer: (task: () => void) => (turns++, environment.clock.defer(task)) };
    const store = await lmdb(await folder()).open('job', { ...environment, clock });
    const table = store.table<number>('step', 'table');
    for (let i = 0; i < 5_000; i++) table.set(i, i);
    await store.commit(manifestOf(store, 1), { go: () => false });
    expect(turns).toBeGreaterThan(100);
    expect(turns).toBeLessThan(500);
    expect([...table.scan()]).toHaveLength(5_000);
    await store.close();
  });
  it('keeps what waits when a commit cannot be written, and writes it with the next', async () => {
    const path = await folder();
    const store = await lmdb(path).open('job', environment);
    const table = store.table<number>('step', 'table');
    for (let i = 0; i < 200; i++) table.set(i, i);
    let looks = 0;
    const full = {
      go() {
        if (++looks > 250) throw new Error('No space left on device');
        return true;
      },
    };
    await expect(store.commit(manifestOf(store, 1), full)).rejects.toMatchObject({ code: 'state-unwritable' });
    expect(store.dirty).toBe(200);
    await store.commit(manifestOf(store, 2), always);
    await store.close();
    const again = await lmdb(path).open('job', environment);
    expect(again.restored?.checkpoint).toBe(2);
    expect([...again.table<number>('step', 'table').scan()].map(([key]) => key)).toHaveLength(200);
    await again.close();
  });
});
