/** Several sorted lists of rows as one: rows of one key and granule are merged, those of earlier lists first. */
import type { Aggregate, SomeAccumulator } from '../core/aggregate.js';
import { compareRows, firstNot } from './order.js';
import type { Row } from './rows.js';

/** Rows that are handed out at a time. */
const AT_ONCE = 512;

interface Cursor {
  readonly place: number;
  readonly rest: AsyncIterator<readonly Row[]>;
  rows: readonly Row[];
  at: number;
}

/** The lists in the order of what is in them: what a later one has came later. */
export async function* mergeRows({ zero, merge }: Aggregate<unknown, SomeAccumulator, unknown>, lists: readonly AsyncIterable<readonly Row[]>[]): AsyncGenerator<readonly Row[], void> {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) {
    yield* only;
    return;
  }
  /** By their next rows; of equal ones the earlier list first. */
  const cursors: Cursor[] = [];
  const enter = (cursor: Cursor, row: Row): void => {
    const before = (other: Cursor): boolean => {
      const next = other.rows[other.at];
      const order = next === undefined ? -1 : compareRows(next, row);
      return order < 0 || (order === 0 && other.place < cursor.place);
    };
    // Nearly always what stays first.
    const [first] = cursors;
    const at = first === undefined || !before(first) ? 0 : firstNot(cursors.length, i => before(cursors[i] ?? cursor));
    cursors.splice(at, 0, cursor);
  };
  /** Its next row, read if need be; without one it is over. */
  const advance = async (cursor: Cursor): Promise<void> => {
    while (cursor.at >= cursor.rows.length) {
      const next = await cursor.rest.next();
      if (next.done === true) return;
      cursor.rows = next.value;
      cursor.at = 0;
    }
    const row = cursor.rows[cursor.at];
    if (row !== undefined) enter(cursor, row);
  };
  try {
    for (const [place, list] of lists.entries()) await advance({ place, rest: list[Symbol.asyncIterator](), rows: [], at: 0 });
    let out: Row[] = [];
    let last: Row | undefined;
    /** Whether the accumulator of the last row is nobody else's. */
    let own = false;
    for (let cursor = cursors.shift(); cursor !== undefined; cursor = cursors.shift()) {
      const row = cursor.rows[cursor.at++];
      if (row !== undefined) {
        if (last !== undefined && compareRows(last, row) === 0) {
          last = [last[0], last[1], merge(own ? last[2] : merge(zero(), last[2]), row[2])];
          own = true;
        } else {
          if (last !== undefined) out.push(last);
          last = row;
          own = false;
        }
      }
      if (cursor.at < cursor.rows.length) enter(cursor, cursor.rows[cursor.at] ?? row ?? ['', 0, undefined]);
      else await advance(cursor);
      if (out.length < AT_ONCE) continue;
      yield out;
      out = [];
    }
    if (last !== undefined) out.push(last);
    yield out;
  } finally {
    // Whoever stops early leaves no file open.
    for (const { rest } of cursors) await rest.return?.();
  }
}
