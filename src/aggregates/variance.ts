/**
 * The variance, from exact sums: the numbers and their squares are summed without rounding errors, and what is subtracted at the end is exact too. So it does not
 * drift among large numbers as the formula with plain sums does, and it keeps the laws to the last bit, which the running update of Welford and Chan does not:
 * it is the same in any order, merges, and can be subtracted.
 *
 * `variance = (n * sum(x^2) - sum(x)^2) / n^2`. The product of two numbers as two numbers: T. J. Dekker, "A Floating-Point Technique for Extending the Available
 * Precision", Numerische Mathematik 18 (1971), section 5.
 */
import type { Aggregate } from '../core/aggregate.js';
import { addNumber, addSum, type Sum } from './any-sum.js';
import { noSum, plus, rounded, type ExactSum } from './exact-sum.js';

/** What a variance is made of. */
export interface Variance {
  sum: Sum;
  squares: Sum;
  count: number;
}

/** How {@link variance} divides. */
export interface VarianceOptions {
  /** The records are a sample: divide by their number less one. */
  readonly sample?: boolean | undefined;
}

/**
 * The variance of a number of every record; `undefined` of none, and of one if it is a sample. Its root is the standard deviation: `mapResult(variance(of), Math.sqrt)`.
 *
 * @param of the number of a record; exact for 0 and magnitudes from 1e-140 to 1e150, whose squares a number can hold. One NaN makes the variance NaN.
 * @param options `sample: true` divides by `n - 1`; else by `n`.
 * @example
 * ```ts
 * import { Stream, tumbling, variance } from 'millrace';
 *
 * const readings = Stream.from([2, 4, 4, 4, 5, 5, 7, 9]).timestamps(() => 0);
 * for await (const { value } of readings.window(tumbling('1m')).aggregate(variance(celsius => celsius))) console.log(value); // 4
 * ```
 */
export function variance<T>(of: (value: T) => number, options?: VarianceOptions): Aggregate<T, Variance, number | undefined> {
  const less = options?.sample === true ? 1 : 0;
  return {
    name: less === 1 ? 'variance(sample)' : 'variance',
    code: String(of),
    commutative: true,
    zero: () => ({ sum: 0, squares: 0, count: 0 }),
    add(acc, value) {
      const x = of(value);
      acc.sum = addNumber(acc.sum, x);
      acc.squares = addSquare(acc.squares, x);
      acc.count++;
      return acc;
    },
    merge: (a, b) => combine(a, b, 1),
    subtract: (acc, part) => combine(acc, part, -1),
    result({ sum, squares, count }) {
      if (count - less <= 0) return undefined;
      const exact = noSum();
      const parts = partsOf(sum);
      for (const part of partsOf(squares)) addProduct(exact, part, count);
      for (const a of parts) for (const b of parts) addProduct(exact, -a, b);
      return rounded(exact) / count / (count - less);
    },
  };
}

function combine(a: Variance, b: Variance, sign: 1 | -1): Variance {
  a.sum = addSum(a.sum, b.sum, sign);
  a.squares = addSum(a.squares, b.squares, sign);
  a.count += sign * b.count;
  return a;
}

/** An exact sum as numbers to be added up; one that is not finite as what it is. */
const partsOf = (sum: Sum): readonly number[] => (typeof sum === 'number' ? [sum] : sum.odd !== null ? [rounded(sum)] : [...(sum.low ?? []), sum.middle, sum.high]);

function addSquare(acc: Sum, x: number): Sum {
  const square = x * x;
  if (Number.isSafeInteger(square) && Number.isInteger(x)) return addSum(acc, square);
  return addNumber(addNumber(acc, square), errorOf(square, x, x));
}

function addProduct(acc: ExactSum, a: number, b: number): void {
  const product = a * b;
  plus(acc, product);
  plus(acc, errorOf(product, a, b));
}

const SPLIT = 2 ** 27 + 1;

/** What rounding took from `product`; 0 if that is not finite. */
function errorOf(product: number, a: number, b: number): number {
  if (!Number.isFinite(product)) return 0;
  const a1 = SPLIT * a - (SPLIT * a - a);
  const b1 = SPLIT * b - (SPLIT * b - b);
  const a2 = a - a1;
  const b2 = b - b1;
  return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
}
