/**
 * One commit, one transaction: is the generation still ours, then the changes of each table in the order of the disk, then the catalogue. It yields when it is told to; whatever ends it before its end leaves
 * the store as it was.
 */
import { MillraceError } from '../../core/errors.js';
import { compareKeys } from '../../core/key.js';
import type { Key } from '../../core/values.js';
import { encodeEntry, storedChecksum } from '../codec.js';
import { keyBytes } from '../key-bytes.js';
import { KEY_GROUPS, keyGroup } from '../key-group.js';
import { before } from '../rows.js';
import { entryTitle, tableTitle, type Base, type TableInfo } from './base.js';
import { encodeOwn, MODULUS, placeOfTable } from './catalogue.js';
import { diskValue, keyAt, tableBounds } from './disk-key.js';
import type { Handle } from './handle.js';
import { ABSENT, UNKNOWN } from './kept.js';
import type { Change, DiskTable } from './table.js';

/** A table of the overlay, and what the disk has of it. */
export interface Written {
  readonly info: TableInfo;
  readonly base: Base;
  readonly table: DiskTable;
}

/** What the changes of one table come to. */
export interface Totals {
  entries: number;
  bytes: number;
  count: number;
  sum: number;
}

interface Sorted {
  readonly change: Change;
  readonly bytes: Buffer;
}

/** Waits if need be. */
export type Pause = () => Promise<void> | undefined;

/** Writes the changes of one table. */
export async function writeTable(handle: Handle, { info, base, table }: Written, pause: Pause): Promise<Totals> {
  const totals: Totals = { entries: 0, bytes: 0, count: info.count, sum: info.sum };
  const groups: Sorted[][] = Array.from({ length: KEY_GROUPS }, () => []);
  let key: Key | undefined;
  let bytes: Buffer | undefined;
  let group = 0;
  for (const change of table.changes()) {
    // Rows of one key come one after the other.
    if (bytes === undefined || change.key !== key) {
      ({ key } = change);
      bytes = keyBytes(change.key);
      group = keyGroup(bytes);
    }
    groups[group]?.push({ change, bytes });
    const wait = pause();
    if (wait !== undefined) await wait;
  }
  for (const [at, changes] of groups.entries()) {
    changes.sort(inOrder);
    for (const { change, bytes: plain } of changes) {
      writeChange(handle, info, base, change, plain, at, totals);
      const wait = pause();
      if (wait !== undefined) await wait;
    }
  }
  return totals;
}

const inOrder = (a: Sorted, b: Sorted): number => {
  const x = a.change;
  const y = b.change;
  if (typeof x.key === 'string' && typeof y.key === 'string') {
    if (x.key !== y.key) return x.key < y.key ? -1 : 1;
  } else {
    const order = compareKeys(x.key, y.key);
    if (order !== 0) return order;
  }
  if (x.sub === undefined || y.sub === undefined) return x.sub === y.sub ? 0 : x.sub === undefined ? -1 : 1;
  return before(x.sub, y.sub) ? -1 : 1;
};

function writeChange(handle: Handle, info: TableInfo, base: Base, { cell, key, sub }: Change, plain: Buffer, group: number, totals: Totals): void {
  const place = keyAt(info.id, plain, group, sub);
  const old = cell.stored === UNKNOWN ? (info.count === 0 ? undefined : base.peek(key, sub)) : cell.stored === ABSENT ? undefined : cell.stored;
  if (old !== undefined) {
    totals.count--;
    totals.sum = (totals.sum + MODULUS - old) % MODULUS;
  }
  totals.entries++;
  if (cell.value === undefined) {
    cell.written = ABSENT;
    totals.bytes += place.bytes.length;
    if (old !== undefined) handle.remove(place.bytes);
    return;
  }
  const entry = encodeEntry(place.logical, cell.value, () => `${tableTitle(info)}, ${entryTitle(key, sub)}`);
  cell.written = storedChecksum(entry);
  totals.count++;
  totals.sum = (totals.sum + cell.written) % MODULUS;
  totals.bytes += place.bytes.length + entry.length;
  handle.put(place.bytes, diskValue(place, entry));
}

/** Removes all entries of a table. */
export async function removeTable(handle: Handle, id: number, pause: Pause): Promise<void> {
  const { start, end } = tableBounds(id);
  for (;;) {
    const { rows, more } = handle.chunk(start, end);
    for (const [place] of rows) {
      handle.remove(place);
      const wait = pause();
      if (wait !== undefined) await wait;
    }
    if (!more) return;
  }
}

/** Writes a table's entry in the catalogue, or removes it if the table is empty; gives the checksum it has from now on. */
export function writeInfo(handle: Handle, { id, step, name }: TableInfo, { count, sum }: { readonly count: number; readonly sum: number }): number {
  const place = placeOfTable(id);
  if (count === 0) {
    handle.remove(place);
    return 0;
  }
  const entry = encodeOwn(place, [step, name, count, sum]);
  handle.put(place, entry);
  return storedChecksum(entry);
}

export const fenced = (job: string, generation: number, ours: number): MillraceError =>
  new MillraceError('fenced', `Job "${job}" was opened again (generation ${generation}); generation ${ours} may not commit any more.`);

