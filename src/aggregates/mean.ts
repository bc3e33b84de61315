/** The arithmetic mean: an exact sum and a count. */
import type { Aggregate } from '../core/aggregate.js';
import { addNumber, addSum, sumOf, type Sum } from './any-sum.js';

/** What a mean is made of. */
export interface Mean {
  sum: Sum;
  count: number;
}

const combine = (a: Mean, b: Mean, sign: 1 | -1): Mean => {
  a.sum = addSum(a.sum, b.sum, sign);
  a.count += sign * b.count;
  return a;
};

/**
 * The mean of a number of every record; `undefined` of none.
 *
 * @param of the number of a record. One NaN makes the mean NaN.
 * @example
 * ```ts
 * import { Stream, mean, tumbling } from 'millrace';
 *
 * const flights = Stream.from([{ at: 0, delay: 10 }, { at: 1, delay: 5 }]).timestamps(flight => flight.at);
 * for await (const { value } of flights.window(tumbling('1m')).aggregate(mean(flight => flight.delay))) console.log(value); // 7.5
 * ```
 */
export function mean<T>(of: (value: T) => number): Aggregate<T, Mean, number | undefined> {
  return {
    name: 'mean',
    code: String(of),
    commutative: true,
    zero: () => ({ sum: 0, count: 0 }),
    add(acc, value) {
      acc.sum = addNumber(acc.sum, of(value));
      acc.count++;
      return acc;
    },
    merge: (a, b) => combine(a, b, 1),
    subtract: (acc, part) => combine(acc, part, -1),
    result: acc => (acc.count === 0 ? undefined : sumOf(acc.sum) / acc.count),
  };
}
