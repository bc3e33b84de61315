/** The usual watermark: records may be out of order by a known bound, and no more. */
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError } from '../core/errors.js';
import type { WatermarkGenerator } from '../core/stage.js';
import type { Time } from '../core/values.js';
import { markOf, saveMark } from './mark.js';

/** Makes the generator of one split. What is wrong with its options is found when the plan is checked; calling it all the same throws. */
export interface WatermarkFactory<in T> {
  (): WatermarkGenerator<T>;
  readonly problems?: readonly string[];
}

/**
 * The watermark is the largest time seen minus `bound`: a record at most `bound` older than the newest before it is on time.
 *
 * @param bound how far records may be out of order: milliseconds, or a number with a unit (`'5s'`); at least 0.
 * @returns a factory, called once per split.
 * @throws ConfigurationError when the factory is called and `bound` is not a duration of at least 0.
 * @example
 * ```ts
 * import { disorder } from 'millrace';
 *
 * const generator = disorder('5s')();
 * generator.record(null, 12_000);
 * console.log(generator.watermark()); // 7000
 * ```
 */
export function disorder(bound: Duration): WatermarkFactory<unknown> {
  const ms = milliseconds(bound);
  if (ms !== undefined && ms >= 0 && ms < Infinity) return () => behindLargest(ms);
  const problem = `The bound is ${String(bound)}, which is not a duration of at least 0.`;
  return Object.assign(
    () => {
      throw new ConfigurationError([{ code: 'disorder', where: 'disorder', what: problem, fix: `Give milliseconds or a text such as '${durationText(5_000)}'.` }]);
    },
    { problems: [problem] },
  );
}

/** Largest time seen minus `bound`. A time that is not finite moves nothing. */
export function behindLargest(bound: number): WatermarkGenerator<unknown> {
  let largest: Time = -Infinity;
  return {
    record(_value, time) {
      if (time > largest && time !== Infinity) largest = time;
    },
    watermark: () => largest - bound,
    bound,
    save: () => saveMark(largest),
    restore(state) {
      largest = markOf(state);
    },
  };
}
