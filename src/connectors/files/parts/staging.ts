/** The parts of one incarnation that are not visible yet: those being written, one for each partition; those that are whole; those in tokens that were not committed. */
import { join } from 'node:path';
import type { Disk } from '../../../core/disk.js';
import { DataError, MillraceError } from '../../../core/errors.js';
import type { SinkContext } from '../../../core/sink.js';
import { synced } from '../../durable.js';
import { unwritable } from '../part-file.js';
import { KEPT, STAGED } from './manifest.js';
import { partName, stagedName } from './names.js';
import type { PartsFormat } from './sink.js';
import { stage, type StagedFile } from './staged.js';
import type { StagedAs, Token } from './token.js';

export interface Staging {
  /** Closes parts that are large or old enough, or too many, and writes full blocks; `undefined`: there was nothing to do. What fails can be asked again. */
  room(): Promise<void> | undefined;
  /** Takes lines, in memory. */
  append(partition: string, text: string, rows: number): void;
  sync(): Promise<void>;
  /** Closes all parts; answers all that were not {@link Staging.release}d, whole and on the disk. */
  seal(checkpoint: number): Promise<readonly StagedAs[]>;
  /** The token was committed. */
  release(token: Token): void;
  /** Drops what is in no token. */
  close(): Promise<void>;
}

/** Waits for all, also when one fails, so that nothing is under way when the first failure is thrown. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) if (outcome.status === 'rejected') throw outcome.reason;
}

export function createStaging(
  disk: Disk,
  { folder: root, ending, packed, maxPartBytes, maxPartAge, maxOpenParts }: Omit<PartsFormat<never>, 'encoder' | 'partition'>,
  { generation, checkpoint, environment: { clock } }: SinkContext,
  head: () => string,
): Staging {
  const folder = join(root, KEPT, STAGED);
  /** By partition, the least recently used first. */
  const open = new Map<string, StagedFile>();
  let whole: { readonly partition: string; readonly file: StagedFile }[] = [];
  let sealed: readonly StagedAs[] = [];
  /** For the names of what comes next. */
  let next = { checkpoint: checkpoint + 1, staged: 0, part: 0 };

  const finish = async (partition: string, file: StagedFile): Promise<void> => {
    await file.finish();
    open.delete(partition);
    whole.push({ partition, file });
  };
  return {
    room() {
      const work: Promise<void>[] = [];
      const now = maxPartAge === Number.POSITIVE_INFINITY ? 0 : clock.monotonic();
      let excess = open.size - maxOpenParts;
      for (const [partition, file] of open) {
        if (excess-- > 0 || file.bytes + file.waiting >= maxPartBytes || now - file.since >= maxPartAge) work.push(finish(partition, file));
        else if (file.full) work.push(file.drain());
      }
      return work.length === 0 ? undefined : all(work);
    },
    append(partition, text, rows) {
      const found = open.get(partition);
      if (found !== undefined) open.delete(partition);
      const name = stagedName(generation, next.checkpoint, next.staged);
      const file = found ?? stage(disk, join(folder, name), name, packed, clock.monotonic());
      open.set(partition, file);
      if (found === undefined) next.staged++;
      file.append(found === undefined ? head() + text : text, rows);
    },
    sync: () => all([...open.values()].map(file => file.sync())),
    async seal(number) {
      await all([...open].map(([partition, file]) => finish(partition, file)));
      if (whole.length > 0) await synced(folder, () => disk.syncFolder(folder));
      const parts: StagedAs[] = [];
      // In the order in which they were begun; they were closed all at a time.
      for (const { partition, file } of whole.sort((a, b) => (a.file.name < b.file.name ? -1 : 1))) {
        const { name, rows, bytes, checksum } = file;
        const path = `${partition === '' ? '' : `${partition}/`}${partName(number, generation, next.part + parts.length, ending)}`;
        // What is open stays readable and writable when somebody removes it: only its name tells.
        if ((await named(root, () => disk.look(join(folder, name))))?.size !== bytes) throw new DataError('files-lost', `"${join(folder, name)}" was removed or changed while it was written. Leave "${join(root, KEPT)}" to the job; start it again, it goes on from its last checkpoint.`, root);
        if ((await named(root, () => disk.look(join(root, path)))) !== undefined) throw new DataError('files-taken', `There is a "${join(root, path)}" already, from a run whose "${KEPT}" is gone. Give the job an empty folder.`, path);
        parts.push({ path, rows, bytes, checksum, checkpoint: number, generation, staged: name });
      }
      next.part += parts.length;
      whole = [];
      // Those of a checkpoint that could not be written are of the next.
      return (sealed = [...sealed, ...parts]);
    },
    release(token) {
      const committed = new Set(token.parts.map(part => part.staged));
      sealed = sealed.filter(part => !committed.has(part.staged));
      if (token.checkpoint >= next.checkpoint) next = { checkpoint: token.checkpoint + 1, staged: open.size + whole.length === 0 ? 0 : next.staged, part: sealed.length === 0 ? 0 : next.part };
    },
    async close() {
      // What cannot be removed now is removed by whoever opens next.
      await Promise.allSettled([...open.values(), ...whole.map(({ file }) => file)].map(file => file.abandon()));
      open.clear();
      whole = [];
    },
  };
}

/** A failure that says which folder it is about. */
async function named<A>(root: string, work: () => Promise<A>): Promise<A> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof MillraceError ? cause : unwritable(root, cause);
  }
}
