/** Options of every sink of parts. */
import { z } from 'zod';
import { milliseconds, type Duration } from '../../../core/duration.js';
import type { Time } from '../../../core/values.js';
import { count } from '../../settings.js';
import type { ShapeOf } from '../options.js';

/** Options of {@link ndjsonParts} and {@link csvParts}. */
export interface PartsOptions<in T> {
  /** Name of the sink; that of the function by default. */
  readonly name?: string | undefined;
  /** `none` by default. */
  readonly compression?: 'gzip' | 'none' | undefined;
  /**
   * The folder, below that of the sink, for a record (`day=2024-01-01`), or several, one below the other. `time` is the record's event time. A name has 1 to 128 letters, digits and `._=-`, and no dot at either
   * end; a record with any other fails.
   */
  readonly partition?: ((value: T, time: Time) => string | readonly string[]) | undefined;
  /** A part of that many bytes is closed and another begun; 128 MiB by default. */
  readonly maxPartBytes?: number | undefined;
  /** A part of that age is closed when the next records come; never by default, since every checkpoint closes all. */
  readonly maxPartAge?: Duration | undefined;
  /** Parts (of different partitions) that are open at a time; 64 by default. The one written to the longest ago is closed for another. */
  readonly maxOpenParts?: number | undefined;
}

export const partsOptions = {
  compression: z.enum(['gzip', 'none']).default('none'),
  partition: z.custom<(value: never, time: Time) => string | readonly string[]>(value => typeof value === 'function', { error: () => 'It is no function.', params: { fix: 'Give one that answers the name of a folder for a record.' } }).optional(),
  maxPartBytes: count(128 * 2 ** 20),
  maxPartAge: z
    .custom<Duration>(value => (milliseconds(value) ?? 0) > 0, { error: ({ input }) => `${String(input)} is not a span of time.`, params: { fix: "Give one such as '10m'." } })
    .default(Number.POSITIVE_INFINITY)
    .transform(age => milliseconds(age) ?? Number.POSITIVE_INFINITY),
  maxOpenParts: count(64),
} satisfies ShapeOf<Omit<PartsOptions<never>, 'name'>>;
