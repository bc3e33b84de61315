/** A compiled step as the runner and its neighbours see it. */
import type { Time } from './values.js';

/**
 * The input side of a compiled step. Only the runner calls ports, one call at a time.
 *
 * Ports are object literals over closures, without `this`: the stack between a source and a user's function stays short
 * and nothing is allocated per record.
 */
export interface Port<in T> {
  data(value: T, time: Time): void;
  /**
   * No record before `time` is expected any more.
   * `true`: taken, that is handed to everything below, or queued in order by an asynchronous step.
   * `false`: the budget is spent or a buffer below is full; it must be called again, with the same time, before anything else.
   * A time already handed on is a no-op that answers `true`.
   */
  watermark(time: Time): boolean;
  /** Nothing is expected for now: left out of minimums below until the next call. */
  idle(): void;
  /** Only after `watermark(Infinity)` answered `true`. */
  end(): void;
}

/** Asked between two timers or two results: is there budget left, and room below? */
export interface Pace {
  go(): boolean;
}
