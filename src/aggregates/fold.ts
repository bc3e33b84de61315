/** An aggregate from plain functions. */
import type { Aggregate } from '../core/aggregate.js';
import type { Time } from '../core/values.js';

/** The functions of {@link fold}. */
export interface FoldOptions<in T, in out Acc> {
  /** For `describe()`; `'fold'` unless given. */
  readonly name?: string | undefined;
  /** The order of records makes no difference. */
  readonly commutative?: boolean | undefined;
  /** A fresh accumulator, plain data. */
  readonly zero: () => Acc;
  /** May change and return `acc`. `time` is the record's event time in epoch milliseconds. */
  readonly add: (acc: Acc, value: T, time: Time) => Acc;
  /** May change and return `a`, never `b`, and keeps no part of `b` that can change. Associative. */
  readonly merge: (a: Acc, b: Acc) => Acc;
}

/**
 * An aggregate made of plain functions. Test it with {@link checkLaws}.
 *
 * @param options `zero`, `add`, `merge`, and `result`, which turns an accumulator into the result; without it the result is a copy of the accumulator.
 * @example
 * ```ts
 * import { Stream, fold, tumbling } from 'millrace';
 *
 * const longest = fold({
 *   zero: () => 0,
 *   add: (length, text: string) => Math.max(length, text.length),
 *   merge: (a, b) => Math.max(a, b),
 * });
 * const lines = Stream.from(['a', 'abc']).timestamps(() => 0);
 * for await (const { value } of lines.window(tumbling('1m')).aggregate(longest)) console.log(value); // 3
 * ```
 */
export function fold<T, Acc>(options: FoldOptions<T, Acc> & { readonly result?: undefined }): Aggregate<T, Acc, Acc>;
export function fold<T, Acc, R>(options: FoldOptions<T, Acc> & { readonly result: (acc: Acc) => R }): Aggregate<T, Acc, R>;
export function fold<T, Acc>(options: FoldOptions<T, Acc> & { readonly result?: ((acc: Acc) => unknown) | undefined }): Aggregate<T, Acc, unknown> {
  const { name = 'fold', commutative = false, zero, add, merge } = options;
  // What was emitted must not change when the window goes on.
  const result = options.result ?? ((acc: Acc): unknown => (typeof acc === 'object' && acc !== null ? structuredClone(acc) : acc));
  return { name, code: [zero, add, merge, options.result ?? ''].map(String).join('\n'), commutative, zero, add, merge, result };
}
