import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey, compareKeys, keyText } from '../../src/core/key.js';
import type { Key } from '../../src/core/values.js';

const { key } = fc.letrec<{ key: Key }>(tie => ({
  key: fc.oneof({ maxDepth: 2 }, fc.boolean(), fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true }), fc.bigInt({ min: -3n, max: 3n }), fc.string({ maxLength: 2 }), fc.array(tie('key'), { maxLength: 3 })),
}));
const canonical = key.map(canonicalKey);

describe('the order of keys', () => {
  it('is an order, and finds equal what has the same text', () =>
    fc.assert(
      fc.property(canonical, canonical, canonical, (a, b, c) => {
        expect(Math.sign(compareKeys(a, b))).toBe(-Math.sign(compareKeys(b, a)) + 0);
        expect(compareKeys(a, b) === 0).toBe(keyText(a) === keyText(b));
        if (compareKeys(a, b) <= 0 && compareKeys(b, c) <= 0) expect(compareKeys(a, c)).toBeLessThanOrEqual(0);
      }),
    ));
  it('has the types one after the other', () => expect(['b', [1], 2n, 10, 9, true, [], 'a', false].toSorted(compareKeys as never)).toEqual([false, true, 9, 10, 2n, 'a', 'b', [], [1]]));
});
