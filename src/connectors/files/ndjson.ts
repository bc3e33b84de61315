/** NDJSON files (also called JSON Lines) as a source. */
import { z } from 'zod';
import type { Source } from '../../core/source.js';
import { count, name } from '../settings.js';
import { ndjsonParser } from './ndjson-parser.js';
import { checkFollow, filesChecker, followGiven, limits, type ShapeOf, type TextOptions } from './options.js';
import { pathsOf, type Files } from './paths.js';
import { textSource } from './source.js';

/** Options of {@link ndjson}. */
export interface NdjsonOptions extends TextOptions {
  /** Deepest nesting of arrays and objects; 128 by default. A deeper line is a failed record. */
  readonly maxDepth?: number | undefined;
  /** Integers that a number would round (beyond 2^53, unless exact all the same): the line fails (`reject`, the default), they become strings of their digits (`text`), or they are rounded as `JSON.parse` does (`round`). */
  readonly bigints?: 'reject' | 'text' | 'round' | undefined;
  /** A key twice in one object: the last one counts, as in `JSON.parse` (`last`, the default), or the line fails (`reject`, which costs time). */
  readonly duplicateKeys?: 'last' | 'reject' | undefined;
}

const OPTIONS = z.strictObject({
  name: name('ndjson'),
  ...limits,
  maxDepth: count(128),
  bigints: z.enum(['reject', 'text', 'round']).default('reject'),
  duplicateKeys: z.enum(['last', 'reject']).default('last'),
} satisfies ShapeOf<NdjsonOptions>);

/**
 * NDJSON files as a source: one JSON value per line, one split per file, in constant memory.
 *
 * Only a line feed ends a line (a carriage return before it is dropped), empty lines are passed over, and a byte order mark is accepted. A line that cannot be
 * read (not JSON, not UTF-8, too long, too deep) is a failed record with its place and goes to the `onError` of the stream; reading goes on behind it. A key
 * `__proto__` becomes a plain property of its object and changes no prototype. `T` is what you say the lines are; nothing checks it, so use `parse` on files you do not trust.
 *
 * @param files path or file URL of one file, or of several; `*` in a path stands for any characters within one of its parts
 * @param options limits, compression, integers
 * @returns a replayable source; positions are `{ byte, line }`, counted in the decompressed data
 * @throws ConfigurationError when called with options that cannot be, or, at the start of the job, listing all files that are missing or may not be read
 * @throws DataError while reading, when the file is damaged or expands beyond its limits
 * @example
 * ```ts
 * import { Stream } from 'millrace';
 * import { ndjson } from 'millrace/files';
 *
 * const events = Stream.from(ndjson<{ user: string; at: number }>('events/*.ndjson.gz'), { onError: 'skip' });
 * ```
 */
export function ndjson<T = unknown>(files: Files, options: NdjsonOptions = {}): Source<T> {
  const check = filesChecker('ndjson()');
  const paths = pathsOf(files, check);
  const settings = check.settings(OPTIONS, followGiven(options));
  checkFollow(settings, paths, check);
  check.done();
  return textSource<T>({
    where: 'ndjson()',
    name: settings.name,
    paths,
    limits: settings,
    compression: settings.compression,
    follow: settings.follow,
    parser: (path, from) => Promise.resolve({ parser: ndjsonParser<T>(path, from, settings), from }),
  });
}
