import { describe, expect, it } from 'vitest';
import { generations } from '../../../src/state/lmdb/cache.js';

describe('the cache', () => {
  it('turns when the young have half of either bound', () => {
    let turns = 0;
    const cache = generations({ entries: 10, bytes: 100 });
    cache.turns.add(() => turns++);
    cache.add(5, 50);
    expect(turns).toBe(0);
    cache.add(1, 0);
    expect(turns).toBe(1);
    cache.add(1, 51);
    expect(turns).toBe(2);
  });
  it('says what is too much at once', () => {
    const cache = generations({ entries: 10, bytes: 100 });
    expect([cache.holds(5, 50), cache.holds(6, 0), cache.holds(0, 51)]).toEqual([true, false, false]);
  });
});
