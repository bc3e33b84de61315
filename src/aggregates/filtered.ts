/** An aggregate of some of the records. */
import { codeOf, type Aggregate } from '../core/aggregate.js';

/**
 * The same aggregate of the records that `predicate` accepts. Unlike `stream.filter` it leaves the others to the aggregates beside it, and a window whose records were all refused still has a result.
 *
 * @param aggregate of the accepted records.
 * @param predicate called once per record.
 * @returns an aggregate that is commutative, or can subtract, if the given one is or can.
 * @example
 * ```ts
 * import { Stream, count, filtered, tumbling } from 'millrace';
 *
 * const replies = Stream.from([{ at: 0, status: 200 }, { at: 1, status: 500 }]).timestamps(reply => reply.at);
 * const health = replies.window(tumbling('1m')).aggregate({ all: count(), failed: filtered(count(), reply => reply.status >= 500) });
 * for await (const { value } of health) console.log(value.all, value.failed); // 2 1
 * ```
 */
export function filtered<T, Acc, Out>(aggregate: Aggregate<NoInfer<T>, Acc, Out>, predicate: (value: T) => boolean): Aggregate<T, Acc, Out> {
  return { ...aggregate, code: `${codeOf(aggregate)} ${String(predicate)}`, add: (acc, value, time) => (predicate(value) ? aggregate.add(acc, value, time) : acc) };
}
