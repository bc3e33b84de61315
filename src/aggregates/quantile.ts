/** Quantiles of numbers, exactly: they are all kept, and sorted when the result is read. */
import type { Aggregate } from '../core/aggregate.js';

/** One number for one quantile, a list for a list. */
export type QuantilesOf<Q extends number | readonly number[]> = Q extends readonly number[] ? { readonly [I in keyof Q]: number | undefined } : number | undefined;

/**
 * The quantile of a number of every record: half of them are at most `quantile(of, 0.5)`, the median. `undefined` of none. It keeps every number.
 *
 * Between two numbers it interpolates: of n sorted numbers the quantile q lies at the place `q * (n - 1)`, counted from 0, and in a straight line between its neighbours. This is type 7 of R. J. Hyndman and
 * Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), as in R, NumPy and spreadsheets.
 *
 * @param of the number of a record. One NaN makes every quantile NaN.
 * @param q from 0 (the minimum) to 1 (the maximum), or a list of such: several quantiles from one list of numbers.
 * @example
 * ```ts
 * import { Stream, quantile, tumbling } from 'millrace';
 *
 * const calls = Stream.from([10, 20, 40, 30]).timestamps(() => 0);
 * for await (const { value } of calls.window(tumbling('1m')).aggregate(quantile(ms => ms, [0.5, 1]))) console.log(value); // [25, 40]
 * ```
 */
export function quantile<T, const Q extends number | readonly number[]>(of: (value: T) => number, q: Q): Aggregate<T, number[], QuantilesOf<Q>> {
  const asked: readonly number[] = typeof q === 'number' ? [q] : q;
  const wrong = asked.filter(each => !(each >= 0 && each <= 1));
  return {
    name: `quantile(${asked.join(', ')})`,
    code: String(of),
    commutative: true,
    ...(wrong.length === 0 ? {} : { problems: [`The quantile is ${wrong.join(', ')}, which is not between 0 and 1.`] }),
    zero: () => [],
    add(numbers, value) {
      numbers.push(of(value));
      return numbers;
    },
    merge(a, b) {
      for (const number of b) a.push(number);
      return a;
    },
    result(numbers) {
      // As 64-bit floats they sort without a comparison; NaN comes last.
      const sorted = Float64Array.from(numbers).sort();
      const results = asked.map(each => at(sorted, each));
      return (typeof q === 'number' ? results[0] : results) as QuantilesOf<Q>; // as `q` says
    },
  };
}

function at(sorted: Float64Array, q: number): number | undefined {
  const last = sorted.length - 1;
  if (Number.isNaN(sorted[last])) return Number.NaN;
  const place = q * last;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return undefined;
  // Not by the difference alone, which of two infinities would be NaN.
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}
