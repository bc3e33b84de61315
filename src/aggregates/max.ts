/** The largest of a number. */
import type { Aggregate } from '../core/aggregate.js';

/**
 * The largest of a number of every record; `undefined` of none.
 *
 * @param of the number of a record. One NaN makes the result NaN, as with `Math.max`.
 * @example
 * ```ts
 * import { Stream, max, tumbling } from 'millrace';
 *
 * const flights = Stream.from([{ at: 0, delay: 10 }, { at: 1, delay: 5 }]).timestamps(flight => flight.at);
 * for await (const { value } of flights.window(tumbling('1m')).aggregate(max(flight => flight.delay))) console.log(value); // 10
 * ```
 */
export function max<T>(of: (value: T) => number): Aggregate<T, number | null, number | undefined> {
  const greater = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));
  return { name: 'max', code: String(of), commutative: true, zero: () => null, add: (acc, value) => (acc === null ? of(value) : Math.max(acc, of(value))), merge: greater, result: acc => acc ?? undefined };
}
