/**
 * A file that appears whole or not at all: written beside its target under the name `<target>.part`, brought to the disk at every flush, renamed when the job ends well.
 * How far it was at a checkpoint is in the checkpoint, so a restarted job cuts off what came after and goes on.
 *
 * A compressed file is a sequence of gzip members, one per block: legal (RFC 1952 §2.2), it can be cut at any border of blocks, and no compressor's state is kept.
 */
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Disk, DiskFile } from '../../core/disk.js';
import { DataError, causeText } from '../../core/errors.js';
import { makeFolder, synced } from '../durable.js';

export interface PartFile {
  /** Takes text, and waits for the disk when a block is full. When that fails the text was not taken. */
  append(text: string): Promise<void> | void;
  /** All that was taken is on the disk. Answers the length of the file. */
  sync(): Promise<number>;
  /** Under its final name if `done`; else what there is stays in the part file, for a restart. */
  close(done: boolean): Promise<void>;
}

/** Characters gathered before a write. */
const BLOCK = 2 ** 18;
const compress = promisify(gzip);

const partOf = (path: string): string => `${path}.part`;

/** What the system says to whoever may not write: asking again changes nothing, and the job ends at once instead of repeating a commit for as long as a checkpoint may take. */
const DENIED: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS']);

export const unwritable = (path: string, cause: unknown): DataError =>
  new DataError('files-unwritable', `"${path}" cannot be written: ${causeText(cause)}. Check the path, the permissions and the space on the disk.`, path, { cause, final: cause instanceof Error && 'code' in cause && DENIED.has(cause.code) });

/** Begins a file, or goes on with the one that had `length` bytes at a checkpoint. */
export async function openPart(disk: Disk, path: string, packed: boolean, length: number | undefined): Promise<PartFile> {
  const folder = dirname(path);
  let file: DiskFile;
  try {
    await makeFolder(disk, folder);
    if ((await disk.look(path))?.kind === 'folder') throw new Error('it is a folder; give the name of a file in it');
    file = length === undefined ? await begin(disk, path) : await resume(disk, path, length);
  } catch (cause) {
    throw cause instanceof DataError ? cause : unwritable(path, cause);
  }

  let place = length ?? 0;
  let waiting: string[] = [];
  let size = 0;
  let closed = false;
  /** A broken attempt may have left bytes behind the last good one. */
  let torn = false;
  /** Its name, too, is on the disk. */
  let lasting = false;
  /** A sync failed, and nobody knows what is on the disk: nothing is tried again. */
  let broken: { readonly cause: unknown } | undefined;

  const drain = async (last = false): Promise<void> => {
    if (broken !== undefined) throw broken.cause;
    // No bytes at all are not a gzip file.
    if (size === 0 && !(last && packed && place === 0)) return;
    try {
      const text = Buffer.from(waiting.join(''));
      const block = packed ? await compress(text) : text;
      // At a fixed place, so that a repeated attempt overwrites a broken one.
      await file.write(block, place);
      place += block.length;
    } catch (cause) {
      torn = true;
      throw unwritable(path, cause);
    }
    waiting = [];
    size = 0;
  };
  const drainFull = async (): Promise<void> => {
    try {
      await drain();
    } catch (cause) {
      size -= waiting.pop()?.length ?? 0;
      throw cause;
    }
  };
  const sync = async (last = false): Promise<number> => {
    await drain(last);
    try {
      if (torn) await file.truncate(place);
      torn = false;
    } catch (cause) {
      throw unwritable(path, cause);
    }
    try {
      await synced(partOf(path), () => file.sync());
      if (!lasting) await synced(folder, () => disk.syncFolder(folder));
      lasting = true;
    } catch (cause) {
      broken = { cause };
      throw cause;
    }
    return place;
  };
  return {
    append(text) {
      waiting.push(text);
      size += text.length;
      if (size >= BLOCK) return drainFull();
    },
    sync: () => sync(),
    async close(done) {
      if (closed) return;
      closed = true;
      try {
        if (done) await sync(true);
      } finally {
        await file.close();
      }
      if (!done) return;
      await disk.rename(partOf(path), path).catch((cause: unknown) => {
        throw unwritable(path, cause);
      });
      await synced(folder, () => disk.syncFolder(folder));
    },
  };
}

/** Made anew rather than opened, so that a link laid at that name is not followed. */
async function begin(disk: Disk, path: string): Promise<DiskFile> {
  await disk.remove(partOf(path));
  return disk.open(partOf(path), 'create');
}

async function resume(disk: Disk, path: string, length: number): Promise<DiskFile> {
  const part = partOf(path);
  const sizeOf = async (file: string): Promise<number> => (await disk.look(file))?.size ?? -1;
  if ((await sizeOf(part)) < length) {
    // The job had ended, or was stopped, and the file was renamed.
    if ((await sizeOf(path)) !== length) throw new DataError('files-lost', `"${part}" is gone or shorter than the ${length} bytes it had at the checkpoint. Bring it back, or start the job without its state.`, part);
    await disk.rename(path, part);
  }
  const file = await disk.open(part, 'write');
  await file.truncate(length);
  return file;
}
