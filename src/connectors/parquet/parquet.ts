/** Parquet files as a source: one split per file, row group by row group, decoded in a thread of its own. */
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DataError, causeText } from '../../core/errors.js';
import type { Source } from '../../core/source.js';
import { checker, columns, name } from '../settings.js';
import type { Reading } from './decode.js';
import { limits, type ParquetLimits } from './limits.js';
import { findPeers, type Peers } from './peers.js';
import { comparePlaces, placeOf } from './place.js';
import { readFile } from './reader.js';
import { startThread, type Thread } from './thread.js';

/** Options of {@link parquet}. */
export interface ParquetOptions {
  /** Top-level columns to read, in the order they shall have in the rows; all of them by default. What is not chosen is neither read nor decoded. */
  readonly columns?: readonly string[] | undefined;
  /** Dates and timestamps as `Date` (the default), or as epoch milliseconds with the fraction that microseconds have. Times without a zone are taken as UTC. */
  readonly times?: 'date' | 'milliseconds' | undefined;
  /** Byte arrays that the file does not call text: as `Uint8Array` (the default), or read as UTF-8 all the same, which older writers expect. */
  readonly binary?: 'bytes' | 'text' | undefined;
  /** Bounds on what a file may ask for. */
  readonly limits?: ParquetLimits | undefined;
  /** Name of the source; `parquet` by default. */
  readonly name?: string | undefined;
}

const OPTIONS = z.strictObject({
  columns,
  times: z.enum(['date', 'milliseconds']).default('date'),
  binary: z.enum(['bytes', 'text']).default('bytes'),
  limits: limits.prefault({}),
  name: name('parquet'),
} satisfies { readonly [Name in keyof Required<ParquetOptions>]: z.ZodType });

/**
 * Parquet files as a source of row objects, one split per file.
 *
 * Rows are `{ column: value }`: 64-bit integers as numbers where exact, else as bigint; missing values as `null`. `T` is what you say the rows are;
 * nothing checks it, so use `parse` on files you do not trust. Needs the packages `hyparquet` and `hyparquet-compressors`, loaded when a file is opened.
 *
 * @param files path or file URL of one file, or of several
 * @param options which columns, how times and bytes are read, bounds
 * @returns a replayable source; positions are `{ group, row }`
 * @throws ConfigurationError when called with options that cannot be, or, on opening, when `hyparquet` is not installed
 * @throws DataError on opening or reading, naming the file, when it is missing, damaged or beyond a limit
 * @example
 * ```ts
 * import { parquet } from 'millrace/parquet';
 *
 * const flights = parquet<{ date: Date; delay: number; origin: string }>('flights.parquet', { columns: ['date', 'delay', 'origin'] });
 * ```
 */
export function parquet<T = Record<string, unknown>>(files: string | URL | readonly (string | URL)[], options: ParquetOptions = {}): Source<T> {
  const given = typeof files === 'string' || files instanceof URL ? [files] : files;
  const paths = given.map(file => (file instanceof URL ? fileURLToPath(file) : file));
  const check = checker('parquet()', 'parquet-option');
  if (paths.length === 0) check.refuse('', 'No file is given.', 'Give at least one path.');
  if (new Set(paths).size < paths.length) check.refuse('', 'A file is given twice.', 'Give each once: a file is a split, and splits are told apart by their paths.');
  const { name: called, ...settings } = check.settings(OPTIONS, options);
  check.done();

  const reading: Reading = { ...settings, columns: settings.columns && [...settings.columns] };
  const threads = sharedThread(findPeers, startThread);
  let opened = 0;
  return {
    name: called,
    replayable: true,
    splits: () => paths,
    async open(path, from) {
      const place = placeOf(from);
      const { thread, release } = threads();
      let handle;
      try {
        handle = await open(path, 'r');
        const found = await handle.stat();
        if (!found.isFile()) throw new Error('it is not a file');
        return await readFile<T>({ path, handle, bytes: found.size, file: opened++, from: place, reading, thread, release });
      } catch (cause) {
        if (cause instanceof DataError) throw cause;
        await release();
        await handle?.close();
        throw new DataError('parquet-unreadable', `The Parquet file "${path}" cannot be opened: ${causeText(cause)}.`, path, { cause });
      }
    },
    compare: comparePlaces,
  };
}

/** One thread for all files of a source, started with the first that is opened and ended with the last that is closed. */
function sharedThread(find: () => Peers, start: (peers: Peers) => Thread): () => { readonly thread: Thread; release(): Promise<void> } {
  let thread: Thread | undefined;
  let users = 0;
  return () => {
    const mine = (thread ??= start(find()));
    users++;
    return {
      thread: mine,
      async release() {
        if (--users > 0) return;
        thread = undefined;
        await mine.end();
      },
    };
  };
}
