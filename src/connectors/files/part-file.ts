/**
 * A file that appears whole or not at all: written beside its target under the name `<target>.part`, brought to the disk at every flush, renamed when the job ends well.
 * How far it was at a checkpoint is in the checkpoint, so a restarted job cuts off what came after and goes on.
 *
 * A compressed file is a sequence of gzip members, one per block: legal (RFC 1952 §2.2), it can be cut at any border of blocks, and no compressor's state is kept.
 */
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { DataError, causeText } from '../../core/errors.js';

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

export const unwritable = (path: string, cause: unknown): DataError =>
  new DataError('files-unwritable', `"${path}" cannot be written: ${causeText(cause)}. Check the path, the permissions and the space on the disk.`, path, { cause });

/** Begins a file, or goes on with the one that had `length` bytes at a checkpoint. */
export async function openPart(path: string, packed: boolean, length: number | undefined): Promise<PartFile> {
  let handle: FileHandle;
  try {
    await mkdir(dirname(path), { recursive: true });
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true) throw new Error('it is a folder; give the name of a file in it');
    handle = length === undefined ? await begin(path) : await resume(path, length);
  } catch (cause) {
    throw cause instanceof DataError ? cause : unwritable(path, cause);
  }

  let place = length ?? 0;
  let waiting: string[] = [];
  let size = 0;
  let closed = false;

  const drain = async (last = false): Promise<void> => {
    // No bytes at all are not a gzip file.
    if (size === 0 && !(last && packed && place === 0)) return;
    try {
      const text = Buffer.from(waiting.join(''));
      const block = packed ? await compress(text) : text;
      // At a fixed place, so that a repeated attempt overwrites a broken one.
      for (let written = 0; written < block.length; ) written += (await handle.write(block, written, block.length - written, place + written)).bytesWritten;
      place += block.length;
    } catch (cause) {
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
    await handle.sync();
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
        if (done) {
          await sync(true);
          // A broken attempt may have left bytes behind the last good one.
          await handle.truncate(place);
        }
      } finally {
        await handle.close();
      }
      if (!done) return;
      await rename(partOf(path), path).catch((cause: unknown) => {
        throw unwritable(path, cause);
      });
      await syncFolder(dirname(path));
    },
  };
}

/** Made anew rather than opened, so that a link laid at that name is not followed. */
async function begin(path: string): Promise<FileHandle> {
  await rm(partOf(path), { force: true });
  return open(partOf(path), 'wx');
}

async function resume(path: string, length: number): Promise<FileHandle> {
  const part = partOf(path);
  const sizeOf = (file: string): Promise<number> => stat(file).then(found => found.size, () => -1);
  if ((await sizeOf(part)) < length) {
    // The job had ended, or was stopped, and the file was renamed.
    if ((await sizeOf(path)) !== length) throw new DataError('files-lost', `"${part}" is gone or shorter than the ${length} bytes it had at the checkpoint. Bring it back, or start the job without its state.`, part);
    await rename(path, part);
  }
  const handle = await open(part, 'r+');
  await handle.truncate(length);
  return handle;
}

/** The new name is on the disk too. Not every system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
