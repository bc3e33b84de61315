/** The second half of an aggregate executed in two: see `partial.ts`. */
import { codeOf, type Aggregate } from '../core/aggregate.js';

/**
 * The second half: its records are accumulators, as {@link partial} gives them, and its result is that of the whole.
 *
 * @param aggregate the one whose accumulators come in.
 * @returns an aggregate of accumulators.
 * @example
 * ```ts
 * import { count, merged } from 'millrace';
 *
 * const total = merged(count());
 * console.log(total.result([3, 4].reduce((acc, part) => total.add(acc, part, 0), total.zero()))); // 7
 * ```
 */
export function merged<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>): Aggregate<Acc, Acc, Out> {
  return { ...aggregate, name: `merged(${aggregate.name})`, code: codeOf(aggregate), add: (acc, part) => aggregate.merge(acc, part) };
}
