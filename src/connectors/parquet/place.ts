/** Positions in a Parquet file: the row group, and the row in it to go on with. */
import { DataError } from '../../core/errors.js';
import type { Position } from '../../core/values.js';

export interface Place {
  readonly group: number;
  readonly row: number;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Reads a position that was kept; absent, the beginning. */
export function placeOf(position: Position | undefined): Place {
  if (position === undefined) return { group: 0, row: 0 };
  const { group, row } = (position ?? {}) as Readonly<Partial<Record<keyof Place, unknown>>>;
  if (isCount(group) && isCount(row)) return { group, row };
  throw new DataError('parquet-position', 'The position kept for a Parquet file is not one of ours: { group, row } was expected.', position);
}

/** Order within one file. */
export function comparePlaces(a: Position, b: Position): number {
  const [left, right] = [placeOf(a), placeOf(b)];
  return left.group - right.group || left.row - right.row;
}
