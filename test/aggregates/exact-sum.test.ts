/** Against exact arithmetic in bigints: every double is a whole number of 2^-1074. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noSum, plus, plusSum, rounded, type ExactSum } from '../../src/aggregates/exact-sum.js';

const UNIT = 1074n;
function units(x: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return x < 0 ? -magnitude : magnitude;
}
/** The nearest double, ties to even. */
function nearest(total: bigint): number {
  const magnitude = total < 0n ? -total : total;
  const shift = BigInt(Math.max(0, magnitude.toString(2).length - 53));
  let kept = magnitude >> shift;
  const rest = magnitude - (kept << shift);
  const half = shift === 0n ? 1n : 1n << (shift - 1n);
  if (shift > 0n && (rest > half || (rest === half && (kept & 1n) === 1n))) kept++;
  let value = Number(kept);
  for (let power = shift - UNIT; power !== 0n; ) {
    const by = power > 0n ? (power > 900n ? 900n : power) : power < -900n ? -900n : power;
    value *= 2 ** Number(by);
    power -= by;
  }
  return total < 0n ? -value : value;
}
const oracle = (xs: readonly number[]): number => nearest(xs.reduce((sum, x) => sum + units(x), 0n));
const sumOf = (xs: readonly number[]): ExactSum => xs.reduce(plus, noSum());

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
  fc.double({ noNaN: true, min: -1000, max: 1000 }),
  fc.integer(),
  fc.tuple(fc.integer({ min: -1, max: 1 }), fc.integer({ min: -80, max: 80 })).map(([sign, power]) => sign * 2 ** power),
);

describe('an exact sum', () => {
  it('is the exact sum, rounded once, in any order and any grouping', () => {
    fc.assert(
      fc.property(fc.array(number, { maxLength: 30 }), fc.array(number, { maxLength: 30 }), (xs, ys) => {
        const expected = oracle([...xs, ...ys]);
        expect(rounded(sumOf([...xs, ...ys]))).toBe(expected === 0 ? 0 : expected);
        expect(rounded(sumOf([...ys, ...xs].toReversed()))).toBe(expected === 0 ? 0 : expected);
        expect(rounded(plusSum(sumOf(xs), sumOf(ys)))).toBe(expected === 0 ? 0 : expected);
        expect(rounded(plusSum(plusSum(sumOf(xs), sumOf(ys)), sumOf(ys), -1))).toBe(rounded(sumOf(xs)));
      }),
      { numRuns: 500 },
    );
  });
  it('stays small: as many parts as the numbers span, not as many as there are', () => {
    const acc = sumOf(Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 1000) / 7));
    expect((acc.low ?? []).length).toBeLessThan(3);
  });
  it.each<[readonly number[], number]>([
    [[], 0],
    [[1e16, 1, -1e16], 1],
    [[1, 2 ** -53, 2 ** -106], 1 + 2 ** -52],
    [[1e100, 1, 1e-100, -1e100], 1],
    [Array.from({ length: 10 }, () => 0.1), 1],
    [[Infinity, 1], Infinity],
    [[1, -Infinity], -Infinity],
    [[Infinity, -Infinity], NaN],
    [[1, NaN, 2], NaN],
    [[1e308, 1e308], Infinity],
    [[-1e308, -1e308], -Infinity],
  ])('of %j is %d', (xs, expected) => {
    expect(rounded(sumOf(xs))).toBe(expected);
    expect(rounded(sumOf(xs.toReversed()))).toBe(expected);
  });
  it('takes numbers back that were not finite', () => {
    const odd = sumOf([NaN, Infinity, -Infinity]);
    expect(rounded(plusSum(plusSum(sumOf([1, 2]), odd), odd, -1))).toBe(3);
  });
});
