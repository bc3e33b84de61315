/** Sums of numbers. */
import type { Aggregate } from '../core/aggregate.js';
import { addNumber, addSum, sumOf, type Sum } from './any-sum.js';

/** Adding an integer of 32 bits to a sum within this gives a safe integer. */
const MOST = Number.MAX_SAFE_INTEGER - 2 ** 32;

/**
 * The sum of a number of every record: the exact sum, rounded once, hence the same in any order (`1e16 + 1 - 1e16` is 1). The sum of none is 0.
 * A sum beyond the range of numbers is infinite; for integers beyond `Number.MAX_SAFE_INTEGER` there is {@link bigSum}.
 *
 * @param of the number of a record. One NaN makes the sum NaN.
 * @example
 * ```ts
 * import { Stream, sum, tumbling } from 'millrace';
 *
 * const orders = Stream.from([{ at: 0, total: 0.1 }, { at: 1, total: 0.2 }, { at: 2, total: 0.3 }]).timestamps(order => order.at);
 * for await (const { value } of orders.window(tumbling('1m')).aggregate(sum(order => order.total))) console.log(value); // 0.6
 * ```
 */
export function sum<T>(of: (value: T) => number): Aggregate<T, Sum, number> {
  return {
    name: 'sum',
    code: String(of),
    commutative: true,
    zero: () => 0,
    add(acc, value) {
      const x = of(value);
      // The usual case here, where it can be inlined; `addNumber` knows the others.
      if (typeof acc === 'number' && (x | 0) === x && acc < MOST && acc > -MOST) return acc + x;
      return addNumber(acc, x);
    },
    merge: (a, b) => addSum(a, b),
    subtract: (acc, part) => addSum(acc, part, -1),
    result: sumOf,
  };
}
