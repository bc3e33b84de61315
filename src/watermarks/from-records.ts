/** Punctuated watermarks: some records say themselves how far time has come. */
import type { Time } from '../core/values.js';
import type { WatermarkFactory } from './disorder.js';
import { markOf, saveMark } from './mark.js';

/**
 * The watermark is the largest one read from a record.
 *
 * @param of called with every record and its event time (epoch milliseconds): the watermark the record carries, that is a time before which nothing more is
 * expected, or `undefined` if it says nothing. `Infinity` says that nothing follows at all; NaN and smaller ones than before are ignored.
 * @returns a factory, called once per split.
 * @example
 * ```ts
 * import { fromRecords } from 'millrace';
 *
 * const generator = fromRecords((record: { hourDone?: number }) => record.hourDone)();
 * generator.record({}, 5_000);
 * console.log(generator.watermark()); // -Infinity
 * generator.record({ hourDone: 3_600_000 }, 3_599_000);
 * console.log(generator.watermark()); // 3600000
 * ```
 */
export function fromRecords<T>(of: (value: T, time: Time) => Time | undefined): WatermarkFactory<T> {
  return () => {
    let mark: Time = -Infinity;
    return {
      record(value, time) {
        const said = of(value, time);
        if (said !== undefined && said > mark) mark = said;
      },
      watermark: () => mark,
      save: () => saveMark(mark),
      restore(state) {
        mark = markOf(state);
      },
    };
  };
}
