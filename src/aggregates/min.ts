/** The smallest of a number. */
import type { Aggregate } from '../core/aggregate.js';

/**
 * The smallest of a number of every record; `undefined` of none.
 *
 * @param of the number of a record. One NaN makes the result NaN, as with `Math.min`.
 * @example
 * ```ts
 * import { Stream, min, tumbling } from 'millrace';
 *
 * const flights = Stream.from([{ at: 0, delay: 10 }, { at: 1, delay: 5 }]).timestamps(flight => flight.at);
 * for await (const { value } of flights.window(tumbling('1m')).aggregate(min(flight => flight.delay))) console.log(value); // 5
 * ```
 */
export function min<T>(of: (value: T) => number): Aggregate<T, number | null, number | undefined> {
  const lesser = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
  return { name: 'min', code: String(of), commutative: true, zero: () => null, add: (acc, value) => (acc === null ? of(value) : Math.min(acc, of(value))), merge: lesser, result: acc => acc ?? undefined };
}
