/** Lawful aggregates: what windows, tables and views compute. */
import type { Time } from './values.js';

/**
 * A way to fold records into a result. `zero()` is fresh; `add` and `merge` may change and return their first argument, never keep or change the second;
 * `result` changes nothing; `merge(zero(), a)` is a copy of `a`. `merge` is associative; order-independent only if `commutative`.
 * The accumulator is plain data (it is kept in state). `checkLaws(aggregate, samples)` tests all of that.
 */
export interface Aggregate<in In, in out Acc, out Out> {
  readonly name: string;
  readonly commutative?: boolean;
  /** Text of the user's functions in it, by which whoever keeps its results (a view) notices that they are others. Absent: that of its own functions. */
  readonly code?: string;
  /** Options that are not what they should be, found when the plan is checked. */
  readonly problems?: readonly string[];
  zero(): Acc;
  add(acc: Acc, value: In, time: Time): Acc;
  merge(a: Acc, b: Acc): Acc;
  /** Inverse of `merge`, where there is one. */
  subtract?(acc: Acc, part: Acc): Acc;
  result(acc: Acc): Out;
}

/** The accumulator of some aggregate, whatever it is: TypeScript has no existential types, and this one alias stands for them. */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type SomeAccumulator = any;

/** One aggregate, or an object of them, with the result type inferred from either. */
export type AggregateOf<T, R> = Aggregate<T, SomeAccumulator, R> | { readonly [N in keyof R]: Aggregate<T, SomeAccumulator, R[N]> };

/** What tells an aggregate from another one of the same name. */
export const codeOf = ({ code, zero, add, merge, result }: Aggregate<never, SomeAccumulator, unknown>): string => code ?? [zero, add, merge, result].map(String).join('\n');
