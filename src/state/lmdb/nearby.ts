/** What is in memory of one table: the overlay, and around it what was used lately. Finds entries here or on the disk. */
import type { Slot } from '../../core/key.js';
import type { Key, Sub } from '../../core/values.js';
import { before, find, lowerBound, put } from '../rows.js';
import type { Base } from './base.js';
import type { Cache } from './cache.js';
import { ABSENT, cellAt, newCell, newKept, newRows, UNKNOWN, type Cell, type Kept, type Rows } from './kept.js';

/** More rows than this of one key are read from the disk each time. */
const MOST_NEAR = 256;

export interface Nearby {
  /** The overlay: keys of which something is dirty. */
  main: Map<Slot, Kept>;
  find(slot: Slot): Kept | undefined;
  /** What is known of a key, its own entry read from the disk if need be; `undefined`: nothing is there. */
  load(key: Key, slot: Slot): Kept | undefined;
  loadRow(key: Key, slot: Slot, sub: Sub): Cell | undefined;
  /** A key that is to be written: in the overlay from now on. */
  own(key: Key, slot: Slot): Kept;
  /** Was the key looked for last, in vain? It is often set next. */
  missed(slot: Slot): boolean;
  rowsOf(kept: Kept): Rows;
  cellOf(kept: Kept | undefined, sub: Sub): Cell | undefined;
  /** All rows of a key, brought here unless there are too many; `undefined`: there are none. */
  complete(key: Key, slot: Slot): Rows | undefined;
  /** Rows that are here in [from, to), behind `after`; looked for anew after each, for they may have come and gone. */
  rows(slot: Slot, from?: Sub, to?: Sub, after?: Sub): Generator<readonly [Sub, unknown]>;
  /** The overlay, of so many entries and bytes, is on the disk. Each step may be a pause. */
  settle(entries: number, bytes: number): Generator<void, void>;
  close(): void;
}

/** `count` tells how many entries `base` has. */
export function nearby(base: Base, count: () => number, cache: Cache): Nearby {
  let young = new Map<Slot, Kept>();
  let old = new Map<Slot, Kept>();
  let lastMissed: Slot | undefined;
  const turn = (): void => {
    old = young;
    young = new Map();
  };
  cache.turns.add(turn);

  const remember = (slot: Slot, kept: Kept, bytes: number): void => {
    young.set(slot, kept);
    cache.add(1, bytes);
  };
  const nextRow = (slot: Slot, from: Sub | undefined, behind: boolean, to: Sub | undefined): Sub | undefined => {
    const rows = self.find(slot)?.rows;
    if (rows === undefined) return undefined;
    for (let i = from === undefined ? 0 : lowerBound(rows.subs, from); i < rows.subs.length; i++) {
      const sub = rows.subs[i];
      if (sub === undefined || (to !== undefined && !before(sub, to))) return undefined;
      if ((!behind || sub !== from) && cellAt(rows, i).value !== undefined) return sub;
    }
    return undefined;
  };

  const self: Nearby = {
    main: new Map(),
    find(slot) {
      const kept = self.main.get(slot) ?? young.get(slot);
      if (kept !== undefined) return kept;
      const older = old.get(slot);
      if (older !== undefined) remember(slot, older, 0);
      return older;
    },
    load(key, slot) {
      const kept = self.find(slot);
      if (kept?.known === true) return kept;
      const found = count() === 0 ? undefined : base.get(key);
      if (found === undefined && kept === undefined) {
        lastMissed = slot;
        return undefined;
      }
      const known = kept ?? newKept(key, true, undefined, ABSENT);
      known.known = true;
      known.value = found?.value;
      known.stored = found?.stored ?? ABSENT;
      if (kept === undefined) remember(slot, known, found?.bytes ?? 0);
      return known;
    },
    loadRow(key, slot, sub) {
      const kept = self.find(slot);
      const cell = self.cellOf(kept, sub);
      if (cell !== undefined || kept?.rows?.complete === true || count() === 0) return cell;
      const found = base.get(key, sub);
      if (found === undefined) return undefined;
      const row = newCell(found.value, found.stored);
      const owner = kept ?? newKept(key, false, undefined, UNKNOWN);
      put(self.rowsOf(owner), sub, row);
      if (kept === undefined) remember(slot, owner, found.bytes);
      else cache.add(1, found.bytes);
      return row;
    },
    own(key, slot) {
      const kept = self.find(slot) ?? newKept(key, false, undefined, UNKNOWN);
      if (!kept.known && count() === 0) {
        kept.known = true;
        kept.stored = ABSENT;
      }
      self.main.set(slot, kept);
      return kept;
    },
    missed: slot => lastMissed === slot,
    rowsOf: kept => (kept.rows ??= newRows(count() === 0)),
    cellOf(kept, sub) {
      const rows = kept?.rows;
      const index = rows === undefined ? -1 : find(rows, sub);
      return rows === undefined || index < 0 ? undefined : cellAt(rows, index);
    },
    complete(key, slot) {
      const kept = self.find(slot);
      if (kept?.rows?.complete === true || kept?.rows?.big === true || count() === 0) return kept?.rows;
      const { rows, more } = base.rows(key, undefined, undefined, MOST_NEAR);
      if (rows.length === 0 && kept === undefined) return undefined;
      const owner = kept ?? newKept(key, false, undefined, UNKNOWN);
      const list = self.rowsOf(owner);
      list.big = more;
      list.complete = !more;
      let bytes = 0;
      for (const { sub, value, stored, bytes: length } of more ? [] : rows) {
        if (sub === undefined || find(list, sub) >= 0) continue;
        put(list, sub, newCell(value, stored));
        bytes += length;
      }
      if (kept === undefined) young.set(slot, owner);
      cache.add(more ? 1 : rows.length, bytes);
      return list;
    },
    *rows(slot, from, to, after) {
      let at = after ?? from;
      for (let behind = after !== undefined; ; behind = true) {
        const sub = nextRow(slot, at, behind, to);
        if (sub === undefined) return;
        yield [sub, self.cellOf(self.find(slot), sub)?.value];
        at = sub;
      }
    },
    *settle(entries, bytes) {
      lastMissed = undefined;
      const { main } = self;
      self.main = new Map();
      for (const [slot, kept] of main) {
        if (kept.known && kept.stored === ABSENT && (kept.rows === undefined || kept.rows.subs.length === 0)) {
          main.delete(slot);
          young.delete(slot);
          old.delete(slot);
        }
        yield;
      }
      if (!cache.holds(entries, bytes)) {
        // What is young or old may be what was in the overlay: all of it goes.
        young = new Map();
        old = new Map();
        return;
      }
      const [small, large] = main.size > young.size ? [young, main] : [main, young];
      for (const [slot, kept] of small) {
        if (small === main || !large.has(slot)) large.set(slot, kept);
        yield;
      }
      young = large;
      cache.add(entries, bytes);
    },
    close() {
      cache.turns.delete(turn);
      self.main = new Map();
      young = new Map();
      old = new Map();
    },
  };
  return self;
}
