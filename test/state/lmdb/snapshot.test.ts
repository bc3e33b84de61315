import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { always, environment, folder, manifestOf } from './kit.js';

describe('a snapshot', () => {
  it('is refused before the first checkpoint', async () => {
    const store = await lmdb(await folder()).open('job', environment);
    expect(() => store.snapshot?.()).toThrow(expect.objectContaining({ code: 'state-empty' }));
    await store.close();
  });
  it('can be read while a commit is under way', async () => {
    const store = await lmdb(await folder()).open('job', environment);
    const table = store.table<number>('step', 'table');
    for (let i = 0; i < 1_000; i++) table.set(i, 1);
    await store.commit(manifestOf(store, 1), always);
    const view = store.snapshot?.();
    for (let i = 0; i < 1_000; i++) table.set(i, 2);
    const seen: unknown[] = [];
    const values = (function* () {
      for (const [, , value] of view?.scan('step', 'table') ?? []) yield value;
    })();
    await store.commit(manifestOf(store, 2), { go: () => (seen.push(values.next().value), seen.length % 3 !== 0) });
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter(value => value !== undefined).every(value => value === 1)).toBe(true);
    view?.close();
    await store.close();
  });
});
