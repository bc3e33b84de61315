/**
 * The two files of a store, made before LMDB opens it. LMDB makes them itself where they are missing, but a call that fails while it does (a full disk, one that is broken) ends the process without a word; what
 * is made here fails with an error.
 *
 * Each is made aside and then given its name, so that it is never there in part. The file of entries has what LMDB's own would have: two pages that say the same, that there is nothing yet.
 */
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { causeText, MillraceError } from '../../core/errors.js';
import { newMetaPages } from './pages.js';

/** Of entries, and of the locks and readers of all processes that have the store open. */
export const DATA = 'data.mdb';
const LOCK = 'lock.mdb';

/**
 * Bytes of a file of locks: more than LMDB asks for anywhere (8,272 on Linux); what is longer it takes as it is, with room for more readers. They are written, not only counted: LMDB maps the file, and to write
 * to a page that the disk has no room for would end the process.
 */
const LOCK_SIZE = 16_384;

/** What systems say that have no second names for a file. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Makes the folder (mode 0700) and its files (0600) unless they are there. Throws `state-failed`. */
export function makeFiles(folder: string): void {
  try {
    const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fresh = [makeFile(join(folder, LOCK), Buffer.alloc(LOCK_SIZE))];
    // Pages are as large as those of the machine. Where these may be of another size, LMDB makes the file.
    fresh.push(makeFile(join(folder, DATA), process.arch === 'x64' ? newMetaPages() : undefined));
    if (fresh.includes(true)) syncFolders(folder, made === undefined ? folder : dirname(made));
    for (const name of [DATA, LOCK]) chmodSync(join(folder, name), 0o600);
  } catch (cause) {
    throw new MillraceError('state-failed', `The files of the state in "${folder}" cannot be made or used (${causeText(cause)}). See to the disk and the folder, then start the job again.`, { cause });
  }
}

/** Answers whether it made the file; without `bytes`, an empty one, in which LMDB begins. Two processes may try at once: the name is given to the file of one of them. */
function makeFile(path: string, bytes: Buffer | undefined): boolean {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return false;
  if (bytes === undefined) return makeEmpty(path);
  const aside = `${path}.${process.pid}`;
  rmSync(aside, { force: true });
  const file = openSync(aside, 'wx', 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written, bytes.length - written, written);
    fsyncSync(file);
    linkSync(aside, path);
    return true;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'EEXIST') return false;
    if (NO_LINKS.has(code)) return makeEmpty(path);
    throw cause;
  } finally {
    closeSync(file);
    rmSync(aside, { force: true });
  }
}

function makeEmpty(path: string): boolean {
  closeSync(openSync(path, 'a', 0o600));
  return true;
}

/** From one folder up to another: the store is there after a loss of power, too, as what was committed elsewhere is. */
function syncFolders(from: string, to: string): void {
  for (let at = from; ; at = dirname(at)) {
    let folder: number;
    try {
      folder = openSync(at, 'r');
    } catch {
      return; // not every system can open a folder; where it can, a failure is a failure
    }
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    if (at === to || at === dirname(at)) return;
  }
}
