/**
 * Files as the library sees them. Whatever must survive a crash is written through a {@link Disk}, so that a simulation can put one under it that loses what was not synced,
 * tears what was under way, and is full; `systemDisk` is the real one.
 */
import { constants } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import type { Environment } from './clock.js';

/** What a path leads to. */
export interface DiskEntry {
  readonly kind: 'file' | 'folder' | 'other';
  /** In bytes. */
  readonly size: number;
  /** Stays with a file when it is renamed, and differs from that of any other file there is. */
  readonly identity: string;
}

/** A folder tree. Nothing is sure to survive a power loss but what was synced: contents by {@link DiskFile.sync}, names by {@link Disk.syncFolder}. */
export interface Disk {
  /** `read`: it must exist; `write`: it must exist, for reading and writing; `create`: it must not exist, mode 0600. No link is followed at the last part of the path. */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile>;
  /** With all folders above it; those it makes have mode 0700. */
  makeFolder(path: string): Promise<void>;
  /** Replaces what is at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Nothing happens if there is no such file. */
  remove(path: string): Promise<void>;
  /** The names in a folder, in no order; none if it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** `undefined`: nothing is there. */
  look(path: string): Promise<DiskEntry | undefined>;
  /** Creations, renames and removals in a folder are on the disk. */
  syncFolder(path: string): Promise<void>;
  /** Where a path leads when all links are followed; absent where there are no links. */
  realPath?(path: string): Promise<string>;
}

/** An open file. */
export interface DiskFile {
  /** At most `bytes.length` bytes from `position` on; answers how many came, 0 at the end. */
  read(bytes: Uint8Array, position: number): Promise<number>;
  /** All of `bytes`, or it rejects; then any part of them may be there. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** What was written is on the disk. When it rejects, nobody knows what is: it must not be tried again. */
  sync(): Promise<void>;
  look(): Promise<DiskEntry>;
  close(): Promise<void>;
}

/** Fills `bytes` from `position` on, as far as the file goes; answers how many came. */
export async function readFully(file: Pick<DiskFile, 'read'>, bytes: Uint8Array, position: number): Promise<number> {
  let read = 0;
  while (read < bytes.length) {
    const more = await file.read(bytes.subarray(read), position + read);
    if (more === 0) break;
    read += more;
  }
  return read;
}

/** So many bytes from `position` on; fewer at the end of the file. */
export async function bytesAt(file: Pick<DiskFile, 'read'>, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, await readFully(file, bytes, position));
}

/** The disk a job's sources, sinks and state are given: the real one, unless its environment brings another. */
export const diskOf = (environment: Environment): Disk => environment.disk ?? systemDisk;

const NO_LINKS = constants.O_NOFOLLOW;
const FLAGS = { read: constants.O_RDONLY | NO_LINKS, write: constants.O_RDWR | NO_LINKS, create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_LINKS };

/** The files of this machine. */
export const systemDisk: Disk = {
  async open(path, mode) {
    return fileOf(await open(path, FLAGS[mode], 0o600));
  },
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  rename,
  remove: path => rm(path, { force: true }),
  list: path => readdir(path).catch(noneIfMissing<readonly string[]>([])),
  look: path => stat(path).then(entryOf, noneIfMissing(undefined)),
  realPath: path => realpath(path),
  async syncFolder(path) {
    // Not every system can sync a folder; where it can, a failure is a failure.
    const handle = await open(path, 'r').catch(() => undefined);
    try {
      await handle?.sync();
    } finally {
      await handle?.close();
    }
  },
};

const noneIfMissing =
  <T>(none: T) =>
  (cause: unknown): T => {
    if (typeof cause === 'object' && cause !== null && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return none;
    throw cause;
  };

const entryOf = (found: { isFile(): boolean; isDirectory(): boolean; readonly size: number; readonly dev: number; readonly ino: number }): DiskEntry => ({
  kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other',
  size: found.size,
  identity: `${found.dev}:${found.ino}`,
});

function fileOf(handle: FileHandle): DiskFile {
  return {
    async read(bytes, position) {
      return (await handle.read(bytes, 0, bytes.length, position)).bytesRead;
    },
    async write(bytes, position) {
      // A disk that fills up takes a part and says nothing: the next call does.
      for (let written = 0; written < bytes.length; ) written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
    },
    truncate: size => handle.truncate(size),
    sync: () => handle.sync(),
    look: async () => entryOf(await handle.stat()),
    close: () => handle.close(),
  };
}
