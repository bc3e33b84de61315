/** What LMDB and the disk say when something fails, and what that means for the job. */
import { statfs } from 'node:fs/promises';
import { causeText, MillraceError } from '../../core/errors.js';

/** Nothing was written and nothing is lost: the disk or the address space is full, or too much was changed at once. */
const FULL = /no space left|ENOSPC|disk quota|EDQUOT|MDB_MAP_FULL|mapsize|MDB_TXN_FULL|not enough space|cannot allocate memory|ENOMEM|file too large|EFBIG/i;

/** What LMDB says when a write took a part of what it was given, which a disk that fills up does; and of a disk that fails. */
const PERHAPS_FULL = /input\/output error|EIO/i;
/** With less room than this the disk was full. */
const NO_ROOM = 1_048_576;

/** What a failed transaction is thrown as. Errors of our own pass as they are. `room` tells how many bytes are free, `usable` whether LMDB takes further transactions. */
export async function unwritable(job: string, cause: unknown, room: () => Promise<number>, usable: () => boolean = () => true): Promise<unknown> {
  if (cause instanceof MillraceError) return cause;
  const reason = await reasonOf(cause);
  const text = causeText(reason);
  if ((FULL.test(text) || (PERHAPS_FULL.test(text) && (await room()) < NO_ROOM)) && usable()) return new MillraceError('state-unwritable', `Job "${job}": the state cannot be written (${text}). The last checkpoint is as it was, and nothing since it is lost while the job runs; make room.`, { cause: reason });
  return new MillraceError('state-failed', `Job "${job}": writing the state failed (${text}). What is on the disk is a checkpoint, which one is not known; start the job again.`, { cause: reason });
}

/** Bytes that are free where `folder` is. */
export async function roomAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** The package rejects with an error that carries a promise of the reason. */
async function reasonOf(cause: unknown): Promise<unknown> {
  if (typeof cause !== 'object' || cause === null || !('commitError' in cause)) return cause;
  try {
    await cause.commitError;
    return cause;
  } catch (reason) {
    return reason;
  }
}
