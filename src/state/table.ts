/**
 * One table in memory: an overlay of what was written since the last commit, over a base that is only read. What is in the overlay is what is dirty, so nothing
 * else is kept per write, and a record's look-up is one look-up in one Map, which gives the object to change in place. Without a base it is a plain ordered map.
 *
 * Primitive keys are the keys of the Map itself: a Map tells 1, '1' and 1n apart and takes any string, `__proto__` included. A tuple stands in it as one array
 * object, found by its canonical text, so that one Map knows the order of all keys.
 */
import { MillraceError } from '../core/errors.js';
import { keyText } from '../core/key.js';
import type { StateTable } from '../core/state.js';
import type { Key, Sub } from '../core/values.js';
import { copyOf } from '../core/plain.js';
import { before, find, lowerBound, put, remove, type RowList } from './rows.js';

/** Stands in `main` for a key that has rows but no entry of its own. */
export const HOLE = Symbol('no entry without a sub-key');

/** What is kept of one table: every key that has anything is in `main`. */
export interface Layer {
  readonly main: Map<Key, unknown>;
  readonly rows: Map<Key, RowList>;
}

/** What a commit changes in a base. */
export interface Change {
  readonly gone: Iterable<Key>;
  readonly main: Iterable<readonly [Key, unknown]>;
  readonly rows: Iterable<readonly [Key, RowList]>;
}

/** A table and what its store does with it. */
export interface MemoryTable extends StateTable<unknown> {
  /** Entries in the overlay. */
  dirty(): number;
  isEmpty(): boolean;
  /** From now on writing throws; `undefined` unlocks. */
  lock(reason: string | undefined): void;
  /** The overlay copied, one entry at a time; each step may be a pause. */
  stage(): Generator<void, Change>;
  /** The overlay is in `base` now. */
  settle(base: Layer): void;
}

export const emptyLayer = (): Layer => ({ main: new Map(), rows: new Map() });

/** Writes a staged change into a base, one entry at a time. Writing it twice gives the same. */
export function* apply(change: Change, base: Layer): Generator<void, void> {
  for (const key of change.gone) {
    base.main.delete(key);
    base.rows.delete(key);
    yield;
  }
  for (const [key, value] of change.main) {
    base.main.set(key, value);
    yield;
  }
  for (const [key, rows] of change.rows) {
    if (rows.subs.length === 0) base.rows.delete(key);
    else base.rows.set(key, rows);
    yield;
  }
}

/** A table over `base`, or over nothing. `title` is for messages. */
export function memoryTable(title: string, base: Layer | undefined): MemoryTable {
  let main = new Map<Key, unknown>();
  let rows = new Map<Key, RowList>();
  /** Keys of the base that are hidden: forgotten, and perhaps set again later. */
  let gone = new Set<Key>();
  let rowWrites = 0;
  /** Canonical text -> the array that stands for the tuple. */
  let tuples: Map<string, Key> | undefined;
  let locked: string | undefined;

  const refuse = (): never => {
    throw new MillraceError('state-locked', `${title} cannot be written: ${locked ?? ''}`);
  };
  const knownTuples = (): Map<string, Key> => {
    if (tuples !== undefined) return tuples;
    tuples = new Map();
    for (const key of base?.main.keys() ?? []) if (typeof key === 'object') tuples.set(keyText(key), key);
    return tuples;
  };
  /** What stands for a key in the maps. */
  const slotOf = (key: Key): Key => (typeof key === 'object' ? (knownTuples().get(keyText(key)) ?? key) : key);
  const slotForWriting = (key: Key): Key => {
    if (typeof key !== 'object') return key;
    const text = keyText(key);
    const known = knownTuples().get(text);
    if (known !== undefined) return known;
    knownTuples().set(text, key);
    return key;
  };
  const inBase = (slot: Key): boolean => base !== undefined && base.main.has(slot) && !gone.has(slot);
  const baseValue = (slot: Key): unknown => (base === undefined || gone.has(slot) ? undefined : base.main.get(slot));
  const whereIs = (slot: Key, sub?: Sub) => (): string => `${title}, key ${keyText(slot).slice(0, 80)}${sub === undefined ? '' : `, row ${JSON.stringify(sub).slice(0, 80)}`}`;

  const rowsOf = (slot: Key): RowList | undefined => rows.get(slot) ?? (base === undefined || gone.has(slot) ? undefined : base.rows.get(slot));
  /** The rows of a key, the overlay's own from now on. Values stay the base's until they are touched. */
  const rowsForWriting = (slot: Key): RowList => {
    const own = rows.get(slot);
    if (own !== undefined) return own;
    const old = rowsOf(slot);
    const made: RowList = { subs: old === undefined ? [] : [...old.subs], values: old === undefined ? [] : [...old.values], own: base === undefined ? undefined : new Set() };
    rows.set(slot, made);
    return made;
  };
  /** A value of the base never leaves it: what leaves is a copy. */
  const shown = (list: RowList, index: number, slot: Key): unknown => {
    const value = list.values[index];
    const sub = list.subs[index];
    return base === undefined || sub === undefined || (list === rows.get(slot) && (list.own === undefined || list.own.has(sub))) ? value : copyOf(value, whereIs(slot, sub));
  };
  const forget = (slot: Key): void => {
    main.delete(slot);
    rows.delete(slot);
    if (inBase(slot)) gone.add(slot);
    else if (typeof slot === 'object' && base?.main.has(slot) !== true) tuples?.delete(keyText(slot));
  };
  /** The entry without a sub-key. */
  const entry = (slot: Key): unknown => {
    const value = main.get(slot);
    if (value !== undefined) return value === HOLE ? undefined : value;
    const old = baseValue(slot);
    return old === undefined || old === HOLE ? undefined : copyOf(old, whereIs(slot));
  };

  const deleteEntry = (slot: Key): void => {
    const value = main.get(slot) ?? baseValue(slot);
    if (value === undefined || value === HOLE) return;
    if ((rowsOf(slot)?.subs.length ?? 0) === 0) forget(slot);
    else main.set(slot, HOLE);
  };
  const deleteRow = (slot: Key, sub: Sub): void => {
    const old = rowsOf(slot);
    if (old === undefined || find(old, sub) < 0) return;
    const list = rowsForWriting(slot);
    remove(list, sub);
    rowWrites++;
    const value = main.get(slot) ?? baseValue(slot);
    if (list.subs.length === 0 && (value === undefined || value === HOLE)) forget(slot);
  };

  const write = (key: Key, value: unknown, sub: Sub | undefined): void => {
    if (locked !== undefined) refuse();
    if (value === undefined) return drop(key, sub);
    const slot = slotForWriting(key);
    if (sub === undefined) {
      main.set(slot, value);
      return;
    }
    put(rowsForWriting(slot), sub, value);
    rowWrites++;
    if (!inBase(slot) && !main.has(slot)) main.set(slot, HOLE);
  };
  /** Moves a value into the overlay. */
  const claim = (key: Key, sub: Sub | undefined): unknown => {
    if (locked !== undefined) refuse();
    const slot = slotOf(key);
    if (sub === undefined) {
      const copy = entry(slot);
      if (copy !== undefined && !main.has(slot)) main.set(slot, copy);
      return copy;
    }
    const old = rowsOf(slot);
    if (old === undefined || find(old, sub) < 0) return undefined;
    const list = rowsForWriting(slot);
    const index = find(list, sub);
    const value = shown(list, index, slot);
    list.values[index] = value;
    if (list.own !== undefined && !list.own.has(sub)) {
      list.own.add(sub);
      rowWrites++;
    }
    return value;
  };
  const drop = (key: Key, sub: Sub | undefined): void => {
    const slot = slotOf(key);
    if (sub === undefined) deleteEntry(slot);
    else deleteRow(slot, sub);
  };
  const rowsInOrder = function* (slot: Key, from?: Sub, to?: Sub): Generator<readonly [Sub, unknown]> {
    let list = rowsOf(slot);
    let index = list === undefined || from === undefined ? 0 : lowerBound(list.subs, from);
    while (list !== undefined) {
      const sub = list.subs[index];
      if (sub === undefined || (to !== undefined && !before(sub, to))) return;
      yield [sub, shown(list, index, slot)];
      // Rows may have come, gone or moved to the overlay in the meantime.
      list = rowsOf(slot);
      if (list === undefined) return;
      if (list.subs[index] !== sub) index = lowerBound(list.subs, sub);
      if (list.subs[index] === sub) index++;
    }
  };

  return {
    get(key, sub) {
      const slot = slotOf(key);
      if (sub === undefined) return entry(slot);
      const list = rowsOf(slot);
      const index = list === undefined ? -1 : find(list, sub);
      return list === undefined || index < 0 ? undefined : shown(list, index, slot);
    },
    // The hot path is one look-up and small enough to be inlined; all else is apart.
    edit(key, sub) {
      if (sub === undefined && locked === undefined && typeof key !== 'object') {
        const value = main.get(key);
        if (value !== undefined && value !== HOLE) return value;
        if (base === undefined) return undefined;
      }
      return claim(key, sub);
    },
    set(key, value, sub) {
      if (sub === undefined && locked === undefined && value !== undefined && typeof key !== 'object') main.set(key, value);
      else write(key, value, sub);
    },
    delete(key, sub) {
      if (locked !== undefined) refuse();
      drop(key, sub);
    },
    range: (key, from, to) => rowsInOrder(slotOf(key), from, to),
    *scan(keyGroup) {
      if (keyGroup !== undefined) throw new MillraceError('unsupported', `${title} is in memory and has no key groups; scan it whole.`);
      for (const slot of base?.main.keys() ?? []) {
        if (gone.has(slot)) continue;
        const value = entry(slot);
        if (value !== undefined) yield [slot, undefined, value];
        for (const [sub, row] of rowsInOrder(slot)) yield [slot, sub, row];
      }
      for (const [slot, value] of main) {
        if (inBase(slot)) continue;
        if (value !== HOLE) yield [slot, undefined, value];
        if (rows.size > 0) for (const [sub, row] of rowsInOrder(slot)) yield [slot, sub, row];
      }
    },
    *keys() {
      for (const slot of base?.main.keys() ?? []) if (!gone.has(slot)) yield slot;
      for (const slot of main.keys()) if (!inBase(slot)) yield slot;
    },
    dirty: () => main.size + rowWrites + gone.size,
    isEmpty: () => main.size === 0 && (base?.main.size ?? 0) === gone.size,
    lock(reason) {
      locked = reason;
    },
    *stage() {
      const changed: { gone: Key[]; main: (readonly [Key, unknown])[]; rows: (readonly [Key, RowList])[] } = { gone: [...gone], main: [], rows: [] };
      for (const [slot, value] of main) {
        changed.main.push([slot, value === HOLE ? HOLE : copyOf(value, whereIs(slot))]);
        yield;
      }
      for (const [slot, list] of rows) {
        const values: unknown[] = [];
        for (const [index, sub] of list.subs.entries()) {
          const mine = list.own === undefined || list.own.has(sub);
          values.push(mine ? copyOf(list.values[index], whereIs(slot, sub)) : list.values[index]);
          if (mine) yield;
        }
        changed.rows.push([slot, { subs: [...list.subs], values, own: undefined }]);
      }
      return changed;
    },
    settle(now) {
      base = now;
      main = new Map();
      rows = new Map();
      for (const slot of gone) if (typeof slot === 'object' && !now.main.has(slot)) tuples?.delete(keyText(slot));
      gone = new Set();
      rowWrites = 0;
    },
  };
}
