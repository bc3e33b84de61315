import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalKey, compareKeys } from '../../src/core/key.js';
import type { Key, Sub } from '../../src/core/values.js';
import { keyBytes, keyOf, subBytes } from '../../src/state/key-bytes.js';
import { before } from '../../src/state/rows.js';

const text = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ unit: 'binary', maxLength: 3 }), fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 }).map(units => String.fromCharCode(...units)), fc.constantFrom('', '\u0000', '\u0001', '\u0000\u0001', '\ud800', '\udfff', '\ud83d\ude00', '\uffff', '__proto__'));
const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true }));
const bigint = fc.oneof(fc.bigInt({ min: -300n, max: 300n }), fc.bigInt({ min: -(2n ** 1_100n), max: 2n ** 1_100n }));
const { key } = fc.letrec<{ key: Key }>(tie => ({ key: fc.oneof({ maxDepth: 3 }, fc.boolean(), number, bigint, text, fc.array(tie('key'), { maxLength: 3 })) }));
const canonical = key.map(canonicalKey);
const sub: fc.Arbitrary<Sub> = fc.oneof(number, text);

describe('the bytes of keys', () => {
  it('give the key back, with and without a sub-key', () =>
    fc.assert(
      fc.property(canonical, fc.option(sub, { nil: undefined }), (k, s) => {
        const bytes = keyBytes(k, s);
        expect(keyOf(bytes)).toEqual({ key: k, sub: s === 0 ? 0 : s, keyLength: keyBytes(k).length });
      }),
      { numRuns: 1_000 },
    ));
  it('sort as the keys do', () => fc.assert(fc.property(canonical, canonical, (a, b) => void expect(Math.sign(Buffer.compare(keyBytes(a), keyBytes(b)))).toBe(Math.sign(compareKeys(a, b)))), { numRuns: 2_000 }));
  it('sort by key, then without a sub-key first, then by sub-key', () =>
    fc.assert(
      fc.property(canonical, canonical, fc.option(sub, { nil: undefined }), fc.option(sub, { nil: undefined }), (a, b, x, y) => {
        const same = x === y || (x === 0 && y === 0);
        const bySub = same ? 0 : x === undefined ? -1 : y === undefined ? 1 : before(x, y) ? -1 : 1;
        expect(Math.sign(Buffer.compare(keyBytes(a, x), keyBytes(b, y)))).toBe(Math.sign(compareKeys(a, b)) || bySub);
        expect(Buffer.concat([keyBytes(a), x === undefined ? Buffer.alloc(0) : subBytes(x)])).toEqual(keyBytes(a, x));
      }),
      { numRuns: 2_000 },
    ));
  it('of no two keys begin alike, so that entries of one key are neighbours', () =>
    fc.assert(fc.property(canonical, canonical, (a, b) => void expect(keyBytes(a).subarray(0, keyBytes(b).length).equals(keyBytes(b))).toBe(compareKeys(a, b) === 0)), { numRuns: 2_000 }));
  it('are the same for 0 and -0, and refuse what is no key', () => {
    expect(keyBytes([-0])).toEqual(keyBytes([0]));
    for (const bad of [Number.NaN, [Number.NaN], null, {}, undefined]) expect(() => keyBytes(bad as never)).toThrow(/key is/);
    expect(() => keyBytes('a', Number.NaN)).toThrow(/NaN/);
  });
  it('take a key of a megabyte and go on', () => {
    for (const long of ['x'.repeat(2 ** 20), '\ud800\u0000'.repeat(2 ** 19), 2n ** 100_000n, -(2n ** 100_000n)]) expect(keyOf(keyBytes(long)).key === long).toBe(true);
    expect(keyOf(keyBytes('a', 1))).toEqual({ key: 'a', sub: 1, keyLength: 3 });
  });
  it('that are no key are refused, whatever they are', () =>
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.tuple(fc.constantFrom(0x10, 0x20, 0x30, 0x40, 0x50), fc.uint8Array({ maxLength: 10 })).map(([tag, rest]) => Uint8Array.from([tag, ...rest]))), bytes => {
        try {
          keyOf(bytes);
        } catch (cause) {
          expect(cause).toMatchObject({ code: 'state-damaged' });
        }
      }),
      { numRuns: 2_000 },
    ));
});
