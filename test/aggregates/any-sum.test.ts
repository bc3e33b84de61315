import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addNumber, addSum, sumOf, type Sum } from '../../src/aggregates/any-sum.js';
import { noSum, plus, rounded } from '../../src/aggregates/exact-sum.js';

const numbers = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), fc.constantFrom(0.1, 1e16, -1e16, 2 ** 53, -(2 ** 53), NaN, Infinity, -Infinity, -0));
const all = (values: readonly number[]): Sum => values.reduce<Sum>((acc, x) => addNumber(acc, x), 0);

describe('a sum that is a number while it can be', () => {
  it('is the exact sum', () =>
    fc.assert(fc.property(fc.array(numbers), values => void expect(sumOf(all(values)) + 0).toBe(rounded(values.reduce((acc, x) => plus(acc, x), noSum())) + 0))));
  it('does not depend on where it was cut', () =>
    fc.assert(fc.property(fc.array(numbers), fc.array(numbers), (a, b) => void expect(sumOf(addSum(all(a), all(b))) + 0).toBe(sumOf(all([...a, ...b])) + 0))));
  it('is taken away again', () =>
    fc.assert(fc.property(fc.array(fc.integer()), fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 })), (a, b) => void expect(sumOf(addSum(addSum(all(a), all(b)), all(b), -1)) + 0).toBe(sumOf(all(a)) + 0))));
  it('stays a number for safe integers', () => {
    expect(all([1, 2, -5])).toBe(-2);
    expect(typeof all([Number.MAX_SAFE_INTEGER, 1])).toBe('object');
    expect(typeof all([0.5])).toBe('object');
  });
});
