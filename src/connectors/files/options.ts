/** Options that text files have in common, their defaults, and their schemas. */
import { z } from 'zod';
import { follow, type FollowOptions, type Following } from './follow/options.js';
import { checker, character, count, type Checker } from '../settings.js';

/** Whether a file is compressed: `auto` goes by the ending `.gz`. */
export type Compression = 'auto' | 'gzip' | 'none';

/** Options of every source of text files. All limits are on by default. */
export interface TextOptions {
  /** Name of the source; that of the function by default. */
  readonly name?: string | undefined;
  /** `auto` by default: gzip if the name ends in `.gz`. */
  readonly compression?: Compression | undefined;
  /** Longest line (of CSV: record) in bytes; 1 MiB by default. A longer one is a failed record, and no more of it than this is kept in memory. */
  readonly maxLineBytes?: number | undefined;
  /** Bytes a compressed file may give in all; 1 TiB by default. */
  readonly maxDecompressedBytes?: number | undefined;
  /** How many times larger than what it was read from the decompressed data may be, once there are more than 16 MiB of it; 200 by default. */
  readonly maxExpansion?: number | undefined;
  /**
   * The files go on growing, and the job goes on with what is added: whole lines, through rotation, truncation and renames, with files that come and go. `true` for the defaults. A split is then a file by its identity
   * on the disk, and the job runs until it is stopped. Compressed files are left out where a pattern means them.
   */
  readonly follow?: true | FollowOptions | undefined;
}

/** The same, filled in. */
export interface TextLimits {
  readonly maxLineBytes: number;
  readonly maxDecompressedBytes: number;
  readonly maxExpansion: number;
}

/** Every option of `Options`, each with its schema: one that is forgotten does not compile. */
export type ShapeOf<Options> = { readonly [Name in keyof Required<Options>]: z.ZodType };

const MIB = 2 ** 20;

/** A line stands in one buffer, and in one string. */
const LONGEST_LINE = 256 * MIB;

export const compression = z.enum(['auto', 'gzip', 'none']).default('auto');

/** Of every source of text files, but for its name. */
export const limits = {
  compression,
  maxLineBytes: count(MIB).refine(value => value <= LONGEST_LINE, { error: ({ input }) => `${String(input)} is more than a line can have in memory.`, params: { fix: `Give at most ${LONGEST_LINE} (256 MiB).` } }),
  maxDecompressedBytes: count(MIB * MIB),
  maxExpansion: count(200),
  follow,
} satisfies ShapeOf<Omit<TextOptions, 'name'>>;

/** Of CSV, read or written. */
export const characters = { delimiter: character(',', "',', ';', '|' or '\\t'"), quote: character('"', `'"'`) };

/** `follow: true` is `follow: {}`. */
export const followGiven = <Options extends { readonly follow?: unknown }>(options: Options | undefined): unknown => (options?.follow === true ? { ...options, follow: {} } : options);

/** What no single option can know. */
export function checkFollow({ follow, compression }: { readonly follow?: Following | undefined; readonly compression: Compression }, paths: readonly string[], check: Checker): void {
  if (follow === undefined) return;
  if (compression === 'gzip') check.refuse('follow', 'The files are compressed: what is added to them cannot be read before they are finished.', "Follow files as they are written, with compression: 'none'.");
  for (const path of paths) if (!path.includes('*') && isPacked(path, compression)) check.refuse('follow', `"${path}" is compressed.`, 'Follow the file it is made from.');
}

/** What no single option can know. */
export function checkCharacters({ delimiter, quote }: { readonly delimiter: string; readonly quote: string }, check: Checker): void {
  if (delimiter === quote) check.refuse('delimiter', 'It is the quote character too.', 'Choose different ones.');
}

export const filesChecker = (where: string): Checker => checker(where, 'files-option');

/** Is the file at `path` compressed? */
export const isPacked = (path: string, given: Compression): boolean => given === 'gzip' || (given === 'auto' && path.endsWith('.gz'));
