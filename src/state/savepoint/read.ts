/** Reads a savepoint back, part by part in bounded memory, and refuses by name what is not as it was written. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { bytesAt, type Disk, type DiskFile } from '../../core/disk.js';
import { causeText, MillraceError } from '../../core/errors.js';
import type { Manifest } from '../../core/state.js';
import type { Key, Sub } from '../../core/values.js';
import { decodeValue } from '../codec.js';
import { keyOf } from '../key-bytes.js';
import { checkHead, ENTRY, FRAME_HEAD_BYTES, HEAD_BYTES, MANIFEST, readFrameHead, readTrailer, savepointDamaged, SIGNATURE, TABLE, TRAILER_BYTES, type Trailer } from './layout.js';
import { checkSignature, type SigningKey } from './signature.js';

/** So many bytes are read at once, and a part has about as many. */
const BLOCK = 262_144;

/** An entry, and what it takes in the file. */
export interface SavepointEntry {
  readonly step: string;
  readonly table: string;
  readonly key: Key;
  readonly sub: Sub | undefined;
  readonly value: unknown;
  readonly bytes: number;
}

/** An open savepoint. */
export interface Savepoint extends Trailer {
  /** What it was given by its contents: two savepoints with the same one are the same. */
  readonly id: string;
  readonly path: string;
  readonly manifest: Manifest;
  /** All entries in the order of the file. Rejects with `savepoint-damaged` as soon as something is not as it was written; what is missing or was exchanged may show at the end only. */
  parts(): AsyncGenerator<readonly SavepointEntry[], void>;
  close(): Promise<void>;
}

/**
 * Opens a savepoint and reads what it says of itself. Rejects with `savepoint-missing`, `savepoint-foreign`, `savepoint-version` or `savepoint-damaged`; with a key also, before anything of it is decoded,
 * with `savepoint-unsigned` or `savepoint-forged`.
 */
export async function openSavepoint(path: string, disk: Disk, key?: SigningKey): Promise<Savepoint> {
  const file = await disk.open(path, 'read').catch((cause: unknown) => {
    throw new MillraceError('savepoint-missing', `The savepoint ${path} cannot be opened (${causeText(cause)}).`, { cause });
  });
  try {
    const { size } = await file.look();
    checkHead(await bytesAt(file, 0, HEAD_BYTES), path);
    if (size < HEAD_BYTES + TRAILER_BYTES) throw savepointDamaged(path, 'its end is missing; it was cut off');
    const said = readTrailer(await bytesAt(file, size - TRAILER_BYTES, TRAILER_BYTES), size, path);
    if (key !== undefined) await checkSignature(file, said, path, key);
    const frames = framesOf(file, said, path);
    const first = await frames.next();
    await frames.return();
    if (first.done === true || first.value[0] !== MANIFEST) throw savepointDamaged(path, 'it has no manifest');
    const manifest = JSON.parse(first.value.toString('utf8', 1)) as Manifest; // its checksum says that it was written here
    return { ...said, id: said.digest, path, manifest, parts: () => partsOf(file, said, path), close: () => file.close() };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** The payloads, each checked; when all were given, the digest is. A payload is to be used before the next. */
async function* framesOf(file: DiskFile, said: Trailer, path: string): AsyncGenerator<Buffer, void> {
  const digest = createHash('sha256');
  const end = said.bytes - TRAILER_BYTES;
  /** Where in the file `block` begins, and how much of it was used. */
  let start = 0;
  let used = 0;
  let block: Buffer = Buffer.alloc(0);
  const take = async (length: number): Promise<Buffer> => {
    if (block.length - used < length) {
      const rest = block.subarray(used);
      start += used;
      used = 0;
      const from = start + rest.length;
      const fresh = await bytesAt(file, from, Math.min(Math.max(BLOCK, length - rest.length), end - from));
      digest.update(fresh);
      block = Buffer.concat([rest, fresh]);
      if (block.length < length) throw savepointDamaged(path, `it ends within what begins at byte ${start}`);
    }
    used += length;
    return block.subarray(used - length, used);
  };
  await take(HEAD_BYTES);
  while (start + used < end) {
    const at = start + used;
    const frame = readFrameHead(await take(FRAME_HEAD_BYTES));
    if (frame === undefined || frame.length === 0 || at + FRAME_HEAD_BYTES + frame.length > end) throw savepointDamaged(path, `what begins at byte ${at} is not as it was written`);
    const payload = await take(frame.length);
    if (crc32(payload) !== frame.checksum) throw savepointDamaged(path, `what begins at byte ${at} is not as it was written`);
    yield payload;
  }
  if (digest.digest('hex') !== said.digest) throw savepointDamaged(path, 'its parts are whole and not those that were written');
}

async function* partsOf(file: DiskFile, said: Trailer, path: string): AsyncGenerator<readonly SavepointEntry[], void> {
  let entries = 0;
  let tables = 0;
  let [step, table] = ['', ''];
  let part: SavepointEntry[] = [];
  let size = 0;
  for await (const payload of framesOf(file, said, path)) {
    if (payload[0] === TABLE) {
      tables++;
      [step, table] = JSON.parse(payload.toString('utf8', 1)) as [string, string]; // as it was written
    } else if (payload[0] === ENTRY) {
      entries++;
      const length = payload.readUInt32LE(1);
      const { key, sub } = keyOf(Buffer.from(payload.subarray(5, 5 + length))); // a copy
      part.push({ step, table, key, sub, value: decodeValue(payload.subarray(5 + length)), bytes: payload.length });
      size += payload.length;
    } else if (payload[0] !== MANIFEST && payload[0] !== SIGNATURE) throw savepointDamaged(path, `it has a part of an unknown kind (${String(payload[0])})`);
    if (size < BLOCK) continue;
    yield part;
    part = [];
    size = 0;
  }
  if (entries !== said.entries || tables !== said.tables) throw savepointDamaged(path, `it has ${entries} entries in ${tables} tables and says it has ${said.entries} in ${said.tables}`);
  if (part.length > 0) yield part;
}
