/** Parts become visible: from the names they were written under to their final ones, in any process, as often as it is asked. */
import { join } from 'node:path';
import type { Disk } from '../../../core/disk.js';
import { DataError, MillraceError } from '../../../core/errors.js';
import { makeFolder, synced } from '../../durable.js';
import { unwritable } from '../part-file.js';
import { fence, KEPT, record, STAGED, type Writer } from './manifest.js';
import type { Token } from './token.js';

/** Makes the parts of a token visible. What was done of it already, by whom ever, is not done again. */
export async function publish(disk: Disk, root: string, writer: Writer, { checkpoint, parts }: Token): Promise<void> {
  try {
    await fence(disk, root, writer);
    if (parts.length === 0) return;
    const folders = new Set(parts.map(({ path }) => path.split('/').slice(0, -1).join('/')));
    for (const folder of folders) if (folder !== '') await folderInside(disk, root, folder);
    for (const { path, staged, bytes } of parts) {
      const from = join(root, KEPT, STAGED, staged);
      if ((await disk.look(from)) !== undefined) await disk.rename(from, join(root, path));
      else if ((await disk.look(join(root, path)))?.size !== bytes)
        throw new DataError('files-lost', `"${from}" is gone, and "${join(root, path)}" is not what it was to become (${bytes} bytes). Bring it back, or start the job without its state.`, from);
    }
    for (const folder of [...folders, join(KEPT, STAGED)]) await synced(join(root, folder), () => disk.syncFolder(join(root, folder)));
    await record(disk, root, writer, checkpoint, parts.map(({ path, rows, bytes, checksum, checkpoint: first, generation }) => ({ path, rows, bytes, checksum, checkpoint: first, generation })));
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : unwritable(root, cause);
  }
}

/** Makes a folder for a partition, and looks that no link on the way leads elsewhere. */
export async function folderInside(disk: Disk, root: string, folder: string): Promise<void> {
  await makeFolder(disk, join(root, folder));
  const [base, found] = [await disk.realPath?.(root), await disk.realPath?.(join(root, folder))];
  if (base !== undefined && found !== join(base, folder))
    throw new DataError('files-link', `"${join(root, folder)}" is a link to "${found}". Links in a folder of parts are not followed; put a folder in its place.`, join(root, folder));
}
