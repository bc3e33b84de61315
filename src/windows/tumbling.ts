/** Windows of one size, side by side, each time in exactly one. */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Windows } from '../core/window.js';
import { oneEach } from './cursor.js';

/**
 * Windows `[n * size + offset, (n + 1) * size + offset)`, aligned to the epoch; negative times belong to negative `n`.
 *
 * @param size length of a window: milliseconds, or a number with a unit (`'1h'`); above 0. Of any length: nothing waits for it on a timer.
 * @param options `offset` moves the edges: days that begin at 06:00 UTC are `tumbling('1d', { offset: '6h' })`. Smaller than `size`, either way.
 * @returns windows for `stream.window(...)`; options that are wrong are reported with all other problems when the job starts.
 * @example
 * ```ts
 * import { Stream, count, tumbling } from 'millrace';
 *
 * const perMinute = Stream.from([{ at: 1_000 }, { at: 59_999 }, { at: 60_000 }])
 *   .timestamps(click => click.at)
 *   .window(tumbling('1m'))
 *   .aggregate(count());
 * for await (const { window, value } of perMinute) console.log(window.start, value); // 0 2, then 60000 1
 * ```
 */
export function tumbling(size: Duration, options: { readonly offset?: Duration | undefined } = {}): Windows {
  const length = milliseconds(size);
  const offset = options.offset === undefined ? 0 : milliseconds(options.offset);
  const problems: string[] = [];
  const sized = length !== undefined && length > 0 && Number.isSafeInteger(length);
  if (!sized) problems.push(`The size is ${String(size)}, which is not a whole number of milliseconds above 0.`);
  if (offset === undefined || !Number.isSafeInteger(offset)) problems.push(`The offset is ${String(options.offset)}, which is not a whole number of milliseconds.`);
  else if (sized && Math.abs(offset) >= length) problems.push(`The offset ${String(options.offset)} is not smaller than the size ${String(size)}.`);
  const by = length ?? 1;
  const from = offset === undefined || offset === 0 ? 0 : offset; // never -0
  return {
    kind: 'aligned',
    name: `tumbling(${size}${options.offset === undefined ? '' : `, offset ${options.offset}`})`,
    slice(time) {
      const start = Math.floor((time - from) / by) * by + from;
      return { start, end: start + by };
    },
    over: slice => [slice],
    cursor: oneEach,
    ...(problems.length > 0 ? { problems } : {}),
  };
}
