/**
 * Entries that know when they were damaged: a value as bytes, with a checksum over its key and itself before it, so that a value that stands at another's key is seen too.
 */
import { decodeValue, encodeAfter, encoderInto } from '../core/encoding.js';
import { causeText, DataError } from '../core/errors.js';
import { viewsFrom } from '../core/views.js';
import { checksumOf } from './checksum.js';

export { decodeValue, encodeValue } from '../core/encoding.js';

/** Bytes of the checksum before each value. */
const CHECKSUM = 4;

/** Over a key, and what stands behind the checksum. */
const checksum = (key: Uint8Array, body: Uint8Array): number => checksumOf(body, checksumOf(key));

/** The bytes of a value that is kept at `key`: its checksum, and {@link encodeValue}. */
export function encodeEntry(key: Uint8Array, value: unknown, where: () => string): Buffer {
  const bytes = encodeAfter(CHECKSUM, value, where);
  bytes.writeUInt32LE(checksum(key, bytes.subarray(CHECKSUM)), 0);
  return bytes;
}

/** Entries of up to so many bytes are written over each other. */
const ROOM = 65_536;
const room = Buffer.alloc(ROOM);
const bodyTo = viewsFrom(room, CHECKSUM);
const encodeNext = encoderInto(room, CHECKSUM);

/** As {@link encodeEntry}; what it gives is of no use after the next call. */
export function passingEntry(key: Uint8Array, value: unknown, where: () => string): Buffer {
  const bytes = encodeNext(value, where);
  bytes.writeUInt32LE(checksum(key, bytes.buffer === room.buffer ? bodyTo(bytes.length) : bytes.subarray(CHECKSUM)), 0);
  return bytes;
}

/** What was kept at `key`. Throws a {@link DataError} `state-damaged` that begins with what `where` says (the table and the key) if key or value are not as they were written. */
export function decodeEntry(key: Uint8Array, bytes: Uint8Array, where: () => string): unknown {
  let cause: unknown;
  const body = bytes.subarray(CHECKSUM);
  if (isSealed(key, bytes, body)) {
    try {
      return decodeValue(body);
    } catch (error) {
      cause = error; // right, and not to be read: written by a later version, or by nobody
    }
  }
  throw new DataError('state-damaged', `${where()}: the entry is not as it was written${cause === undefined ? ' (its checksum differs)' : ` (${causeText(cause)})`}. The store is damaged; go back to a savepoint, or begin anew without state.`, undefined, { cause });
}

/** Are key and value as they were written? Cheaper than to decode them. */
export const isWhole = (key: Uint8Array, bytes: Uint8Array): boolean => isWholeAt(key, 0, key.length, bytes, 0, bytes.length);

/** The same of parts of larger buffers, each from one place to another: a buffer of their own for each key and value would cost more than the look. */
export function isWholeAt(keys: Uint8Array, key: number, keyEnd: number, values: Uint8Array, value: number, valueEnd: number): boolean {
  return valueEnd - value > CHECKSUM && checksumOf(values, checksumOf(keys, 0, key, keyEnd), value + CHECKSUM, valueEnd) === checksumAt(values, value);
}

const checksumAt = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;

function isSealed(key: Uint8Array, bytes: Uint8Array, body: Uint8Array): boolean {
  if (body.length === 0) return false;
  return checksum(key, body) === checksumAt(bytes, 0);
}

/** The checksum an entry says it has: its identity besides its key. */
export const storedChecksum = (bytes: Uint8Array, at = 0): number => (bytes.length < at + CHECKSUM ? 0 : checksumAt(bytes, at));
