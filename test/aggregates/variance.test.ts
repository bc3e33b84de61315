import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { variance } from '../../src/aggregates/variance.js';
import { passesSuite, resultOf } from './kit.js';

const number = (x: number): number => x;
/** Two passes over the list. */
const plain = (xs: readonly number[], less = 0): number | undefined => {
  if (xs.length - less <= 0) return undefined;
  const mean = xs.reduce((t, x) => t + x, 0) / xs.length;
  return xs.reduce((t, x) => t + (x - mean) ** 2, 0) / (xs.length - less);
};
const near = (a: number | undefined, b: number | undefined): boolean => a === b || (a !== undefined && b !== undefined && Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)));

/** Squares of smaller ones have no room in a number. */
const within = (most: number) => fc.double({ noNaN: true, min: -most, max: most }).map(x => (Math.abs(x) < 1e-140 ? 0 : x));

describe('variance', () => {
  describe('of all there are', () => passesSuite(() => variance(number), { samples: [1, 2, 4, -9], oracle: xs => plain(xs), same: near }));
  describe('of a sample', () => passesSuite(() => variance(number, { sample: true }), { samples: [1, 2.5, 4, -9, 1e9], oracle: xs => plain(xs, 1), same: near }));
  // Against exact arithmetic: whole numbers of 2^-20 as bigints.
  it('is the exact variance, rounded at the end', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.maxSafeInteger()), { minLength: 1, maxLength: 20 }), ks => {
        const n = BigInt(ks.length);
        const total = ks.reduce((t, k) => t + BigInt(k), 0n);
        const squares = ks.reduce((t, k) => t + BigInt(k) ** 2n, 0n);
        const exact = Number(n * squares - total * total) / ks.length / ks.length / 2 ** 40;
        const found = resultOf(variance(number), ks.map(k => k / 2 ** 20));
        expect(Math.abs((found ?? NaN) - exact)).toBeLessThanOrEqual(1e-15 * exact);
      }),
    ));
  it('is the same in any order and grouping, to the last bit, and can be subtracted', () =>
    fc.assert(
      fc.property(fc.array(within(1e100)), fc.array(within(1e3)), (xs, ys) => {
        const { zero, add, merge, subtract, result } = variance(number);
        const fold = (list: readonly number[]) => list.reduce((acc, x) => add(acc, x, 0), zero());
        const whole = result(fold([...xs, ...ys]));
        expect(result(fold([...xs, ...ys].toReversed()))).toBe(whole);
        expect(result(merge(fold(ys), fold(xs)))).toBe(whole);
        expect(result(subtract!(merge(fold(xs), fold(ys)), fold(ys)))).toBe(result(fold(xs)));
      }),
    ));
  it('does not drift among large numbers', () => expect(resultOf(variance(number), [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])).toBe(22.5));
  it('is never below 0', () => expect(resultOf(variance(number), [0.1, 0.1, 0.1])).toBe(0));
  it('is undefined of a sample of one, and NaN if one number is', () => {
    expect(resultOf(variance(number, { sample: true }), [3])).toBeUndefined();
    expect(resultOf(variance(number), [3])).toBe(0);
    expect(resultOf(variance(number), [1, NaN])).toBeNaN();
    expect(resultOf(variance(number), [1, Infinity])).toBeNaN();
  });
});
