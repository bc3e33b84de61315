import { describe, expect, it } from 'vitest';
import { volatile } from '../../src/state/volatile.js';

describe('volatile', () => {
  it('starts empty, has nothing to commit and forgets with its job', async () => {
    const store = volatile();
    store.table<number>('s', 't').set('a', 1);
    expect([store.restored, store.generation, store.dirty]).toEqual([undefined, 1, 0]);
    await store.commit({ job: 'j', generation: 1, checkpoint: 1, plan: [], positions: {}, watermarks: {}, committables: {} }, { go: () => false });
    expect(store.table('s', 't').get('a')).toBe(1);
    await store.close();
    expect([...volatile().tables()]).toEqual([]);
  });
  it('hands out the object that was put in, to change in place', () => {
    const t = volatile().table<{ n: number }>('s', 't');
    const value = { n: 1 };
    t.set(['k', 1], value);
    expect(t.get(['k', 1])).toBe(value);
    expect(t.edit(['k', 1])).toBe(value);
  });
  it('is right with many keys, also those no plain object could hold', () => {
    const t = volatile().table<number>('s', 't');
    const keys = ['__proto__', 'constructor', 'toString', ''];
    for (let i = 0; i < 200_000; i++) t.set(i % 2 === 0 ? `${i}` : i, i);
    keys.forEach(k => t.set(k, (t.get(k) ?? 0) + 1));
    keys.forEach(k => t.set(k, (t.get(k) ?? 0) + 1));
    expect(keys.map(k => t.get(k))).toEqual([2, 2, 2, 2]);
    expect([...t.scan()]).toHaveLength(200_004);
  });
});
