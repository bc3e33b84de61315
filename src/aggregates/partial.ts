/**
 * An aggregate in two halves: parts of the records are folded apart, then the parts are merged. That this changes no result is what the laws say: merging agrees with adding, in any
 * grouping (`merge(fold(a), fold(b))` = `fold(a + b)`), and for a commutative aggregate in any order of the parts. Views and distributed steps rest on it.
 */
import { codeOf, type Aggregate } from '../core/aggregate.js';

/**
 * The first half: the result is a copy of the accumulator, to be merged elsewhere by {@link merged}.
 *
 * @param aggregate whose accumulators are wanted; commutative, if its parts may be merged in any order.
 * @returns an aggregate of the same records.
 * @example
 * ```ts
 * import { mean, merged, partial } from 'millrace';
 *
 * const whole = mean((x: number) => x);
 * const halves = [[1, 2], [6]].map(part => part.reduce((acc, x) => partial(whole).add(acc, x, 0), partial(whole).zero()));
 * const together = halves.reduce((acc, part) => merged(whole).add(acc, partial(whole).result(part), 0), merged(whole).zero());
 * console.log(merged(whole).result(together)); // 3
 * ```
 */
export function partial<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>): Aggregate<In, Acc, Acc> {
  return { ...aggregate, name: `partial(${aggregate.name})`, code: codeOf(aggregate), result: acc => aggregate.merge(aggregate.zero(), acc) };
}
