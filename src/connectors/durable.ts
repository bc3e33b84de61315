/**
 * The one protocol by which connectors put something on a disk so that a crash leaves the old or the new and never half of either: written aside, synced, renamed,
 * and the folder synced, for a name that is not on the disk is lost with what it names.
 */
import { dirname, resolve } from 'node:path';
import { bytesAt, type Disk } from '../core/disk.js';
import { DataError, causeText } from '../core/errors.js';

/** What was written, or the names in a folder, are on the disk. A sync that failed is never tried again: it may then succeed without anything having been written. */
export async function synced(path: string, sync: () => Promise<void>): Promise<void> {
  try {
    await sync();
  } catch (cause) {
    throw new DataError('disk-sync', `"${path}" could not be brought to the disk: ${causeText(cause)}. Nobody knows what of it is there. See to the disk, then start the job again: it goes on from its last checkpoint.`, path, { cause });
  }
}

/** Makes a folder whose name, and those of all above it that were missing, are on the disk. Rejects when something else has its name. */
export async function makeFolder(disk: Disk, path: string): Promise<void> {
  const folder = resolve(path);
  const above = dirname(folder);
  const found = await disk.look(folder);
  if (found !== undefined && found.kind !== 'folder') throw Object.assign(new Error(`"${folder}" is a file, not a folder`), { code: 'ENOTDIR' });
  if (found === undefined) {
    // From the top, each synced before the next: what exists has then a way down to it.
    if (above !== folder && (await disk.look(above)) === undefined) await makeFolder(disk, above);
    await disk.makeFolder(folder);
  }
  // Also if it was there: whoever made it may have died before its name was on the disk.
  await synced(above, () => disk.syncFolder(above));
}

/** Replaces a small file whole. `aside` is where it is written first, a name no other process uses. */
export async function writeWhole(disk: Disk, path: string, content: Uint8Array, aside: string): Promise<void> {
  await disk.remove(aside);
  const file = await disk.open(aside, 'create');
  try {
    await file.write(content, 0);
    await synced(path, () => file.sync());
  } finally {
    await file.close();
  }
  await disk.rename(aside, path);
  await synced(dirname(path), () => disk.syncFolder(dirname(path)));
}

/** All of a file; `undefined` if there is none. Rejects when it is larger than `most` bytes. */
export async function readWhole(disk: Disk, path: string, most: number): Promise<Uint8Array | undefined> {
  if ((await disk.look(path)) === undefined) return undefined;
  const file = await disk.open(path, 'read');
  try {
    const { size } = await file.look();
    if (size > most) throw new Error(`"${path}" has ${size} bytes, more than the ${most} there can be`);
    return await bytesAt(file, 0, size);
  } finally {
    await file.close();
  }
}

/** What the system calls what went wrong: `ENOENT`, `ENOSPC`. */
export const codeOf = (cause: unknown): unknown => (typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined);
