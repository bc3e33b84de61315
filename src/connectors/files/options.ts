/** Options that all text files have in common, their defaults, and what is wrong with those given. */
import { ConfigurationError, type Problem } from '../../core/errors.js';

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
}

/** The same, filled in. */
export interface TextLimits {
  readonly maxLineBytes: number;
  readonly maxDecompressedBytes: number;
  readonly maxExpansion: number;
}

const MIB = 2 ** 20;

/** Collects what is wrong with the options of one call, to be thrown together. */
export function checker(where: string): {
  refuse(option: string, what: string, fix: string): void;
  count(option: string, value: number | undefined, standard: number): number;
  choice<C extends string>(option: string, value: C | undefined, choices: readonly [C, ...C[]]): C;
  done(): void;
} {
  const problems: Problem[] = [];
  const refuse = (option: string, what: string, fix: string): void =>
    void problems.push({ code: 'files-option', where: option === '' ? where : `${where}: ${option}`, what, fix });
  return {
    refuse,
    count(option, value, standard) {
      const found = value ?? standard;
      if (!(Number.isSafeInteger(found) || found === Number.POSITIVE_INFINITY) || found < 1) refuse(option, `${String(found)} is not a positive whole number.`, `Give one, or leave it out for ${standard}.`);
      return found;
    },
    choice(option, value, choices) {
      if (value !== undefined && !choices.includes(value)) refuse(option, `${JSON.stringify(value)} is none of the choices.`, `Give one of ${choices.map(c => JSON.stringify(c)).join(', ')}.`);
      return value ?? choices[0];
    },
    done() {
      if (problems.length > 0) throw new ConfigurationError(problems);
    },
  };
}

export type Checker = ReturnType<typeof checker>;

/** Limits of a source of text files, checked. */
export function textLimits(options: TextOptions, check: Checker): TextLimits {
  check.choice('compression', options.compression, ['auto', 'gzip', 'none']);
  // A line stands in one buffer, and in one string.
  const maxLineBytes = check.count('maxLineBytes', options.maxLineBytes, MIB);
  if (maxLineBytes > 256 * MIB) check.refuse('maxLineBytes', `${maxLineBytes} is more than a line can have in memory.`, 'Give at most 268435456 (256 MiB).');
  return {
    maxLineBytes,
    maxDecompressedBytes: check.count('maxDecompressedBytes', options.maxDecompressedBytes, MIB * MIB),
    maxExpansion: check.count('maxExpansion', options.maxExpansion, 200),
  };
}

/** Is the file at `path` compressed? */
export const isPacked = (path: string, compression: Compression = 'auto'): boolean => compression === 'gzip' || (compression === 'auto' && path.endsWith('.gz'));
