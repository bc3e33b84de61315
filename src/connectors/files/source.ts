/** What all sources of text files share: one split per file, opened at a place, read in chunks, parsed in batches. */
import { diskOf } from '../../core/disk.js';
import type { Batch, Reader, Source } from '../../core/source.js';
import { followingSource } from './follow/source.js';
import type { Following } from './follow/options.js';
import { openBytes, type Bytes } from './bytes.js';
import { isPacked, type Compression, type TextLimits } from './options.js';
import type { Parser } from './parser.js';
import { findFiles } from './paths.js';
import { comparePlaces, placeOf, type Place } from './place.js';

/** What a format brings. */
export interface Format<out T> {
  /** The function the user called, for messages. */
  readonly where: string;
  readonly name: string;
  readonly paths: readonly string[];
  readonly limits: TextLimits;
  readonly compression: Compression;
  /** Absent: each file is read to its end once. */
  readonly follow?: Following | undefined;
  /** A parser that begins at `from`; what has to be known from the beginning of the file is read through `bytes`. */
  parser(path: string, from: Place, bytes: (at: number) => Promise<Bytes>, signal: AbortSignal): Promise<{ readonly parser: Parser<T>; readonly from: Place }>;
}

/** A source of that format. */
export function textSource<T>(format: Format<T>): Source<T> {
  if (format.follow !== undefined) return followingSource(format, format.follow);
  return {
    name: format.name,
    replayable: true,
    splits: environment => findFiles(diskOf(environment), format.where, format.paths),
    async open(path, position, environment) {
      const { signal } = environment;
      const bytesAt = (at: number): Promise<Bytes> => openBytes(diskOf(environment), path, at, isPacked(path, format.compression), format.limits);
      const { parser, from } = await format.parser(path, placeOf(position), bytesAt, signal);
      return readerOf(parser, await bytesAt(from.byte));
    },
    compare: comparePlaces,
  };
}

/** Parses what is in memory at once, and waits only for the next chunk. */
function readerOf<T>(parser: Parser<T>, bytes: Bytes): Reader<T> {
  let ended = false;
  const next = async (max: number, signal: AbortSignal): Promise<Batch<T> | 'end'> => {
    for (;;) {
      const chunk = await bytes.read(signal);
      if (chunk === undefined) {
        ended = true;
        parser.finish();
      } else parser.feed(chunk);
      const batch = parser.take(max);
      if (batch !== undefined) return batch;
      if (ended) return 'end';
    }
  };
  return {
    read(max, signal) {
      signal.throwIfAborted();
      return parser.take(max) ?? (ended ? 'end' : next(max, signal));
    },
    close: bytes.close,
  };
}
