/** The entries with a sub-key below one key, in order: two parallel sorted arrays, found by binary search. Appending, as time does, costs no shift. */
import type { Sub } from '../core/values.js';

/** Ordered entries. In an overlay `own` holds the subs whose values are its own; the others still belong to the base. */
export interface RowList {
  subs: Sub[];
  values: unknown[];
  readonly own: Set<Sub> | undefined;
}

/** Is `a` before `b`? Numbers come before strings; strings by code unit. */
export const before = (a: Sub, b: Sub): boolean => (typeof a === typeof b ? a < b : typeof a === 'number');

/** Index of the first entry that is not before `sub`. */
export function lowerBound(subs: readonly Sub[], sub: Sub): number {
  const last = subs.at(-1);
  if (last === undefined || before(last, sub)) return subs.length;
  let low = 0;
  let high = subs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(subs[middle] ?? 0, sub)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of `sub`, or -1. */
export function find(rows: RowList, sub: Sub): number {
  const index = lowerBound(rows.subs, sub);
  return index < rows.subs.length && rows.subs[index] === sub ? index : -1;
}

/** Sets one entry, in its place. */
export function put(rows: RowList, sub: Sub, value: unknown): void {
  const index = lowerBound(rows.subs, sub);
  if (index === rows.subs.length) {
    rows.subs.push(sub);
    rows.values.push(value);
  } else if (rows.subs[index] === sub) rows.values[index] = value;
  else {
    rows.subs.splice(index, 0, sub);
    rows.values.splice(index, 0, value);
  }
  rows.own?.add(sub);
}

/** Removes one entry; `false` if there was none. */
export function remove(rows: RowList, sub: Sub): boolean {
  const index = find(rows, sub);
  if (index < 0) return false;
  rows.subs.splice(index, 1);
  rows.values.splice(index, 1);
  rows.own?.delete(sub);
  return true;
}
