/**
 * Open LMDB files of this process. A file is opened once, however many stores stand on it (a job that crashed in a test leaves one behind, and the next incarnation opens another): LMDB has one writer,
 * and a second handle that waited for it on this thread would wait for ever. Commits are synchronous in LMDB's own way: data first, then the page that makes them true, each on the disk before the next.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../../core/errors.js';
import { viewsFrom } from '../../core/views.js';
import { DATA, makeFiles } from './new-files.js';
import type { Peer, ReadTransaction, Root } from './peer.js';

/** So many bytes of rows are read at once. */
const CHUNK_BYTES = 1_048_576;
const CHUNK_ROWS = 256;

/** One use of an open file. */
export interface Handle {
  /** The bytes at a place; to be used before the next call. */
  get(place: Buffer, at?: ReadTransaction): Buffer | undefined;
  /** The next places from `start` on (or behind it), with what stands there; `more` unless that was all. */
  chunk(start: Buffer, end: Buffer, options?: { readonly behind?: boolean; readonly at?: ReadTransaction | undefined; readonly rows?: number }): { readonly rows: readonly (readonly [Buffer, Buffer])[]; readonly more: boolean };
  /** In a transaction only: LMDB writes at once, and the bytes are the caller's again. */
  put(place: Buffer, value: Buffer): void;
  remove(place: Buffer): void;
  /** One transaction, all or nothing; when it resolves it is on the disk. Refused (`state-failed`) if the file is not at its place any more. */
  transaction<T>(action: () => Promise<T>): Promise<T>;
  /** Whether there can be further transactions. LMDB takes none after the page that makes one true could not be written, and the next would be waited for for ever. */
  usable(): boolean;
  snapshot(): ReadTransaction;
  close(): Promise<void>;
}

/** `file`: which one it was when it was opened. */
const open = new Map<string, { readonly root: Root; readonly file: string; users: number }>();

/** The file that is at a folder's place; none is like no other. */
function fileAt(folder: string): string {
  const found = statSync(join(folder, DATA), { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.dev} ${found.ino}`;
}

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length); // not byteLength: the package hands out one buffer whose `length` is that of the value

/** Does this process have the folder open? */
export const isOpen = (folder: string): boolean => open.has(folder);

/** Opens a folder, which is made if need be: it has mode 0700, its files 0600. */
export const openHandle = (peer: Peer, folder: string): Handle => (open.has(folder) ? use(folder) : openFiles(peer, folder, false));

/** Opens a folder to look at it: nothing in it is made or changed but LMDB's own table of readers. */
export const openForReading = (peer: Peer, folder: string): Handle => (open.has(folder) ? use(folder) : openFiles(peer, folder, true));

function openFiles(peer: Peer, folder: string, readOnly: boolean): Handle {
  const place = readOnly ? `${folder}\0read` : folder;
  if (open.has(place)) return use(place);
  if (!readOnly) makeFiles(folder);
  const root = peer.open({ path: folder, noSubdir: false, keyEncoding: 'binary', encoding: 'binary', cache: false, maxDbs: 1, overlappingSync: false, eventTurnBatching: false, readOnly });
  open.set(place, { root, file: fileAt(folder), users: 0 });
  return use(place);
}

function use(place: string): Handle {
  const mine = open.get(place);
  if (mine === undefined) throw new Error(`${place} is not open`);
  const { root } = mine;
  mine.users++;
  /** The buffer that the package hands out again and again, and its parts. */
  let shared: Uint8Array | undefined;
  let sharedTo: ((end: number) => Buffer) | undefined;
  return {
    get(key, at) {
      const found = at === undefined ? root.getBinaryFast(key) : root.getBinaryFast(key, { transaction: at });
      if (found === undefined) return undefined;
      if (shared !== found || sharedTo === undefined) {
        if (found.byteLength > CHUNK_BYTES) return buffer(found); // one of its own
        shared = found;
        sharedTo = viewsFrom(Buffer.from(found.buffer, found.byteOffset, found.byteLength), 0);
      }
      return sharedTo(found.length);
    },
    chunk(start, end, { behind = false, at, rows: most = CHUNK_ROWS } = {}) {
      const rows: (readonly [Buffer, Buffer])[] = [];
      let bytes = 0;
      for (const { key, value } of root.getRange({ start, end, exclusiveStart: behind, ...(at === undefined ? {} : { transaction: at }) })) {
        rows.push([buffer(key), buffer(value)]);
        bytes += value.length;
        if (rows.length >= most || bytes >= CHUNK_BYTES) return { rows, more: true };
      }
      return { rows, more: false };
    },
    put: (key, value) => void root.put(key, value),
    remove: key => void root.remove(key),
    async transaction(action) {
      // A file that was removed can be written as long as it is open, and nobody ever finds what is in it.
      if (fileAt(place) !== mine.file) throw new MillraceError('state-failed', `The state in "${place}" was removed, or put somewhere else, while it was open. Nothing can be kept there any more. Bring the folder back and start the job again, or begin anew with empty sinks.`);
      return root.childTransaction(action);
    },
    usable() {
      try {
        root.transactionSync(() => {});
        return true;
      } catch {
        return false;
      }
    },
    snapshot() {
      root.resetReadTxn();
      return root.useReadTransaction();
    },
    async close() {
      if (--mine.users > 0) return;
      open.delete(place);
      await root.close();
    },
  };
}
