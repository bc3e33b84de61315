import type { Sink } from '../core/sink.js';

/**
 * A sink that keeps everything in an array of yours: for bounded streams, tests and examples.
 *
 * @param values the array that grows.
 * @example
 * ```ts
 * import { Stream, toArray } from 'millrace';
 *
 * const seen: number[] = [];
 * const job = await Stream.from([1, 2]).to(toArray(seen)).run();
 * await job.done;
 * ```
 */
export function toArray<T>(values: T[]): Sink<T> {
  return { name: 'toArray', guarantee: 'append', open: () => ({ write: () => {}, accept: value => void values.push(value), flush: () => {}, close: () => {} }) };
}
