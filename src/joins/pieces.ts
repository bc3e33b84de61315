/**
 * The records of one side of a join that wait for the other side: one table per piece of time, in it each key's rows by time. A piece is dropped whole when its last record has waited
 * long enough, so that forgetting costs nothing per record or key; a timer for each key, and rows taken away one by one, cost more than the join.
 */
import type { KeyedContext } from '../core/keyed.js';
import type { StateTable } from '../core/state.js';
import type { Key, Time } from '../core/values.js';

/** A record that waits. */
export interface Row {
  readonly time: Time;
  readonly value: unknown;
  /** It has been in a match, or was given without one. */
  matched: boolean;
}

/** Records from `start` up to, not including, `end`. */
export interface Piece {
  readonly start: Time;
  readonly end: Time;
  readonly name: string;
  /** Rows of a key by time, those of one time as they came. */
  readonly table: StateTable<Row[]>;
}

export interface Pieces {
  /** By time. */
  readonly list: readonly Piece[];
  /** Index in `list` of the first that has room for `time` or later. */
  from(time: Time): number;
  /** @returns the piece it is in now. */
  add(key: Key, row: Row): Piece;
  /** The first row of this key and time that is in no match. */
  unmatched(key: Key, time: Time): Row | undefined;
  /** Forgets the pieces that end at or before `time`. */
  dropBefore(time: Time): void;
  rows(): Iterable<readonly [Key, Row]>;
}

/** Pieces of `width` milliseconds; with `Infinity` there is one. Restored ones are in it. */
export function openPieces(context: KeyedContext<never>, side: 'left' | 'right', width: number): Pieces {
  const list: Piece[] = [];
  /** That of the last record, most likely that of the next. */
  let nearest: Piece | undefined;

  const from = (time: Time): number => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle]?.end ?? 0) > time) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const open = (start: Time): Piece => {
    const name = `${side} ${start}`;
    const piece: Piece = { start, end: start === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : start + width, name, table: context.table(name) };
    list.splice(from(start), 0, piece);
    return piece;
  };
  const pieceOf = (time: Time): Piece => {
    if (nearest !== undefined && time >= nearest.start && time < nearest.end) return nearest;
    const found = list[from(time)];
    nearest = found !== undefined && found.start <= time ? found : open(width === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.floor(time / width) * width);
    return nearest;
  };
  for (const name of context.tables()) if (name.startsWith(`${side} `)) open(Number(name.slice(side.length + 1)));

  return {
    list,
    from,
    add(key, row) {
      const piece = pieceOf(row.time);
      const rows = piece.table.edit(key);
      if (rows === undefined) piece.table.set(key, [row]);
      else {
        // Most come in order.
        let at = rows.length;
        while (at > 0 && (rows[at - 1]?.time ?? 0) > row.time) at--;
        if (at === rows.length) rows.push(row);
        else rows.splice(at, 0, row);
      }
      return piece;
    },
    unmatched(key, time) {
      const rows = pieceOf(time).table.edit(key);
      if (rows === undefined) return undefined;
      for (let i = firstAt(rows, time); i < rows.length; i++) {
        const row = rows[i];
        if (row === undefined || row.time > time) return undefined;
        if (!row.matched) return row;
      }
      return undefined;
    },
    dropBefore(time) {
      let n = 0;
      for (const piece of list) {
        if (piece.end > time) break;
        context.drop(piece.name);
        if (piece === nearest) nearest = undefined;
        n++;
      }
      list.splice(0, n);
    },
    *rows() {
      for (const { table } of list) for (const [key, , rows] of table.scan()) for (const row of rows) yield [key, row];
    },
  };
}

/** Index of the first row that is not before `time`. */
export function firstAt(rows: readonly Row[], time: Time): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
