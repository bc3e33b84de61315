/**
 * What a Parquet file may ask of us. All sizes in such a file are claims of whoever wrote it; they are compared with these numbers before anything is allocated for them.
 */
import { z } from 'zod';
import { count } from '../settings.js';

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

/** How they are checked. */
export const limits = z.strictObject({
  groupRows: count(DEFAULTS.groupRows, false),
  groupBytes: count(DEFAULTS.groupBytes, false),
  footerBytes: count(DEFAULTS.footerBytes, false),
} satisfies { readonly [Name in keyof Limits]: z.ZodType });
