/** A list over the rows of a key: entries by number, and the next number in a row of its own, behind them (texts come after numbers). Adding is one write, whatever the length. */
import type { Rows } from '../core/keyed.js';

/** Entries of one key in the order in which they were added. */
export interface List<V> {
  add(value: V): void;
  /** Taken as they are asked for. */
  values(): Iterable<V>;
  /** Forgets them all. */
  clear(): void;
}

const NEXT = 'next';

export function listOver<V>(rows: Rows<V | number>): List<V> {
  return {
    add(value) {
      const next = (rows.get(NEXT) ?? 0) as number; // this row holds nothing else
      rows.set(next, value);
      rows.set(NEXT, next + 1);
    },
    *values() {
      for (const [, value] of rows.range(Number.NEGATIVE_INFINITY, NEXT)) yield value as V; // numbered rows hold values
    },
    clear() {
      for (const [sub] of [...rows.range()]) rows.delete(sub);
    },
  };
}
