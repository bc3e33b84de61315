/**
 * One commit, one transaction: is the generation still ours, then the changes of each table in the order of the disk, then the catalogue. It yields when it is told to; whatever ends it before its end leaves
 * the store as it was.
 */
import { MillraceError } from '../../core/errors.js';
import type { Key, Sub } from '../../core/values.js';
import { passingEntry, storedChecksum } from '../codec.js';
import { entryTitle, tableTitle, type Base, type TableInfo } from './base.js';
import { newBatch, type WriteEntry } from './batch.js';
import { encodeOwn, MODULUS, placeOfTable } from './catalogue.js';
import { diskValue, entryAt, placesOf, tableBounds } from './disk-key.js';
import type { Handle } from './handle.js';
import { ABSENT, UNKNOWN } from './kept.js';
import type { DiskTable, Visit } from './table.js';

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

/** Waits if need be. */
export type Pause = () => Promise<void> | undefined;

/** Writes the changes of one table. */
export async function writeTable(handle: Handle, { info, table }: Written, pause: Pause): Promise<Totals> {
  const totals: Totals = { entries: 0, bytes: 0, count: info.count, sum: info.sum };
  const add = (checksum: number, sign: 1 | -1): void => {
    totals.count += sign;
    totals.sum = (totals.sum + MODULUS + sign * checksum) % MODULUS;
  };
  const places = placesOf(info.id);
  const batch = newBatch(table.dirty());
  const write: WriteEntry = (place, value, known) => {
    const old = known === UNKNOWN ? (info.count === 0 ? ABSENT : peek(handle, place)) : known;
    if (old !== ABSENT) add(old, -1);
    if (value !== undefined) handle.put(place, value);
    else if (old !== ABSENT) handle.remove(place);
  };
  const writeBatch = async (): Promise<void> => {
    for (const _ of batch.drain(write)) {
      const wait = pause();
      if (wait !== undefined) await wait;
    }
  };
  let full = false;
  let key: Key = '';
  let sub: Sub | undefined;
  const title = (): string => `${tableTitle(info)}, ${entryTitle(key, sub)}`;
  const visit: Visit = (cell, ofKey, ofSub) => {
    key = ofKey;
    sub = ofSub;
    const place = places.at(key, sub);
    const entry = cell.value === undefined ? undefined : passingEntry(place.logical, cell.value, title);
    totals.entries++;
    totals.bytes += place.bytes.length + (entry?.length ?? 0);
    cell.written = entry === undefined ? ABSENT : storedChecksum(entry);
    if (entry !== undefined) add(cell.written, 1);
    const value = entry === undefined ? undefined : diskValue(place, entry);
    full = !batch.add(key, sub, place.bytes, value, cell.stored);
    if (full) write(place.bytes, value, cell.stored); // at once: the order is for speed only
  };
  for (const _ of table.changes(visit)) {
    if (full) await writeBatch();
    full = false;
    const wait = pause();
    if (wait !== undefined) await wait;
  }
  await writeBatch();
  return totals;
}

/** The checksum of what stands at a place. */
function peek(handle: Handle, place: Buffer): number {
  const value = handle.get(place);
  return value === undefined ? ABSENT : storedChecksum(entryAt(place, value));
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

