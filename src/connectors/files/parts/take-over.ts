/** How an incarnation takes a folder over: older ones are shut out, what its checkpoint promised is made visible, and what nobody promised is removed. */
import { join } from 'node:path';
import type { Disk } from '../../../core/disk.js';
import { DataError, MillraceError } from '../../../core/errors.js';
import type { SinkContext } from '../../../core/sink.js';
import { makeFolder } from '../../durable.js';
import { unwritable } from '../part-file.js';
import { claim, fence, KEPT, lastCheckpoint, STAGED } from './manifest.js';
import { generationOfStaged } from './names.js';
import { folderInside, publish } from './publish.js';
import type { Token } from './token.js';

export async function takeOver(disk: Disk, root: string, context: SinkContext, tokens: readonly Token[]): Promise<void> {
  try {
    await makeFolder(disk, root);
    await folderInside(disk, root, join(KEPT, STAGED));
    await fence(disk, root, context);
    await refuseNewer(disk, root, Math.max(context.checkpoint, ...tokens.map(token => token.checkpoint)));
    await claim(disk, root, context);
    for (const token of tokens) await publish(disk, root, context, token);
    const staged = join(root, KEPT, STAGED);
    for (const name of await disk.list(staged)) {
      // Those of a newer incarnation are not ours to judge.
      if ((generationOfStaged(name) ?? Number.POSITIVE_INFINITY) <= context.generation) await disk.remove(join(staged, name));
    }
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : unwritable(root, cause);
  }
}

/** What a later checkpoint made visible would come twice if the job went on from an earlier one. */
async function refuseNewer(disk: Disk, root: string, checkpoint: number): Promise<void> {
  const last = await lastCheckpoint(disk, root);
  if (last <= checkpoint) return;
  const from = checkpoint === 0 ? 'starts without a checkpoint' : `goes on from checkpoint ${checkpoint}`;
  throw new DataError('files-newer', `"${root}" holds parts up to checkpoint ${last}, but the job ${from}: its records would be there twice. Give it the state that belongs to the folder, or a new folder (or empty this one, with its "${KEPT}").`, root);
}
