import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { quantile } from '../../src/aggregates/quantile.js';
import { passesSuite, resultOf } from './kit.js';

const number = (x: number): number => x;
/** As the paper writes it, counted from 1. */
const type7 = (xs: readonly number[], p: number): number | undefined => {
  const sorted = xs.toSorted((a, b) => a - b);
  const h = (sorted.length - 1) * p + 1;
  const below = sorted[Math.floor(h) - 1];
  return below === undefined ? undefined : below + (h - Math.floor(h)) * ((sorted[Math.floor(h)] ?? below) - below);
};

describe('quantile', () => {
  passesSuite(() => quantile(number, [0, 0.25, 0.5, 1]), { samples: [8, -1, 3.5, 3.5], oracle: xs => [0, 0.25, 0.5, 1].map(p => type7(xs, p)) as never });
  it('interpolates as type 7 of Hyndman and Fan', () =>
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (xs, p) => {
        expect(resultOf(quantile(number, p), xs)).toBeCloseTo(type7(xs, p)!, 3);
      }),
    ));
  it('gives what R gives: quantile(c(1, 2, 3, 4), 0.3)', () => expect(resultOf(quantile(number, 0.3), [4, 1, 3, 2])).toBeCloseTo(1.9, 12));
  it('is NaN if one number is, undefined of none, and copes with infinite ones', () => {
    expect(resultOf(quantile(number, 0), [1, NaN])).toBeNaN();
    expect(resultOf(quantile(number, 0.5), [])).toBeUndefined();
    expect(resultOf(quantile(number, 0.5), [Infinity, Infinity, -Infinity, Infinity])).toBe(Infinity);
    expect(resultOf(quantile(number, 0.5), [Infinity, Infinity])).toBe(Infinity);
  });
  it('gives one for one and a list for a list', () => {
    expectTypeOf(quantile(number, 0.5).result).returns.toEqualTypeOf<number | undefined>();
    expectTypeOf(quantile(number, [0.5, 0.9]).result).returns.toEqualTypeOf<readonly [number | undefined, number | undefined]>();
  });
  it('reports what is no quantile', () => expect([quantile(number, 50).problems, quantile(number, [0, NaN]).problems, quantile(number, 1).problems]).toEqual([[expect.stringContaining('50')], [expect.stringContaining('NaN')], undefined]));
});
