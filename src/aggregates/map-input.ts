/** An aggregate of something made from the record. */
import { codeOf, type Aggregate } from '../core/aggregate.js';

/**
 * The same aggregate of what `f` makes of each record.
 *
 * @param aggregate of what `f` gives.
 * @param f called once per record.
 * @returns an aggregate of records that is commutative, or can subtract, if the given one is or can.
 * @example
 * ```ts
 * import { Stream, mapInput, quantile, tumbling } from 'millrace';
 *
 * const median = quantile((x: number) => x, 0.5);
 * const calls = Stream.from([{ from: 10, to: 25 }, { from: 20, to: 45 }]).timestamps(call => call.from);
 * for await (const { value } of calls.window(tumbling('1m')).aggregate(mapInput(median, call => call.to - call.from))) console.log(value); // 20
 * ```
 */
export function mapInput<T, In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, f: (value: T) => In): Aggregate<T, Acc, Out> {
  return { ...aggregate, code: `${codeOf(aggregate)} ${String(f)}`, add: (acc, value, time) => aggregate.add(acc, f(value), time) };
}
