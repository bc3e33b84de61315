/**
 * What a Parquet file may ask of us. All sizes in such a file are claims of whoever wrote it; they are compared with these numbers before anything is allocated for them.
 */
import type { Problem } from '../../core/errors.js';

/** Upper bounds for one file; a file beyond one is refused with an error that names the bound. */
export interface ParquetLimits {
  /** Rows of one row group; 5,000,000 by default. */
  readonly groupRows?: number | undefined;
  /** Bytes of one row group, decompressed, in the chosen columns; 512 MiB by default. */
  readonly groupBytes?: number | undefined;
  /** Bytes of the description at the end of the file; 64 MiB by default. */
  readonly footerBytes?: number | undefined;
}

/** The same, filled in. */
export interface Limits {
  readonly groupRows: number;
  readonly groupBytes: number;
  readonly footerBytes: number;
}

const DEFAULTS: Limits = { groupRows: 5_000_000, groupBytes: 512 * 2 ** 20, footerBytes: 64 * 2 ** 20 };

/** Fills in the defaults; what is not a positive whole number becomes a problem. */
export function limitsOf(given: ParquetLimits = {}, problems: Problem[]): Limits {
  const one = (name: keyof Limits): number => {
    const value = given[name] ?? DEFAULTS[name];
    if (!Number.isSafeInteger(value) || value < 1)
      problems.push({ code: 'parquet-limit', where: `parquet(): limits.${name}`, what: `${String(value)} is not a positive whole number.`, fix: `Give one, or leave it out for ${DEFAULTS[name]}.` });
    return value;
  };
  return { groupRows: one('groupRows'), groupBytes: one('groupBytes'), footerBytes: one('footerBytes') };
}
