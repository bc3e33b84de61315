/** What one table has on the disk, entry by entry and in parts: read when it is asked for, checked when it is read. */
import { DataError } from '../../core/errors.js';
import { keyText } from '../../core/key.js';
import type { Key, Sub } from '../../core/values.js';
import { decodeEntry, storedChecksum } from '../codec.js';
import { before } from '../rows.js';
import { diskEntry, isCut, placesOf, rowBounds, sameCut, tableBounds, type DiskEntry } from './disk-key.js';
import type { Handle } from './handle.js';
import type { ReadTransaction } from './peer.js';

/** A table as the catalogue has it. */
export interface TableInfo {
  readonly id: number;
  step: string;
  readonly name: string;
  /** Entries on the disk, and the sum of their checksums, modulo 2^48. */
  count: number;
  sum: number;
  /** Checksum of its own entry in the catalogue, 0 if it has none. */
  stored: number;
}

/** An entry that was found; `bytes`: how long it is there. */
export interface Found {
  readonly key: Key;
  readonly sub: Sub | undefined;
  readonly value: unknown;
  readonly stored: number;
  readonly bytes: number;
}

export interface Base {
  get(key: Key, sub?: Sub): Found | undefined;
  /** The checksum of an entry, without reading it; `undefined` if there is none. */
  peek(key: Key, sub?: Sub): number | undefined;
  /** Rows of a key in [from, to), in order, at most about `most`. */
  rows(key: Key, from: Sub | undefined, to: Sub | undefined, most: number): { readonly rows: readonly Found[]; readonly more: boolean };
  /** All rows of a key in [from, to), in order, read in parts. */
  eachRow(key: Key, from?: Sub, to?: Sub): Generator<Found, void>;
  /** All entries, or those of one key group, in the order of the disk, read in parts. */
  each(group?: number): Generator<Found, void>;
}

/** `at` is what to read instead of the last commit. */
export function baseOf(handle: Handle, info: TableInfo, at?: ReadTransaction): Base {
  const titleOf = (key: Key, sub?: Sub) => (): string => `${tableTitle(info)}, ${entryTitle(key, sub)}`;
  const read = ({ key, sub, logical, entry }: DiskEntry): Found => ({ key, sub, value: decodeEntry(logical, entry, titleOf(key, sub)), stored: storedChecksum(entry), bytes: entry.length });
  const parsed = ([place, value]: readonly [Buffer, Buffer]): DiskEntry => {
    try {
      return diskEntry(place, value);
    } catch (cause) {
      throw new DataError('state-damaged', `${tableTitle(info)}: there is an entry at what is no key (${place.toString('hex').slice(0, 80)}). The store is damaged; go back to a savepoint, or begin anew without state.`, undefined, { cause });
    }
  };
  const places = placesOf(info.id);
  const found = (key: Key, sub: Sub | undefined): DiskEntry | undefined => {
    const place = places.at(key, sub);
    const value = handle.get(place.bytes, at);
    if (value === undefined) return undefined;
    if (place.bytes === place.logical) return { key, sub, logical: place.logical, entry: value };
    return { ...parsed([place.bytes, value]), key, sub, logical: place.logical };
  };
  const parts = function* (start: Buffer, end: Buffer): Generator<readonly [Buffer, Buffer], void> {
    for (let from = start, behind = false; ; behind = true) {
      const { rows, more } = handle.chunk(from, end, { behind, at });
      yield* rows;
      const last = rows.at(-1);
      if (!more || last === undefined) return;
      from = last[0];
    }
  };
  const rowsIn = function* (key: Key, from?: Sub, to?: Sub): Generator<Found, void> {
    const { start, end } = rowBounds(info.id, key, from, to);
    let alike: { readonly place: Buffer; readonly rows: Found[] } | undefined;
    const inside = ({ sub }: Found): boolean => sub !== undefined && (from === undefined || !before(sub, from)) && (to === undefined || before(sub, to));
    const sorted = (rows: Found[]): Found[] => rows.filter(inside).sort((a, b) => (before(a.sub ?? 0, b.sub ?? 0) ? -1 : 1));
    for (const row of parts(start, end)) {
      const [place] = row;
      const next = read(parsed(row));
      if (alike !== undefined && !sameCut(alike.place, place)) {
        yield* sorted(alike.rows);
        alike = undefined;
      }
      if (alike !== undefined) alike.rows.push(next);
      else if (isCut(place)) alike = { place, rows: [next] };
      else if (inside(next)) yield next;
    }
    if (alike !== undefined) yield* sorted(alike.rows);
  };
  return {
    get(key, sub) {
      const entry = found(key, sub);
      return entry === undefined ? undefined : read(entry);
    },
    peek(key, sub) {
      const entry = found(key, sub);
      return entry === undefined ? undefined : storedChecksum(entry.entry);
    },
    rows(key, from, to, most) {
      const rows: Found[] = [];
      for (const row of rowsIn(key, from, to)) {
        if (rows.length >= most) return { rows, more: true };
        rows.push(row);
      }
      return { rows, more: false };
    },
    eachRow: rowsIn,
    *each(group) {
      const { start, end } = tableBounds(info.id, group);
      for (const row of parts(start, end)) yield read(parsed(row));
    },
  };
}

/** How messages name a table and an entry of it. */
export const tableTitle = ({ step, name }: { readonly step: string; readonly name: string }): string => `State of step "${step}", table "${name}"`;
export const entryTitle = (key: Key, sub?: Sub): string => `key ${keyText(key).slice(0, 80)}${sub === undefined ? '' : `, row ${JSON.stringify(sub).slice(0, 80)}`}`;
