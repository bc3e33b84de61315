/** Windows of the user's own. */
import type { Time } from '../core/values.js';
import type { Window, Windows } from '../core/window.js';
import { assignedStage } from './assigned.js';

/** Options of {@link customWindows}. */
export interface CustomWindowsOptions<in T> {
  /** For `describe()`, and part of what a restart compares. */
  readonly name: string;
  /** The windows of a record: whole milliseconds, `start < end`, any number of them; none if it lies outside all. Must be the same for the same record. */
  readonly assign: (time: Time, value: T) => readonly Window[];
}

/**
 * Windows given by a function of time and record: shifts of a factory, terms of a school. Each window keeps its own panes, so a record that is in many of them costs that many times as much.
 *
 * @param options `name` and `assign`.
 * @returns windows for `stream.window(...)`.
 * @example
 * ```ts
 * import { Stream, count, customWindows } from 'millrace';
 *
 * // Shifts of eight hours, but nothing on the first day of the epoch.
 * const SHIFT = 8 * 3_600_000;
 * const shifts = customWindows({
 *   name: 'shifts',
 *   assign: time => (time < 3 * SHIFT ? [] : [{ start: Math.floor(time / SHIFT) * SHIFT, end: (Math.floor(time / SHIFT) + 1) * SHIFT }]),
 * });
 * const perShift = Stream.from([{ at: 100_000_000 }]).timestamps(part => part.at).window(shifts).aggregate(count());
 * ```
 */
export function customWindows<T = unknown>({ name, assign }: CustomWindowsOptions<T>): Windows {
  const problems = typeof assign === 'function' ? undefined : [`customWindows: assign is ${typeof assign}, not a function.`];
  return {
    kind: 'stage',
    name: `custom(${name})`,
    stage: (aggregate, emission) => assignedStage((time, value) => assign(time, value as T), aggregate, emission), // the records of the stream they are used on
    ...(problems === undefined ? {} : { problems }),
  };
}
