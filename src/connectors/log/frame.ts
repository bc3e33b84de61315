/**
 * Frames: what a segment of a log is made of. Each has a length, a checksum over all the rest of it, a kind, and the position of the record that is in it or comes next. So a
 * frame that was torn by a crash, moved or changed is never taken for one.
 *
 * A mark says up to which byte the segment was on the disk when the mark was written. What cannot be read before a mark's byte was damaged; behind the last mark it may
 * be what a crash left of the last write.
 */
import { crc32 } from 'node:zlib';
import type { DiskFile } from '../../core/disk.js';

/** The kinds: a segment begins with `BEGIN`, the version of its format. */
export const BEGIN = 0;
export const RECORD = 1;
export const MARK = 2;

/** Length and checksum (4 bytes each), kind (1), position (6). */
export const HEAD = 15;
const CHECKED = 8;
const PLACE = 9;
/** Bytes of a mark's content: a byte of the segment. */
const MARK_BYTES = 6;
const VERSION = 1;
const CHUNK = 2 ** 18;

export interface Frame {
  readonly kind: number;
  readonly position: number;
  /** Valid until more is read. */
  readonly content: Buffer;
}

const checksumOf = (frame: Uint8Array): number => crc32(frame.subarray(CHECKED), crc32(frame.subarray(0, 4)));

/** A frame as bytes. */
export function frame(kind: number, position: number, content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD + content.length);
  bytes.writeUInt32LE(content.length, 0);
  bytes[CHECKED] = kind;
  bytes.writeUIntLE(position, PLACE, 6);
  bytes.set(content, HEAD);
  bytes.writeUInt32LE(checksumOf(bytes), 4);
  return bytes;
}

export const beginFrame = (position: number): Buffer => frame(BEGIN, position, Buffer.of(VERSION));

export function markFrame(position: number, synced: number): Buffer {
  const content = Buffer.alloc(MARK_BYTES);
  content.writeUIntLE(synced, 0, MARK_BYTES);
  return frame(MARK, position, content);
}

/** A frame at `start`; `more`: it goes on behind what is there; `bad`: there is none. */
function frameAt(bytes: Buffer, start: number, most: number): Frame | 'more' | 'bad' {
  if (bytes.length - start < HEAD) return 'more';
  const length = bytes.readUInt32LE(start);
  const kind = bytes.readUInt8(start + CHECKED);
  if (length > most || kind > MARK) return 'bad';
  const end = start + HEAD + length;
  if (bytes.length < end) return 'more';
  if (checksumOf(bytes.subarray(start, end)) !== bytes.readUInt32LE(start + 4)) return 'bad';
  const content = bytes.subarray(start + HEAD, end);
  if (kind === BEGIN && content[0] !== VERSION) return 'bad';
  return { kind, position: bytes.readUIntLE(start + PLACE, 6), content };
}

/** The byte up to which a mark says that its segment is on the disk. */
export const syncedUpTo = (mark: Frame): number => mark.content.readUIntLE(0, MARK_BYTES);

/** Frames of a file, one after the other. */
export interface Frames {
  /** Where the next frame begins. */
  readonly byte: number;
  /** The next frame of what is in memory; after `more`, {@link Frames.fill}. */
  take(): Frame | 'more' | 'bad';
  /** Reads on; `false`: the file has no more at the moment. */
  fill(): Promise<boolean>;
  /** Forgets what was read ahead: it may have been half written. */
  forget(): void;
}

/** Frames from a byte on, none of them with more than `most` bytes of content. */
export function framesOf(file: DiskFile, from: number, most: number): Frames {
  let bytes = Buffer.alloc(0);
  let start = 0;
  const frames = {
    byte: from,
    take() {
      const found = frameAt(bytes, start, most);
      if (typeof found === 'object') {
        start += HEAD + found.content.length;
        frames.byte += HEAD + found.content.length;
      }
      return found;
    },
    async fill() {
      const rest = bytes.subarray(start);
      const room = Buffer.allocUnsafe(rest.length + CHUNK);
      rest.copy(room);
      const count = await file.read(room.subarray(rest.length), frames.byte + rest.length);
      bytes = room.subarray(0, rest.length + count);
      start = 0;
      return count > 0;
    },
    forget() {
      bytes = Buffer.alloc(0);
      start = 0;
    },
  };
  return frames;
}

/** Was `byte`, at which there is no frame, on the disk once? A mark further on says so; without one it may be what a crash left. */
export async function wasSynced(file: DiskFile, byte: number): Promise<boolean> {
  const { size } = await file.look();
  const frameBytes = HEAD + MARK_BYTES;
  const chunk = Buffer.allocUnsafe(CHUNK + frameBytes);
  for (let at = byte; at < size; at += CHUNK) {
    const bytes = chunk.subarray(0, await file.read(chunk, at));
    for (let i = bytes.indexOf(MARK_BYTES); i >= 0 && i < CHUNK; i = bytes.indexOf(MARK_BYTES, i + 1)) {
      const found = frameAt(bytes, i, MARK_BYTES);
      if (typeof found === 'object' && found.kind === MARK && syncedUpTo(found) > byte) return true;
    }
  }
  return false;
}
