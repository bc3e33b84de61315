/** Options every method of the fluent face shares. */
import type { Rejected } from '../compile/context.js';
import type { Output } from './output.js';
import type { Stream } from './stream.js';

/** What becomes of a record whose step failed: the job fails, the record is skipped and counted, or it goes to a dead-letter branch. */
export type OnError<I> = 'fail' | 'skip' | ((rejected: Stream<Rejected<I>>) => Output);

/** Every method that makes a step takes these. */
export interface StepOptions<I> {
  /** Identity of the step within its job; mandatory for what is kept durably. */
  readonly name?: string | undefined;
  /** Default `'fail'`. */
  readonly onError?: OnError<I> | undefined;
}

/** A type given by hand where none can be inferred. */
export interface Type<in out T> {
  readonly witness?: (value: T) => T;
}

/**
 * A type given by hand where none can be inferred.
 *
 * @returns an empty witness; only its type matters.
 * @example
 * ```ts
 * import { type } from 'millrace';
 *
 * const alert = type<{ card: string }>();
 * ```
 */
export const type = <T>(): Type<T> => ({});
