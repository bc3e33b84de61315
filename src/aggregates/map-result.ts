/** An aggregate with another result. */
import { codeOf, type Aggregate } from '../core/aggregate.js';

/**
 * The same aggregate, giving what `f` makes of its result.
 *
 * @param aggregate whose result is wanted in another form.
 * @param f changes nothing, and gives the same for the same.
 * @returns an aggregate that is commutative, or can subtract, if the given one is or can.
 * @example
 * ```ts
 * import { Stream, mapResult, tumbling, variance } from 'millrace';
 *
 * const deviation = mapResult(variance((x: number) => x), v => (v === undefined ? undefined : Math.sqrt(v)));
 * const readings = Stream.from([2, 4, 4, 4, 5, 5, 7, 9]).timestamps(() => 0);
 * for await (const { value } of readings.window(tumbling('1m')).aggregate(deviation)) console.log(value); // 2
 * ```
 */
export function mapResult<In, Acc, Out, R>(aggregate: Aggregate<In, Acc, Out>, f: (result: Out) => R): Aggregate<In, Acc, R> {
  return { ...aggregate, code: `${codeOf(aggregate)} ${String(f)}`, result: acc => f(aggregate.result(acc)) };
}
