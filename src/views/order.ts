/** The order of keys and rows, and bringing keys into it in turns. */
import { compareKeys } from '../core/key.js';
import type { Key } from '../core/values.js';
import type { Row } from './rows.js';
import type { Turns } from './turns.js';

/** Orders rows by key, then by granule. */
export const compareRows = (a: Row, b: Row): number => (a[0] === b[0] ? 0 : compareKeys(a[0], b[0])) || a[1] - b[1];

/** Index of the first of `length` things that is not `before` what is looked for. */
export function firstNot(length: number, before: (index: number) => boolean): number {
  let low = 0;
  for (let high = length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (before(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those of sorted keys from `first` to `last`, both of them too. */
export function* keysBetween(keys: readonly Key[], first: Key | undefined, last: Key | undefined): Generator<Key, void> {
  for (let i = first === undefined ? 0 : firstNot(keys.length, at => compareKeys(keys[at] ?? first, first) < 0); i < keys.length; i++) {
    const key = keys[i];
    if (key === undefined || (last !== undefined && compareKeys(key, last) > 0)) return;
    yield key;
  }
}

/** Keys that are sorted at once. */
const PIECE = 2_048;

/** A merge sort that starts from sorted pieces: a million keys at once would hold the thread for a second. */
export async function keysSorted(keys: readonly Key[], turns: Turns): Promise<readonly Key[]> {
  let pieces: Key[][] = [];
  for (let i = 0; i < keys.length; i += PIECE) {
    pieces.push(keys.slice(i, i + PIECE).sort(compareKeys));
    await turns.over();
  }
  while (pieces.length > 1) {
    const halved: Key[][] = [];
    for (let i = 0; i < pieces.length; i += 2) halved.push(await mergedKeys(pieces[i] ?? [], pieces[i + 1] ?? [], turns));
    pieces = halved;
  }
  return pieces[0] ?? [];
}

async function mergedKeys(a: readonly Key[], b: readonly Key[], turns: Turns): Promise<Key[]> {
  const all: Key[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const [one, other] = [a[i], b[j]];
    const earlier = other === undefined || (one !== undefined && compareKeys(one, other) <= 0);
    const key = earlier ? one : other;
    if (earlier) i++;
    else j++;
    if (key !== undefined) all.push(key);
    if (all.length % PIECE === 0) await turns.over();
  }
  return all;
}
