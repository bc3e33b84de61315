/** What is in memory of a table on the disk: entries by key, those that were changed and those that are only near. */
import type { Key } from '../../core/values.js';
import type { RowList } from '../rows.js';

/** Checksum of an entry as it is on the disk; or these. */
export const ABSENT = -1;
export const UNKNOWN = -2;

/** One entry: a value, or `undefined` if there is none. */
export interface Cell {
  value: unknown;
  /** The value is not (only) on the disk: it was set, deleted or handed out to be changed. */
  dirty: boolean;
  /** Its checksum on the disk, {@link ABSENT} or {@link UNKNOWN}. */
  stored: number;
  /** What `stored` will be when the commit under way is true. */
  written: number;
}

/** One key. */
export interface Kept extends Cell {
  readonly key: Key;
  /** Whether `value` says what is there; else only `rows` do. */
  known: boolean;
  rows: Rows | undefined;
}

/** Rows of a key, in order; their values are cells. */
export interface Rows extends RowList {
  readonly own: undefined;
  /** No row on the disk is missing here. */
  complete: boolean;
  /** Too many to be kept whole. */
  big: boolean;
}

export const newKept = (key: Key, known: boolean, value: unknown, stored: number): Kept => ({ value, dirty: false, stored, written: stored, key, known, rows: undefined });
export const newCell = (value: unknown, stored: number): Cell => ({ value, dirty: false, stored, written: stored });
export const newRows = (complete: boolean): Rows => ({ subs: [], values: [], own: undefined, complete, big: false });
/** A row: what `put` of rows.ts was given. */
export const cellAt = (rows: Rows, index: number): Cell => rows.values[index] as Cell; // only cells are put there
