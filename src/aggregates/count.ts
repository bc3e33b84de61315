/** How many records. */
import type { Aggregate } from '../core/aggregate.js';

/**
 * The number of records.
 *
 * @example
 * ```ts
 * import { Stream, count, tumbling } from 'millrace';
 *
 * const clicks = Stream.from([{ at: 1_000 }, { at: 2_000 }]).timestamps(click => click.at);
 * for await (const { value } of clicks.window(tumbling('1m')).aggregate(count())) console.log(value); // 2
 * ```
 */
export function count(): Aggregate<unknown, number, number> {
  return { name: 'count', code: '', commutative: true, zero: () => 0, add: n => n + 1, merge: (a, b) => a + b, subtract: (a, part) => a - part, result: n => n };
}
