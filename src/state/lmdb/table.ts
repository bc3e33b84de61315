/**
 * One table on the disk: an overlay of what was written since the last commit, over what is near in memory, over what is on the disk. As in memory, what is in the overlay is what is dirty, and a record's look-up
 * is one look-up in one Map. Each entry in memory knows the checksum it has on the disk, or that it is not there, so that a commit can say what it adds to the table and takes from it without reading it again.
 */
import { MillraceError } from '../../core/errors.js';
import { isSlot, slotOf } from '../../core/key.js';
import type { StateTable } from '../../core/state.js';
import type { Key, Sub } from '../../core/values.js';
import { find, lowerBound, put } from '../rows.js';
import { keyBytes } from '../key-bytes.js';
import { keyGroup } from '../key-group.js';
import { tableTitle, type Base, type Found } from './base.js';
import type { Cache } from './cache.js';
import { ABSENT, cellAt, newCell, UNKNOWN, type Cell } from './kept.js';
import { nearby } from './nearby.js';

/** Told of an entry to be written, or removed if it has no value. */
export type Visit = (cell: Cell, key: Key, sub: Sub | undefined) => void;

/** A table and what its store does with it. */
export interface DiskTable extends StateTable<unknown> {
  /** Entries in the overlay. */
  dirty(): number;
  isEmpty(): boolean;
  /** From now on writing throws; `undefined` unlocks. */
  lock(reason: string | undefined): void;
  /** Tells of one entry that is dirty after the other; each step may be a pause. */
  changes(visit: Visit): Generator<void, void>;
  /** What was written is on the disk, `bytes` of it. Each step may be a pause. */
  settle(bytes: number): Generator<void, void>;
  /** Forgets everything; it stands for nothing any more. */
  close(): void;
}

/** A table over what the disk has of it; `count` tells how many entries those are. */
export function diskTable(name: { readonly step: string; readonly name: string }, base: Base, count: () => number, cache: Cache): DiskTable {
  const near = nearby(base, count, cache);
  let dirty = 0;
  let locked: string | undefined;

  const refuse = (): never => {
    throw new MillraceError('state-locked', `${tableTitle(name)} cannot be written: ${locked ?? ''}`);
  };
  const touch = (cell: Cell): void => {
    if (cell.dirty) return;
    cell.dirty = true;
    dirty++;
  };
  const stored = (cell: Cell, key: Key, sub?: Sub): number => {
    if (cell.stored === UNKNOWN) cell.stored = count() === 0 ? ABSENT : (base.peek(key, sub) ?? ABSENT);
    return cell.stored;
  };
  /** A cell that held nothing on the disk and holds nothing now is no change. */
  const clear = (cell: Cell, key: Key, sub?: Sub): void => {
    cell.value = undefined;
    if (stored(cell, key, sub) !== ABSENT) return touch(cell);
    if (cell.dirty) dirty--;
    cell.dirty = false;
  };

  const rowsInOrder = function* (key: Key, from?: Sub, to?: Sub): Generator<readonly [Sub, unknown]> {
    const slot = slotOf(key);
    const rows = near.complete(key, slot);
    if (rows === undefined || rows.complete) {
      yield* near.rows(slot, from, to);
      return;
    }
    let after: Sub | undefined;
    for (const { sub, value } of base.eachRow(key, from, to)) {
      if (sub === undefined) continue;
      for (const row of near.rows(slot, from, sub, after)) {
        yield row;
        after = row[0];
      }
      const cell = near.cellOf(near.find(slot), sub);
      if (cell === undefined ? count() > 0 : cell.value !== undefined) yield [sub, cell === undefined ? value : cell.value];
      after = sub;
    }
    yield* near.rows(slot, from, to, after);
  };

  const write = (key: Key, value: unknown, sub: Sub | undefined): void => {
    if (locked !== undefined) refuse();
    if (value === undefined) return erase(key, sub);
    const slot = slotOf(key);
    const kept = near.own(key, slot);
    if (sub === undefined) {
      if (!kept.known) kept.stored = near.missed(slot) ? ABSENT : UNKNOWN;
      kept.known = true;
      kept.value = value;
      return touch(kept);
    }
    const rows = near.rowsOf(kept);
    let cell = near.cellOf(kept, sub);
    if (cell === undefined) put(rows, sub, (cell = newCell(undefined, rows.complete ? ABSENT : UNKNOWN)));
    cell.value = value;
    touch(cell);
  };
  /** Moves a value into the overlay. */
  const claim = (key: Key, sub: Sub | undefined): unknown => {
    if (locked !== undefined) refuse();
    const slot = slotOf(key);
    const cell = sub === undefined ? near.load(key, slot) : near.loadRow(key, slot, sub);
    if (cell?.value === undefined) return undefined;
    near.own(key, slot);
    touch(cell);
    return cell.value;
  };
  const erase = (key: Key, sub: Sub | undefined): void => {
    const slot = slotOf(key);
    if (near.find(slot) === undefined && count() === 0) return;
    const kept = near.own(key, slot);
    if (sub === undefined) {
      if (!kept.known) kept.stored = UNKNOWN;
      kept.known = true;
      return clear(kept, key);
    }
    const rows = near.rowsOf(kept);
    let cell = near.cellOf(kept, sub);
    if (cell === undefined) {
      if (rows.complete) return;
      put(rows, sub, (cell = newCell(undefined, UNKNOWN)));
    }
    clear(cell, key, sub);
  };

  /** Is an entry of the disk hidden, or another now? */
  const current = ({ key, sub, value }: Found): unknown => {
    const kept = near.main.get(slotOf(key));
    const cell = sub === undefined ? (kept?.known === true ? kept : undefined) : near.cellOf(kept, sub);
    return cell === undefined ? value : cell.value;
  };
  const scan = function* (group?: number): Generator<readonly [Key, Sub | undefined, unknown]> {
    if (count() > 0) {
      for (const found of base.each(group)) {
        const value = current(found);
        if (value !== undefined) yield [found.key, found.sub, value];
      }
    }
    for (const kept of near.main.values()) {
      const { key, rows } = kept;
      if (group !== undefined && keyGroup(keyBytes(key)) !== group) continue;
      if (kept.dirty && kept.value !== undefined && stored(kept, key) === ABSENT) yield [key, undefined, kept.value];
      for (let i = 0; rows !== undefined && i < rows.subs.length; i++) {
        const sub = rows.subs[i];
        const cell = cellAt(rows, i);
        if (sub === undefined || !cell.dirty || cell.value === undefined || stored(cell, key, sub) !== ABSENT) continue;
        yield [key, sub, cell.value];
        if (rows.subs[i] !== sub) i = lowerBound(rows.subs, sub) - (find(rows, sub) < 0 ? 1 : 0);
      }
    }
  };

  return {
    get(key, sub) {
      const slot = slotOf(key);
      return (sub === undefined ? near.load(key, slot) : near.loadRow(key, slot, sub))?.value;
    },
    // The hot path is one look-up and small enough to be inlined; all else is apart.
    edit(key, sub) {
      if (sub === undefined && locked === undefined && isSlot(key)) {
        const kept = near.main.get(key);
        if (kept !== undefined && kept.dirty) return kept.value;
      }
      return claim(key, sub);
    },
    set(key, value, sub) {
      if (sub === undefined && locked === undefined && value !== undefined && isSlot(key)) {
        const kept = near.main.get(key);
        if (kept !== undefined && kept.dirty) {
          kept.value = value;
          return;
        }
      }
      write(key, value, sub);
    },
    delete(key, sub) {
      if (locked !== undefined) refuse();
      erase(key, sub);
    },
    range: rowsInOrder,
    scan,
    dirty: () => dirty,
    isEmpty: () => scan().next().done === true,
    lock(reason) {
      locked = reason;
    },
    *changes(visit) {
      for (const kept of near.main.values()) {
        const { key, rows } = kept;
        if (kept.dirty) visit(kept, key, undefined);
        yield;
        for (let i = 0; rows !== undefined && i < rows.subs.length; i++) {
          const cell = cellAt(rows, i);
          const sub = rows.subs[i];
          if (!cell.dirty || sub === undefined) continue;
          visit(cell, key, sub);
          yield;
        }
      }
    },
    *settle(bytes) {
      let entries = 0;
      const settleCell = (cell: Cell): void => {
        if (!cell.dirty) return;
        cell.dirty = false;
        cell.stored = cell.written;
        entries++;
      };
      for (const kept of near.main.values()) {
        settleCell(kept);
        const { rows } = kept;
        if (rows !== undefined) for (let i = rows.subs.length - 1; i >= 0; i--) {
          settleCell(cellAt(rows, i));
          if (cellAt(rows, i).stored !== ABSENT) continue;
          rows.subs.splice(i, 1);
          rows.values.splice(i, 1);
        }
        yield;
      }
      dirty = 0;
      yield* near.settle(entries, bytes);
    },
    close() {
      near.close();
      dirty = 0;
    },
  };
}
