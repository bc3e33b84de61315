/**
 * How a savepoint lies in its file: a head that says what it is, frames, and a trailer of fixed length that says what was before it.
 *
 * A frame is `[length u32][CRC-32 of the payload u32][CRC-32 of these eight bytes u32][payload]`: a length is believed only when its own checksum is right, so a damaged one never makes a reader take
 * more memory than a frame needs. The first byte of a payload says what it is; in a signed savepoint the last frame is the signature of what stands before it (see signature.ts). The trailer has the counts and the SHA-256 of all bytes before it, which is the savepoint's identity.
 */
import { crc32 } from 'node:zlib';
import { DataError } from '../../core/errors.js';

/** What this version writes, and the only one it reads. */
export const SAVEPOINT_FORMAT = 1;

const MAGIC = Buffer.from('millrace.savept\n', 'latin1');
const END = Buffer.from('millrace.save.end', 'latin1');
export const HEAD_BYTES = MAGIC.length + 8;
export const FRAME_HEAD_BYTES = 12;
const DIGEST_BYTES = 32;
export const TRAILER_BYTES = END.length + 8 + 4 + 8 + DIGEST_BYTES + 4;

/** What a payload is. */
export const MANIFEST = 1;
export const TABLE = 2;
export const ENTRY = 3;
/** The last one, of a savepoint that is signed. */
export const SIGNATURE = 4;

/** What the trailer says. */
export interface Trailer {
  readonly entries: number;
  readonly tables: number;
  /** Of the whole file. */
  readonly bytes: number;
  /** SHA-256 of what stands before the trailer, in hexadecimal. */
  readonly digest: string;
}

export const savepointDamaged = (path: string, what: string): DataError => new DataError('savepoint-damaged', `The savepoint ${path} is damaged: ${what}. Take an older one.`);

/** The first bytes of every savepoint. */
export function head(): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(SAVEPOINT_FORMAT, MAGIC.length);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEAD_BYTES - 4)), HEAD_BYTES - 4);
  return bytes;
}

/** Refuses what is no savepoint, was damaged, or was written by another version. */
export function checkHead(bytes: Buffer, path: string): void {
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new DataError('savepoint-foreign', `${path} is no savepoint: it does not begin as one does.`);
  if (bytes.readUInt32LE(HEAD_BYTES - 4) !== crc32(bytes.subarray(0, HEAD_BYTES - 4))) throw savepointDamaged(path, 'its head is not as it was written');
  const format = bytes.readUInt32LE(MAGIC.length);
  if (format !== SAVEPOINT_FORMAT)
    throw new DataError('savepoint-version', `The savepoint ${path} is of format ${format}; this version of the library reads format ${SAVEPOINT_FORMAT}. Export it to NDJSON with the version that wrote it, and import that.`);
}

/** The head of a frame around a payload. */
export function frameHead(payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
  bytes.writeUInt32LE(payload.length, 0);
  bytes.writeUInt32LE(crc32(payload), 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}

/** How long the payload behind it is and its checksum; `undefined` if the head itself is damaged. */
export function readFrameHead(bytes: Buffer): { readonly length: number; readonly checksum: number } | undefined {
  if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(0, 8))) return undefined;
  return { length: bytes.readUInt32LE(0), checksum: bytes.readUInt32LE(4) };
}

export function trailer({ entries, tables, bytes, digest }: Trailer): Buffer {
  const written = Buffer.alloc(TRAILER_BYTES);
  let at = END.copy(written);
  at = written.writeBigUInt64LE(BigInt(entries), at);
  at = written.writeUInt32LE(tables, at);
  at = written.writeBigUInt64LE(BigInt(bytes), at);
  at += written.write(digest, at, 'hex');
  written.writeUInt32LE(crc32(written.subarray(0, at)), at);
  return written;
}

/** Refuses a file that was cut off, or goes on behind its end. */
export function readTrailer(bytes: Buffer, size: number, path: string): Trailer {
  let at = END.length;
  if (bytes.length < TRAILER_BYTES || !bytes.subarray(0, at).equals(END)) throw savepointDamaged(path, 'its end is missing; it was cut off, or something was written behind it');
  if (bytes.readUInt32LE(TRAILER_BYTES - 4) !== crc32(bytes.subarray(0, TRAILER_BYTES - 4))) throw savepointDamaged(path, 'its last bytes are not as they were written');
  const entries = Number(bytes.readBigUInt64LE(at));
  const tables = bytes.readUInt32LE((at += 8));
  const whole = Number(bytes.readBigUInt64LE((at += 4)));
  const digest = bytes.toString('hex', (at += 8), at + DIGEST_BYTES);
  if (whole !== size) throw savepointDamaged(path, `it has ${size} bytes and says it has ${whole}`);
  return { entries, tables, bytes: whole, digest };
}
