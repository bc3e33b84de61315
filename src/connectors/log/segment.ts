/** The segment a log is writing to. */
import { dirname } from 'node:path';
import type { Disk } from '../../core/disk.js';
import { synced } from '../durable.js';
import { beginFrame, markFrame } from './frame.js';
import { segmentPath } from './layout.js';

export interface OpenSegment {
  readonly path: string;
  /** Position of its first record. */
  readonly first: number;
  readonly bytes: number;
  /** Writes frames of records from `position` on; when that fails it may be done again. */
  write(frames: readonly Uint8Array[], position: number): Promise<void>;
  sync(): Promise<void>;
  /** Leaves a mark that says all of it is on the disk, and closes it. */
  seal(position: number): Promise<void>;
  close(): Promise<void>;
}

/** Begins a segment. One of the same name is what an attempt that failed has left. */
export async function openSegment(disk: Disk, folder: string, first: number, generation: number): Promise<OpenSegment> {
  const path = segmentPath(folder, first, generation);
  await disk.remove(path);
  const file = await disk.open(path, 'create');
  const head = beginFrame(first);
  try {
    await file.write(head, 0);
  } catch (cause) {
    await file.close();
    throw cause;
  }
  /** Bytes that are on the disk, and those of them that a mark speaks of. */
  let onDisk = 0;
  let marked = 0;
  let open = true;
  const segment = {
    path,
    first,
    bytes: head.length,
    async write(frames: readonly Uint8Array[], position: number) {
      const all = Buffer.concat(onDisk > marked ? [markFrame(position, onDisk), ...frames] : frames);
      await file.write(all, segment.bytes);
      segment.bytes += all.length;
      marked = onDisk;
    },
    async sync() {
      await synced(path, () => file.sync());
      // Its name too, the first time.
      if (onDisk === 0) await synced(folder, () => disk.syncFolder(dirname(path)));
      onDisk = segment.bytes;
    },
    async seal(position: number) {
      if (!open) return;
      if (onDisk > marked) {
        await segment.write([], position);
        await segment.sync();
      }
      await segment.close();
    },
    async close() {
      if (!open) return;
      open = false;
      await file.close();
    },
  };
  return segment;
}
