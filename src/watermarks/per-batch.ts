/** A watermark that stands still within a batch and moves between batches, as in engines that work batch by batch. */
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError } from '../core/errors.js';
import type { Json, Time } from '../core/values.js';
import type { WatermarkFactory } from './disorder.js';
import { markOf, saveMark } from './mark.js';

/**
 * The watermark is the largest time of all batches that have ended minus `bound`: what comes in one batch is judged by the batches before it, as in Spark. The ends of batches are records in the stream,
 * so results depend on the data alone, not on how it was read. Filter those records out below.
 *
 * @param bound how far records may be out of order: milliseconds, or a number with a unit (`'5s'`); at least 0.
 * @param ends whether this record is the end of a batch; its own time, which must be finite, does not count.
 * @returns a factory, called once per split.
 * @throws ConfigurationError when the factory is called and `bound` is not a duration of at least 0.
 * @example
 * ```ts
 * import { perBatch } from 'millrace';
 *
 * const generator = perBatch('5s', (record: { end?: true }) => record.end === true)();
 * generator.record({}, 12_000);
 * console.log(generator.watermark()); // -Infinity
 * generator.record({ end: true }, 0);
 * console.log(generator.watermark()); // 7000
 * ```
 */
export function perBatch<T>(bound: Duration, ends: (value: T) => boolean): WatermarkFactory<T> {
  const ms = milliseconds(bound);
  if (ms === undefined || !(ms >= 0 && ms < Infinity)) {
    const problem = `The bound is ${String(bound)}, which is not a duration of at least 0.`;
    const refuse = (): never => {
      throw new ConfigurationError([{ code: 'per-batch', where: 'perBatch', what: problem, fix: `Give milliseconds or a text such as '${durationText(5_000)}'.` }]);
    };
    return Object.assign(refuse, { problems: [problem] });
  }
  return () => {
    let largest: Time = -Infinity;
    let mark: Time = -Infinity;
    return {
      record(value, time) {
        if (ends(value)) mark = largest - ms;
        else if (time > largest && time !== Infinity) largest = time;
      },
      watermark: () => mark,
      save: () => [saveMark(largest), saveMark(mark)],
      restore(state) {
        const [savedLargest = null, savedMark = null] = state as readonly Json[]; // what `save` gave
        largest = markOf(savedLargest);
        mark = markOf(savedMark);
      },
    };
  };
}
