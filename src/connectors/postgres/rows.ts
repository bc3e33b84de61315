/** Records to rows of texts, and the search for those that the server does not take. */
import { DataError, causeText } from '../../core/errors.js';
import type { FailedWrite } from '../../core/sink.js';
import { kindOf, toldOf } from './error.js';
import type { Row } from './statement.js';
import type { Column } from './table.js';

/** The value of a column in a record. */
export type Pick<T> = (record: T) => unknown;

/** A row and the place of its record in the batch. */
export interface Placed {
  readonly index: number;
  readonly row: Row;
}

/** What of the values from `from` to `to` can be written, and what cannot by what is known here. */
export function rowsOf<T>(values: readonly T[], columns: readonly Column[], picks: readonly Pick<T>[], from = 0, to = values.length): { readonly rows: readonly Placed[]; readonly failed: readonly FailedWrite[] } {
  const rows: Placed[] = [];
  const failed: FailedWrite[] = [];
  for (let index = from; index < to && index < values.length; index++) {
    const value = values[index] as T; // index is below the length
    let at = '';
    try {
      rows.push({
        index,
        row: columns.map(({ name, textOf }, place) => {
          at = name;
          return textOf(picks[place]?.(value));
        }),
      });
    } catch (cause) {
      failed.push({ index, cause: new DataError('postgres-value', `Column "${at}": ${causeText(cause)}`, undefined, cause instanceof DataError ? {} : { cause }) });
    }
  }
  return { rows, failed };
}

/** Writes all rows that can be written: halves what is refused until what is left is one row, which is at fault. */
export async function writeAll(rows: readonly Placed[], write: (rows: readonly Row[]) => Promise<void>): Promise<readonly FailedWrite[]> {
  if (rows.length === 0) return [];
  try {
    await write(rows.map(({ row }) => row));
    return [];
  } catch (cause) {
    if (kindOf(cause) !== 'row') throw cause;
    const [first] = rows;
    if (rows.length === 1 && first !== undefined) return [{ index: first.index, cause: toldOf(cause) }];
    const half = Math.ceil(rows.length / 2);
    const failed = await writeAll(rows.slice(0, half), write);
    return [...failed, ...(await writeAll(rows.slice(half), write))];
  }
}

/** Parts of about so many characters. */
export function* parts(rows: readonly Placed[], characters: number): Iterable<readonly Placed[]> {
  let from = 0;
  let size = 0;
  for (let i = 0; i < rows.length; i++) {
    const length = rows[i]?.row.reduce((sum, text) => sum + (text?.length ?? 0), 0) ?? 0;
    if (i > from && size + length > characters) {
      yield rows.slice(from, i);
      from = i;
      size = 0;
    }
    size += length;
  }
  if (from < rows.length) yield rows.slice(from);
}
