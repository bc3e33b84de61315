/** Sessions: records of a key that follow one another by less than a gap. */
import { milliseconds, type Duration } from '../core/duration.js';
import { DataError } from '../core/errors.js';
import type { Windows } from '../core/window.js';

/** Options of {@link session}. */
export interface SessionOptions {
  /** Records exactly one gap apart: two sessions (`'overlap'`, the default, as in Beam), or one (`'touch'`, as in Flink, Kafka Streams and Spark). */
  readonly merge?: 'overlap' | 'touch' | undefined;
  /** No session is longer: one that is gets cut in order of time when it closes. A cut is made at the first record that is `max` or more behind the first of its piece. */
  readonly max?: Duration | undefined;
}

/**
 * Windows that begin with a record and end one gap after the last: `[first, last + gap)`. A record joins every session it is closer to than the gap, and so two sessions may become one, also by a late record.
 *
 * A session is complete when the watermark reaches its end. Whether a record is late is judged by the session it would belong to, after merging: one that lengthens an open session counts, and one that
 * reaches past the watermark opens a closed session again while its lateness lasts.
 *
 * @param gap a duration, or a function of the record that gives one (in milliseconds, above 0), for gaps that differ; the gap of a record counts to both sides of it only forwards, from its own time.
 * @param options `merge` says what becomes of records exactly one gap apart, `max` how long a session may be.
 * @returns windows for `stream.window(...)`; options that are wrong are reported with all other problems when the job starts.
 * @example
 * ```ts
 * import { Stream, count, session } from 'millrace';
 *
 * const visits = Stream.from([{ user: 'ann', at: 0 }, { user: 'ann', at: 60_000 }, { user: 'ann', at: 4_000_000 }])
 *   .timestamps(click => click.at)
 *   .keyBy(click => click.user)
 *   .window(session('30m'))
 *   .aggregate({ clicks: count() }, { name: 'visits' });
 * for await (const { key, value } of visits) console.log(key, value.clicks); // ann 2, ann 1
 * ```
 */
export function session<T = never>(gap: Duration | ((value: T) => number), options: SessionOptions = {}): Windows {
  const { merge = 'overlap', max } = options;
  const problems: string[] = [];
  const fixed = typeof gap === 'function' ? undefined : milliseconds(gap);
  if (typeof gap !== 'function' && (fixed === undefined || fixed <= 0)) problems.push(`The gap is ${String(gap)}, which is not a duration above 0.`);
  const longest = max === undefined ? undefined : milliseconds(max);
  if (max !== undefined && (longest === undefined || longest <= 0)) problems.push(`The greatest length is ${String(max)}, which is not a duration above 0.`);
  if (merge !== 'overlap' && merge !== 'touch') problems.push(`merge is ${JSON.stringify(merge)}, which is neither 'overlap' nor 'touch'.`);
  const touch = merge === 'touch';
  const gapOf = (value: unknown): number => {
    const given = typeof gap === 'function' ? gap(value as T) : Number.NaN; // the records of the stream it is used on
    if (!(given > 0 && given < Number.POSITIVE_INFINITY)) throw new DataError('session-gap', `The gap of a record is ${String(given)}; give milliseconds above 0.`, given);
    return given;
  };
  return {
    kind: 'merging',
    name: `session(${typeof gap === 'function' ? 'by record' : gap}${touch ? ', touch' : ''}${max === undefined ? '' : `, max ${max}`})`,
    assign: fixed === undefined ? (time, value) => ({ start: time, end: time + gapOf(value) }) : time => ({ start: time, end: time + fixed }),
    joins: touch ? (a, b) => a.start <= b.end && b.start <= a.end : (a, b) => a.start < b.end && b.start < a.end,
    ...(longest === undefined ? {} : { longest }),
    ...(problems.length > 0 ? { problems } : {}),
  };
}
