/**
 * A disk that is as bad as disks may be. What was written is seen at once and is on the disk when it was synced; a power loss leaves of the rest nothing, a beginning (its last write torn), or all. Names
 * are on the disk when their folder was synced; of the changes since then a power loss leaves a beginning. A sync that fails has thrown away what it was to write, and the next one succeeds, as on Linux.
 */
import type { Disk, DiskEntry, DiskFile } from '../../core/disk.js';
import type { Process, Scheduler } from './scheduler.js';

/** How often calls fail, in [0, 1]. */
export interface DiskFaults {
  /** Any call, with EIO. */
  error: number;
  /** A write, with ENOSPC, after a part of it. */
  full: number;
}

interface Node {
  readonly id: number;
  content: Buffer;
  /** As of the last sync. */
  durable: Buffer;
  pending: readonly Write[];
}
type Write = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

type Change = { readonly folders: readonly string[]; apply(names: Map<string, Node>): void };

export interface SimulatedDisk {
  /** The disk as one process sees it: its calls end with it. */
  of(process: Process): Disk;
  readonly faults: DiskFaults;
  /** The power fails: what was not synced is gone, in whole or in part. */
  powerLoss(): void;
  /** Everything in a file now; `undefined` if there is none. For whoever looks at the end. */
  bytes(path: string): Buffer | undefined;
  /** All paths of files. */
  paths(): readonly string[];
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const clean = (path: string): string => path.replaceAll('\\', '/').replace(/\/+$/, '');

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path} (simulated)`), { code });
}

function written(content: Buffer, write: Write): Buffer {
  if ('size' in write) return Buffer.concat([content.subarray(0, write.size), Buffer.alloc(Math.max(0, write.size - content.length))]);
  const size = Math.max(content.length, write.at + write.bytes.length);
  const next = Buffer.alloc(size);
  content.copy(next);
  write.bytes.copy(next, write.at);
  return next;
}

export function simulatedDisk(scheduler: Scheduler): SimulatedDisk {
  const faults: DiskFaults = { error: 0, full: 0 };
  let ids = 0;
  let names = new Map<string, Node>();
  let durableNames = new Map<string, Node>();
  /** Folders are there or not; their own creation is taken as durable, which no protocol of ours rests on. */
  const folders = new Set<string>();
  let changes: Change[] = [];

  const change = (made: Change): void => {
    made.apply(names);
    changes.push(made);
  };
  const write = (node: Node, made: Write): void => {
    node.content = written(node.content, made);
    node.pending = [...node.pending, made];
  };

  const of = (process: Process): Disk => {
    const call = <T>(label: string, path: string, effect: () => T): Promise<T> =>
      scheduler.point(process, `${label} ${path}`, () => {
        if (scheduler.chance(faults.error)) throw failure('EIO', path);
        return effect();
      });
    const entry = (node: Node): DiskEntry => ({ kind: 'file', size: node.content.length, identity: String(node.id) });
    const fileOf = (node: Node, path: string, mayWrite: boolean): DiskFile => {
      const writable = (): void => {
        if (!mayWrite) throw failure('EBADF', path);
      };
      return {
        read: (bytes, position) => call('read', path, () => node.content.copy(bytes, 0, position, Math.min(node.content.length, position + bytes.length))),
        write: (bytes, position) => {
          const copy = Buffer.from(bytes);
          return call('write', path, () => {
            writable();
            if (scheduler.chance(faults.full)) {
              write(node, { at: position, bytes: copy.subarray(0, scheduler.pick(copy.length + 1)) });
              throw failure('ENOSPC', path);
            }
            write(node, { at: position, bytes: copy });
          });
        },
        truncate: size =>
          call('truncate', path, () => {
            writable();
            write(node, { size });
          }),
        sync: () =>
          scheduler.point(process, `sync ${path}`, () => {
            if (scheduler.chance(faults.error)) {
              // The pages are marked clean: later syncs have nothing to do for them.
              node.pending = [];
              throw failure('EIO', path);
            }
            node.durable = settle(node);
            node.pending = [];
          }),
        look: () => call('look', path, () => entry(node)),
        close: () => scheduler.point(process, `close ${path}`, () => {}),
      };
    };
    return {
      open: (given, mode) => {
        const path = clean(given);
        return call(`open-${mode}`, path, () => {
          const node = names.get(path);
          if (mode === 'create') {
            if (node !== undefined || folders.has(path)) throw failure('EEXIST', path);
            if (!folders.has(folderOf(path))) throw failure('ENOENT', path);
            const made: Node = { id: ++ids, content: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
            change({ folders: [folderOf(path)], apply: all => void all.set(path, made) });
            return fileOf(made, path, true);
          }
          if (node === undefined) throw failure(folders.has(path) ? 'EISDIR' : 'ENOENT', path);
          return fileOf(node, path, mode === 'write');
        });
      },
      makeFolder: given => {
        const path = clean(given);
        return call('makeFolder', path, () => {
          for (let at = path; at !== '' && at !== '.'; at = folderOf(at)) folders.add(at);
        });
      },
      rename: (a, b) => {
        const [from, to] = [clean(a), clean(b)];
        return call(`rename ${from}`, to, () => {
          const node = names.get(from);
          if (node === undefined || !folders.has(folderOf(to))) throw failure('ENOENT', from);
          change({
            folders: [folderOf(from), folderOf(to)],
            apply(all) {
              // A name that is not there any more (its creation was lost) can not be moved.
              all.delete(from);
              all.set(to, node);
            },
          });
        });
      },
      remove: given => {
        const path = clean(given);
        return call('remove', path, () => {
          if (names.has(path)) change({ folders: [folderOf(path)], apply: all => void all.delete(path) });
        });
      },
      list: given => {
        const path = clean(given);
        return call('list', path, () => {
          const found = new Set<string>();
          for (const name of [...names.keys(), ...folders]) if (name.startsWith(`${path}/`)) found.add(name.slice(path.length + 1).split('/')[0] ?? '');
          found.delete('');
          return [...found].sort();
        });
      },
      look: given => {
        const path = clean(given);
        return call('look', path, () => {
          const node = names.get(path);
          if (node !== undefined) return entry(node);
          return folders.has(path) ? { kind: 'folder' as const, size: 0, identity: path } : undefined;
        });
      },
      syncFolder: given => {
        const path = clean(given);
        return call('syncFolder', path, () => {
          const waiting: Change[] = [];
          for (const made of changes) {
            if (made.folders.includes(path)) made.apply(durableNames);
            else waiting.push(made);
          }
          changes = waiting;
        });
      },
    };
  };
  const settle = (node: Node): Buffer => node.pending.reduce((content: Buffer, made) => written(content, made), node.durable);

  return {
    of,
    faults,
    powerLoss() {
      const kept = scheduler.pick(changes.length + 1);
      for (const made of changes.slice(0, kept)) made.apply(durableNames);
      changes = [];
      names = new Map(durableNames);
      for (const node of new Set(names.values())) {
        const { pending } = node;
        const choice = scheduler.pick(3);
        const upTo = choice === 0 ? 0 : choice === 1 ? pending.length : scheduler.pick(pending.length + 1);
        let content: Buffer = node.durable;
        pending.slice(0, upTo).forEach((made, index) => {
          const torn = index === upTo - 1 && choice === 2 && 'bytes' in made;
          content = written(content, torn ? { at: made.at, bytes: made.bytes.subarray(0, scheduler.pick(made.bytes.length + 1)) } : made);
        });
        node.content = content;
        node.durable = content;
        node.pending = [];
      }
      durableNames = new Map(names);
    },
    bytes: path => names.get(clean(path))?.content,
    paths: () => [...names.keys()].sort(),
  };
}
