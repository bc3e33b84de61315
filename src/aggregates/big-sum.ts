/** Exact sums of integers of any size. */
import type { Aggregate } from '../core/aggregate.js';

/**
 * The exact sum of a bigint of every record.
 *
 * @param of the bigint of a record.
 * @example
 * ```ts
 * import { Stream, bigSum, tumbling } from 'millrace';
 *
 * const transfers = Stream.from([{ at: 0, wei: 10n ** 18n }, { at: 1, wei: 1n }]).timestamps(transfer => transfer.at);
 * for await (const { value } of transfers.window(tumbling('1m')).aggregate(bigSum(transfer => transfer.wei))) console.log(value); // 1000000000000000001n
 * ```
 */
export function bigSum<T>(of: (value: T) => bigint): Aggregate<T, bigint, bigint> {
  return { name: 'bigSum', code: String(of), commutative: true, zero: () => 0n, add: (total, value) => total + of(value), merge: (a, b) => a + b, subtract: (a, part) => a - part, result: total => total };
}
