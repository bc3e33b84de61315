/** Windows of one size that begin every so often: they overlap, or leave gaps. */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Window, WindowCursor, Windows } from '../core/window.js';
import type { Time } from '../core/values.js';

/** How {@link hopping} windows follow each other. */
export interface HoppingOptions {
  /** From one start to the next; above 0. Larger than the size, it leaves gaps: a record there belongs to no window and is counted as `outside`. */
  readonly every: Duration;
  /** Moves the edges, either way, by less than `every`. */
  readonly offset?: Duration | undefined;
  /** Epoch milliseconds: windows that would start before it do not exist; records that are only in those are counted as `outside`. `0` is the rule of Kafka Streams. */
  readonly floor?: Time | undefined;
}

/**
 * Windows `[n * every + offset, n * every + offset + size)`, aligned to the epoch, below it too; also called sliding windows (Flink, Beam). A record is in `size / every` of them, but it
 * is kept once: windows are made of slices between neighbouring edges, at most two per hop, and what a result costs does not grow with the overlap.
 *
 * @param size length of a window: milliseconds, or a number with a unit (`'1h'`); above 0.
 * @param options `every` (from one start to the next), `offset`, `floor`.
 * @returns windows for `stream.window(...)`; options that are wrong are reported with all other problems when the job starts.
 * @example
 * ```ts
 * import { Stream, count, hopping } from 'millrace';
 *
 * const lastMinute = Stream.from([{ at: 10_000 }, { at: 40_000 }])
 *   .timestamps(click => click.at)
 *   .window(hopping('1m', { every: '30s' }))
 *   .aggregate(count());
 * for await (const { window, value } of lastMinute) console.log(window.start, value); // -30000 1, then 0 2, then 30000 1
 * ```
 */
export function hopping(size: Duration, options: HoppingOptions): Windows {
  const given: Partial<HoppingOptions> = options ?? {}; // untyped code may leave it out
  const length = milliseconds(size);
  const every = milliseconds(given.every);
  const offset = given.offset === undefined ? 0 : milliseconds(given.offset);
  const problems: string[] = [];
  const whole = (ms: number | undefined): ms is number => ms !== undefined && ms > 0 && Number.isSafeInteger(ms);
  if (!whole(length)) problems.push(`The size is ${String(size)}, which is not a whole number of milliseconds above 0.`);
  if (!whole(every)) problems.push(`Windows begin every ${String(given.every)}, which is not a whole number of milliseconds above 0.`);
  if (offset === undefined || !Number.isSafeInteger(offset)) problems.push(`The offset is ${String(given.offset)}, which is not a whole number of milliseconds.`);
  else if (whole(every) && Math.abs(offset) >= every) problems.push(`The offset ${String(given.offset)} is not smaller than ${String(given.every)}, from one start to the next.`);
  if (given.floor !== undefined && !Number.isFinite(given.floor)) problems.push(`The floor is ${String(given.floor)}, which is not a time in epoch milliseconds.`);
  const cut = problems.length > 0 ? hops(1, 1, 0, Number.NEGATIVE_INFINITY) : hops(length ?? 1, every ?? 1, offset === undefined || offset === 0 ? 0 : offset, given.floor ?? Number.NEGATIVE_INFINITY);
  return {
    kind: 'aligned',
    name: `hopping(${size}, every ${given.every}${given.offset === undefined ? '' : `, offset ${given.offset}`}${given.floor === undefined ? '' : `, floor ${given.floor}`})`,
    ...cut,
    ...(problems.length > 0 ? { problems } : {}),
  };
}

interface Cut {
  readonly slice: (time: Time) => Window;
  readonly over: (slice: Window) => readonly Window[];
  readonly cursor: WindowCursor;
}

function hops(size: number, every: number, offset: number, floor: Time): Cut {
  const windowAt = (n: number): Window => ({ start: n * every + offset, end: n * every + offset + size });
  /** Number of the last window that ends at `time` or before; none of a number below `lowest` exists. */
  const endingBy = (time: Time): number => Math.floor((time - offset - size) / every);
  const lowest = Math.ceil((floor - offset) / every);
  // A window holds a slice whole, or nothing of it.
  const first = (slice: Window): number => Math.max(lowest, endingBy(slice.start) + 1);
  const last = (slice: Window): number => Math.floor((slice.start - offset) / every);
  return {
    slice(time) {
      const start = Math.floor((time - offset) / every) * every + offset;
      const end = Math.floor((time - offset - size) / every) * every + offset + size;
      // The edges on either side: of the last start and the last end, and of the next ones.
      return { start: Math.max(start, end), end: Math.min(start, end) + every };
    },
    over(slice) {
      const windows: Window[] = [];
      for (let n = first(slice); n <= last(slice); n++) windows.push(windowAt(n));
      return windows;
    },
    cursor: {
      next(slice, time) {
        const n = Math.max(first(slice), endingBy(time) + 1);
        return n <= last(slice) ? windowAt(n) : undefined;
      },
      count: (slice, time) => Math.max(0, Math.min(last(slice), endingBy(time)) - first(slice) + 1),
      lastEnd: slice => (first(slice) <= last(slice) ? windowAt(last(slice)).end : Number.NEGATIVE_INFINITY),
    },
  };
}
