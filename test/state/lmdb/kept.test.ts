import { describe, expect, it } from 'vitest';
import { isSlot, slotOf } from '../../../src/core/key.js';

describe('what stands for a key', () => {
  it('is the key itself, or a text that stands for no other', () => {
    const keys = ['', 'a', '\u0000', '\u0000[s1:a]', ['a'], ['a', 1], 1, 1n, '1', true, 'true'];
    expect(new Set(keys.map(slotOf)).size).toBe(keys.length);
    expect(keys.map(isSlot)).toEqual([true, true, false, false, false, false, true, true, true, true, true]);
    expect(slotOf(['a', [1]])).toBe(slotOf(['a', [1]]));
  });
});
