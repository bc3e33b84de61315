/**
 * Where an entry stands on the disk: `[table u32][key group u16][key][sub-key]`. LMDB takes keys of 1,978 bytes. A longer key stands as its SHA-256, a longer sub-key as its first bytes and its SHA-256
 * (so that sub-keys stay in order, but for those that begin alike, which a reader sorts); the whole of both then stands before the value.
 *
 * The *logical* key is the one without cuts: it is what the checksum covers. Nobody can make two keys with one SHA-256; if somebody does, the one that was there is found damaged, not taken for the other.
 */
import { createHash } from 'node:crypto';
import type { Key, Sub } from '../../core/values.js';
import { viewsFrom } from '../../core/views.js';
import { keyBytes, keyOf, subBytes, writeKey, writeSub, type Output } from '../key-bytes.js';
import { keyGroup } from '../key-group.js';

/** Longest key and longest sub-key that stand as they are. */
export const WHOLE = 900;
const HASH = 32;
/** No key begins with it. */
const LONG_KEY = 0xf0;
/** Stands in no text, and every sub-key that is long is one. */
const LONG_SUB = 0xff;
/** Bytes of table and key group. */
export const HEAD = 6;

/** The place of one entry. */
export interface DiskKey {
  readonly bytes: Buffer;
  /** The same buffer, unless something is cut. */
  readonly logical: Buffer;
}

const hash = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export function diskKey(table: number, key: Key, sub?: Sub): DiskKey {
  const plain = keyBytes(key);
  const group = keyGroup(plain);
  const row = sub === undefined ? undefined : subBytes(sub);
  const logical = joined(table, group, plain, row);
  if (plain.length <= WHOLE && (row === undefined || row.length <= WHOLE)) return { bytes: logical, logical };
  return { bytes: joined(table, group, keyPart(plain), row === undefined ? undefined : subPart(row)), logical };
}

/** The places of one table, written over each other: what was given last is of no use after the next call. A commit of many entries spends more on buffers than on what stands in them. */
export interface Places {
  /** As {@link diskKey}. */
  at(key: Key, sub: Sub | undefined): DiskKey;
}

/** So many bytes are written over; a place that may need more gets bytes of its own. */
const ROOM = 8_192;

export function placesOf(table: number): Places {
  const bytes = Buffer.alloc(ROOM);
  bytes.writeUInt32BE(table, 0);
  const out: Output = { bytes, length: HEAD };
  const placeTo = viewsFrom(bytes, 0);
  const keyTo = viewsFrom(bytes, HEAD);
  const made: (DiskKey | undefined)[] = Array.from({ length: HEAD + 2 * WHOLE + 1 }, () => undefined);
  return {
    at(key, sub) {
      out.bytes = bytes; // larger ones are not kept
      out.length = HEAD;
      writeKey(key, out);
      const end = out.length;
      if (out.bytes !== bytes) return diskKey(table, key, sub);
      const group = keyGroup(keyTo(end));
      if (sub !== undefined) writeSub(sub, out);
      const { length } = out;
      if (out.bytes !== bytes || end > HEAD + WHOLE || length > end + WHOLE) return diskKey(table, key, sub);
      bytes[4] = group >>> 8;
      bytes[5] = group;
      let place = made[length];
      if (place === undefined) {
        const whole = placeTo(length);
        made[length] = place = { bytes: whole, logical: whole };
      }
      return place;
    },
  };
}

function joined(table: number, group: number, key: Buffer, sub: Buffer | undefined): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + key.length + (sub?.length ?? 0));
  bytes.writeUInt32BE(table, 0);
  bytes.writeUInt16BE(group, 4);
  key.copy(bytes, HEAD);
  sub?.copy(bytes, HEAD + key.length);
  return bytes;
}

const keyPart = (key: Buffer): Buffer => (key.length <= WHOLE ? key : Buffer.concat([Buffer.from([LONG_KEY]), hash(key)]));
const subPart = (sub: Buffer): Buffer => (sub.length <= WHOLE ? sub : Buffer.concat([sub.subarray(0, WHOLE), Buffer.from([LONG_SUB]), hash(sub)]));

/** From where to where the rows of one key stand that may lie in [from, to); of long sub-keys some outside too. */
export function rowBounds(table: number, key: Key, from?: Sub, to?: Sub): { readonly start: Buffer; readonly end: Buffer } {
  const plain = keyBytes(key);
  const head = joined(table, keyGroup(plain), keyPart(plain), undefined);
  const low = from === undefined ? Buffer.from([1]) : subBytes(from).subarray(0, WHOLE); // 1: behind the entry without a sub-key
  const high = to === undefined ? undefined : subBytes(to);
  return { start: Buffer.concat([head, low]), end: Buffer.concat([head, high === undefined ? Buffer.from([0xff]) : high.length <= WHOLE ? high : Buffer.concat([high.subarray(0, WHOLE), Buffer.from([0xff, 0xff])])]) };
}

/** From where to where a table stands, or one key group of it. */
export function tableBounds(table: number, group?: number): { readonly start: Buffer; readonly end: Buffer } {
  const at = (id: number, inGroup: number): Buffer => joined(id, inGroup, Buffer.alloc(0), undefined);
  return group === undefined ? { start: at(table, 0), end: at(table + 1, 0) } : { start: at(table, group), end: at(table, group + 1) };
}

/** What was found on the disk. */
export interface DiskEntry {
  readonly key: Key;
  readonly sub: Sub | undefined;
  readonly logical: Buffer;
  /** The encoded entry, a part of `value`. */
  readonly entry: Buffer;
}

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Reads a place and what stands there. Throws what `keyOf` throws for what is no key. */
export function diskEntry(bytes: Uint8Array, value: Uint8Array): DiskEntry {
  const place = view(bytes);
  const whole = view(value);
  if (!isCut(place)) {
    const { key, sub } = keyOf(place.subarray(HEAD));
    return { key, sub, logical: place, entry: whole };
  }
  const names = whole.subarray(4, 4 + namesLength(whole));
  const { key, sub } = keyOf(names);
  return { key, sub, logical: Buffer.concat([place.subarray(0, HEAD), names]), entry: entryAt(place, whole) };
}

/** The encoded entry in what stands at a place. */
export const entryAt = (place: Buffer, value: Buffer): Buffer => (isCut(place) ? value.subarray(4 + namesLength(value)) : value);

const namesLength = (value: Buffer): number => (value.length < 4 ? 0 : value.readUInt32LE(0));

/** A shorter place lacks nothing. */
export const mayBeCut = (length: number): boolean => length > HEAD + HASH;

/** Does the place lack a part of the key or the sub-key? */
export function isCut(place: Buffer): boolean {
  if (!mayBeCut(place.length)) return false;
  if (place[HEAD] === LONG_KEY) return true;
  if (place.length <= HEAD + WHOLE + HASH || place[place.length - HASH - 1] !== LONG_SUB) return false;
  // A long text stands behind the key: a whole one of its length cannot.
  return keyEnd(place) + WHOLE + 1 + HASH === place.length;
}

function keyEnd(place: Buffer): number {
  const end = place.length - WHOLE - 1 - HASH;
  try {
    return HEAD + keyOf(place.subarray(HEAD, end)).keyLength;
  } catch {
    return -1;
  }
}

/** What is written at `place` for an encoded entry. */
export function diskValue(place: DiskKey, entry: Buffer): Buffer {
  if (place.bytes === place.logical) return entry;
  const names = place.logical.subarray(HEAD);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32LE(names.length, 0);
  return Buffer.concat([length, names, entry]);
}

/** Do two places begin alike up to the hash of a long sub-key? Then their order says nothing. */
export const sameCut = (a: Buffer, b: Buffer): boolean => a.length === b.length && a.subarray(0, -HASH).equals(b.subarray(0, -HASH));
