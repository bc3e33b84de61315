/** Positions in a text file: a byte at which a line (or a CSV record) begins, and the number of that line. */
import { DataError } from '../../core/errors.js';
import type { Position } from '../../core/values.js';

/** Where to go on reading. Bytes of a compressed file are counted as they are when decompressed. */
export interface Place {
  /** From 0. */
  readonly byte: number;
  /** Number of the line that begins there, from 1. */
  readonly line: number;
  /** Inside a line beyond the limit, which was reported already: whatever comes before the next line feed is dropped. */
  readonly skip?: true;
}

export const BEGINNING: Place = { byte: 0, line: 1 };

const isCount = (value: unknown, least: number): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= least;

/** Reads a position that was kept; absent, the beginning. */
export function placeOf(position: Position | undefined): Place {
  if (position === undefined) return BEGINNING;
  const { byte, line, skip } = (position ?? {}) as Readonly<Partial<Record<keyof Place, unknown>>>;
  if (isCount(byte, 0) && isCount(line, 1)) return skip === true ? { byte, line, skip } : { byte, line };
  throw new DataError('files-position', 'The position kept for a file is not one of ours: { byte, line } was expected. Start the source anew, or give it the positions it made.', position);
}

/** As the position of a batch or record. */
export const positionOf = ({ byte, line, skip }: Place): Position => (skip === true ? { byte, line, skip } : { byte, line });

/** Order within one file. */
export const comparePlaces = (a: Position, b: Position): number => placeOf(a).byte - placeOf(b).byte;
