/** Keys: which values may be one, and the canonical form under which equal ones meet. */
import { DataError } from './errors.js';
import type { Key } from './values.js';

const HINT = 'A key is a string, a number, a bigint, a boolean, or an array of those. Return such a value from keyBy, or filter the record out before it.';

/** The key itself in canonical form (-0 is 0). Throws a {@link DataError} for anything that cannot be a key. */
export function canonicalKey(key: unknown): Key {
  switch (typeof key) {
    case 'string':
    case 'bigint':
    case 'boolean':
      return key;
    case 'number':
      if (Number.isNaN(key)) throw new DataError('key', `The key is NaN. ${HINT}`, key);
      return key === 0 ? 0 : key;
    default:
      if (Array.isArray(key)) return key.map(canonicalKey);
      throw new DataError('key', `The key is ${key === null ? 'null' : typeof key}. ${HINT}`, key);
  }
}

/** A text that is the same for equal keys and differs for all others, also between types (1, '1' and 1n differ). */
export function keyText(key: Key): string {
  switch (typeof key) {
    case 'string':
      return `s${key.length}:${key}`;
    case 'number':
      return `n${key === 0 ? 0 : key};`;
    case 'bigint':
      return `i${key};`;
    case 'boolean':
      return key ? 't' : 'f';
    default:
      return `[${key.map(keyText).join('')}]`;
  }
}

/** What stands for a key in a Map: itself, if a Map tells it from all others; else a text that no key is. */
export type Slot = string | number | bigint | boolean;

export const isSlot = (key: Key): key is Slot => (typeof key === 'string' ? key.charCodeAt(0) !== 0 : typeof key !== 'object');
export const slotOf = (key: Key): Slot => (isSlot(key) ? key : `\u0000${keyText(key)}`);

/** Orders canonical keys: `false`, `true`, numbers, bigints, texts by code unit, tuples member by member; 0 only of equal ones. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a !== typeof b) return RANKS.indexOf(typeof a) - RANKS.indexOf(typeof b);
  if (typeof a !== 'object' || typeof b !== 'object') return a < b ? -1 : a > b ? 1 : 0;
  for (const [i, member] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    const order = compareKeys(member, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

const RANKS: readonly string[] = ['boolean', 'number', 'bigint', 'string', 'object'];
