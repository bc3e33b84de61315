/** What a query is, and what its rows are compared by. */
import { createHash } from 'node:crypto';
import type { Stream } from 'millrace';
import type { Input } from './events.js';

/** A row of results; its columns in the order in which they are written. */
export type Row = object;

export interface Query {
  /** What it asks, in a few words. */
  readonly about: string;
  readonly rows: (input: Input) => Stream<Row>;
  /** Of an updating query: the columns that say which row a new one replaces. Absent: rows are appended. */
  readonly key?: readonly string[];
}

/** What stands in the end: all rows, or the last of each key; as lines of JSON, sorted by code unit. */
export function finalRows(query: Query, rows: readonly Row[]): readonly string[] {
  const { key } = query;
  const lines = rows.map(row => JSON.stringify(row));
  if (key === undefined) return lines.toSorted(byCodeUnit);
  const table = new Map<string, string>();
  for (const [index, row] of rows.entries()) table.set(key.map(column => String((row as Readonly<Record<string, unknown>>)[column])).join('|'), lines[index] ?? ''); // rows are plain objects
  return [...table.values()].toSorted(byCodeUnit);
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** SHA-256 over the lines, each followed by a line feed. */
export function digestOf(lines: readonly string[]): string {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(`${line}\n`, 'utf8');
  return hash.digest('hex');
}
