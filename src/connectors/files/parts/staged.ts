/**
 * One part while it is written: text gathered in memory, brought to a file of its own in blocks. What could not be written stays in memory and is written again at the
 * same place, so a full disk that has room again has cost nothing. A failed sync is another matter: nobody knows what is on the disk then.
 */
import { promisify } from 'node:util';
import { crc32, gzip } from 'node:zlib';
import type { Disk, DiskFile } from '../../../core/disk.js';
import { synced } from '../../durable.js';
import { unwritable } from '../part-file.js';

/** Characters gathered before a write. */
const BLOCK = 2 ** 18;
const compress = promisify(gzip);

export interface StagedFile {
  /** The name it is written under. */
  readonly name: string;
  /** Reading of a monotonic clock when it was begun. */
  readonly since: number;
  readonly rows: number;
  /** Written so far; with `waiting`, characters that wait, about its size. */
  readonly bytes: number;
  readonly waiting: number;
  readonly checksum: number;
  /** A block waits to be written. */
  readonly full: boolean;
  append(text: string, rows: number): void;
  /** Writes what waits. */
  drain(): Promise<void>;
  /** All of it is on the disk. */
  sync(): Promise<void>;
  /** The same, and there is no more to come. */
  finish(): Promise<void>;
  /** It is not wanted. */
  abandon(): Promise<void>;
}

/** Begins a part at `path`; nothing is there before the first write. */
export function stage(disk: Disk, path: string, name: string, packed: boolean, since: number): StagedFile {
  let file: DiskFile | undefined;
  let texts: string[] = [];
  /** All that was written is on the disk. */
  let whole = true;
  /** A broken attempt may have left bytes behind the last good one. */
  let torn = false;
  const part = {
    name,
    since,
    rows: 0,
    bytes: 0,
    waiting: 0,
    checksum: 0,
    full: false,
    append(text: string, rows: number) {
      texts.push(text);
      part.waiting += text.length;
      part.rows += rows;
      part.full = part.waiting >= BLOCK;
    },
    async drain() {
      if (part.waiting === 0) return;
      try {
        const text = Buffer.from(texts.join(''));
        const block = packed ? await compress(text) : text;
        file ??= await disk.open(path, 'create');
        whole = false;
        await file.write(block, part.bytes);
        part.bytes += block.length;
        part.checksum = crc32(block, part.checksum);
      } catch (cause) {
        torn = true;
        throw unwritable(path, cause);
      }
      texts = [];
      part.waiting = 0;
      part.full = false;
    },
    async sync() {
      await part.drain();
      if (whole || file === undefined) return;
      const written = file;
      try {
        if (torn) await written.truncate(part.bytes);
        torn = false;
      } catch (cause) {
        throw unwritable(path, cause);
      }
      await synced(path, () => written.sync());
      whole = true;
    },
    async finish() {
      await part.sync();
      const done = file;
      file = undefined;
      await done?.close();
    },
    async abandon() {
      await file?.close();
      file = undefined;
      await disk.remove(path);
    },
  };
  return part;
}
