/** A file of lines, read in parts. */
import { crc32 } from 'node:zlib';
import type { DiskFile } from '../core/disk.js';

/** Whole lines, and the byte of the file at which they begin. Only what stands behind the last line break may be no whole line: it comes last. */
export interface LineChunk {
  readonly bytes: Buffer;
  readonly byte: number;
}

const NEWLINE = 10;

/** About `size` bytes at a time, at most `most` in all. `seen` is told how many there were, and their CRC-32. */
export async function* lineChunks(file: Pick<DiskFile, 'read'>, size: number, seen: { bytes: number; checksum: number }, most = Number.POSITIVE_INFINITY): AsyncGenerator<LineChunk, void> {
  let rest = Buffer.alloc(0);
  while (seen.bytes < most) {
    const room = Buffer.allocUnsafe(rest.length + Math.min(size, most - seen.bytes));
    room.set(rest);
    const count = await file.read(room.subarray(rest.length), seen.bytes);
    if (count === 0) break;
    const all = room.subarray(0, rest.length + count);
    const byte = seen.bytes - rest.length;
    seen.checksum = crc32(all.subarray(rest.length), seen.checksum);
    seen.bytes += count;
    const end = all.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield { bytes: all.subarray(0, end), byte };
    rest = all.subarray(end);
  }
  if (rest.length > 0) yield { bytes: rest, byte: seen.bytes - rest.length };
}
