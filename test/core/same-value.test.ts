import { describe, expect, it } from 'vitest';
import { sameValue } from '../../src/core/same-value.js';

describe('the same value', () => {
  it.each([
    [NaN, NaN],
    [0, -0],
    [[1, { a: [2n] }], [1, { a: [2n] }]],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }],
    [new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
    [new Date(1), new Date(1)],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ])('%o and %o', (a, b) => expect(sameValue(a, b)).toBe(true));
  it.each<[unknown, unknown]>([
    [1, '1'],
    [1, 1n],
    [null, undefined],
    [{ a: undefined }, {}],
    [{ a: undefined }, { b: undefined }],
    [[1, 2], [1]],
    [[], {}],
    [new Date(1), new Date(2)],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [new Uint8Array([1]), new Int8Array([1])],
    [new (class { a = 1 })(), new (class { a = 1 })()],
    [() => 1, () => 1],
  ])('is not %o and %o', (a, b) => expect(sameValue(a, b)).toBe(false));
});
