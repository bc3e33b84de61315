/** How growing files are followed: the options, their defaults, their schema. */
import { z } from 'zod';
import { milliseconds, type Duration } from '../../../core/duration.js';
import { count } from '../../settings.js';
import type { ShapeOf } from '../options.js';

/** Options of `follow`. */
export interface FollowOptions {
  /** How often files are looked at; 250 ms by default. */
  readonly poll?: Duration | undefined;
  /** A last line without line feed that has not grown for so long is taken as it is; by default it waits for its line feed for as long as its file is there. */
  readonly unfinished?: Duration | undefined;
  /**
   * A file that was renamed or removed is done when nothing was added to it for so long: its last line counts as finished even without line feed, and if no pattern means it any more (until then it is read on through its
   * open handle) it is forgotten. 1 minute by default.
   */
  readonly gone?: Duration | undefined;
  /** What was not read and cannot be any more (its file removed while the job was down, or truncated too early): a failed record that goes to the `onError` of the stream (`reject`, the default), or nothing (`ignore`). */
  readonly vanished?: 'reject' | 'ignore' | undefined;
  /** Files open at a time; 256 by default. Those not read from for the longest are closed for others. */
  readonly maxOpenFiles?: number | undefined;
}

/** The same, filled in, in milliseconds. */
export interface Following {
  readonly poll: number;
  readonly unfinished: number;
  readonly gone: number;
  readonly vanished: 'reject' | 'ignore';
  readonly maxOpenFiles: number;
}

const span = (standard: Duration, endless: boolean) =>
  z
    .custom<Duration>(value => (milliseconds(value) ?? 0) > 0 && (endless || milliseconds(value) !== Number.POSITIVE_INFINITY), { error: ({ input }) => `${String(input)} is not a span of time.`, params: { fix: "Give one such as '1s'." } })
    .default(standard)
    .transform(value => milliseconds(value) ?? Number.POSITIVE_INFINITY);

/** Schema of the option `follow` of every source of text files. */
export const follow = z
  .strictObject({
    poll: span(250, false),
    unfinished: span(Number.POSITIVE_INFINITY, true),
    gone: span('1m', true),
    vanished: z.enum(['reject', 'ignore']).default('reject'),
    maxOpenFiles: count(256),
  } satisfies ShapeOf<FollowOptions>)
  .optional();
