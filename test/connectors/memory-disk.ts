/**
 * A disk in memory that fails when it is told to. It keeps apart what is there and what would be there after a power loss: contents since the last sync of a file, and names
 * since the last sync of their folder, are lost (or half lost). A view is what one process has of it: it can be killed, and a process that was only asleep keeps its open files.
 */
import { join, resolve } from 'node:path';
import type { Disk, DiskEntry, DiskFile } from '../../src/core/disk.js';

interface FileNode {
  readonly kind: 'file';
  readonly id: number;
  now: Uint8Array;
  synced: Uint8Array;
}
interface FolderNode {
  readonly kind: 'folder';
  readonly id: number;
  now: Map<string, Node>;
  synced: Map<string, Node>;
}
type Node = FileNode | FolderNode;

/** Told of every call before it happens; may throw, or answer `'half'`: a write is done by half, and fails. */
export type Fault = (call: string, path: string) => void | 'half';

export interface MemoryDisk {
  /** What one process sees. */
  view(fault?: Fault): Disk & { kill(): void };
  /** What was not synced is lost; of contents `kept` (0 to 1) of the bytes that were added stay. */
  powerLoss(kept?: number): void;
  /** Text of all files, by path below `folder`. */
  texts(folder: string): ReadonlyMap<string, Uint8Array>;
  /** For damaging things. */
  edit(path: string, change: (bytes: Uint8Array) => Uint8Array): void;
}

const failure = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });
const partsOf = (path: string): string[] => resolve(path).split('/').slice(1).filter(part => part !== '');

export function memoryDisk(): MemoryDisk {
  let ids = 0;
  const folder = (): FolderNode => ({ kind: 'folder', id: ids++, now: new Map(), synced: new Map() });
  const root = folder();
  const find = (path: string): Node | undefined => partsOf(path).reduce<Node | undefined>((at, name) => (at?.kind === 'folder' ? at.now.get(name) : undefined), root);
  const above = (path: string): FolderNode => {
    const at = find(join(resolve(path), '..'));
    if (at?.kind !== 'folder') throw failure('ENOENT', path);
    return at;
  };
  const nameOf = (path: string): string => partsOf(path).at(-1) ?? '';
  const entry = (node: Node): DiskEntry => ({ kind: node.kind, size: node.kind === 'file' ? node.now.length : 0, identity: String(node.id) });
  const walk = (node: Node, path: string, found: Map<string, Uint8Array>): ReadonlyMap<string, Uint8Array> => {
    if (node.kind === 'file') found.set(path, node.now);
    else for (const [name, below] of node.now) walk(below, path === '' ? name : `${path}/${name}`, found);
    return found;
  };
  const lose = (node: Node, kept: number): void => {
    if (node.kind === 'file') {
      const more = node.now.length - node.synced.length;
      node.now = more > 0 && kept > 0 ? Uint8Array.from([...node.synced, ...node.now.subarray(node.synced.length, node.synced.length + Math.floor(more * kept))]) : Uint8Array.from(node.synced);
    } else {
      node.now = new Map(node.synced);
      for (const below of node.now.values()) lose(below, kept);
    }
  };
  return {
    view(fault = () => {}) {
      let dead = false;
      const call = async (name: string, path: string): Promise<void | 'half'> => {
        if (dead) return new Promise<never>(() => {});
        await Promise.resolve();
        const answer = fault(name, path);
        if (dead) return new Promise<never>(() => {});
        return answer;
      };
      const handle = (node: FileNode, path: string): DiskFile => ({
        async read(bytes, position) {
          await call('read', path);
          const part = node.now.subarray(position, position + bytes.length);
          bytes.set(part);
          return part.length;
        },
        async write(bytes, position) {
          const half = await call('write', path);
          const part = half === 'half' ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes;
          const grown = new Uint8Array(Math.max(node.now.length, position + part.length));
          grown.set(node.now);
          grown.set(part, position);
          node.now = grown;
          if (half === 'half') throw failure('ENOSPC', path);
        },
        async truncate(size) {
          await call('truncate', path);
          const cut = new Uint8Array(size);
          cut.set(node.now.subarray(0, size));
          node.now = cut;
        },
        async sync() {
          await call('sync', path);
          node.synced = Uint8Array.from(node.now);
        },
        async look() {
          await call('look', path);
          return entry(node);
        },
        async close() {
          if (dead) return new Promise<never>(() => {});
        },
      });
      return {
        kill: () => void (dead = true),
        async open(path, mode) {
          await call('open', path);
          const found = find(path);
          if (mode !== 'create') {
            if (found?.kind !== 'file') throw failure(found === undefined ? 'ENOENT' : 'EISDIR', path);
            return handle(found, path);
          }
          if (found !== undefined) throw failure('EEXIST', path);
          const made: FileNode = { kind: 'file', id: ids++, now: new Uint8Array(), synced: new Uint8Array() };
          above(path).now.set(nameOf(path), made);
          return handle(made, path);
        },
        async makeFolder(path) {
          await call('makeFolder', path);
          partsOf(path).reduce<FolderNode>((at, name) => {
            const next = at.now.get(name) ?? folder();
            if (next.kind !== 'folder') throw failure('ENOTDIR', path);
            at.now.set(name, next);
            return next;
          }, root);
        },
        async rename(from, to) {
          await call('rename', from);
          const node = find(from);
          if (node === undefined) throw failure('ENOENT', from);
          above(to).now.set(nameOf(to), node);
          above(from).now.delete(nameOf(from));
        },
        async remove(path) {
          await call('remove', path);
          const at = find(join(resolve(path), '..'));
          if (at?.kind === 'folder') at.now.delete(nameOf(path));
        },
        async list(path) {
          await call('list', path);
          const found = find(path);
          return found?.kind === 'folder' ? [...found.now.keys()] : [];
        },
        async look(path) {
          await call('look', path);
          const found = find(path);
          return found === undefined ? undefined : entry(found);
        },
        async syncFolder(path) {
          await call('syncFolder', path);
          const found = find(path);
          if (found?.kind !== 'folder') throw failure('ENOENT', path);
          found.synced = new Map(found.now);
        },
      };
    },
    powerLoss: (kept = 0) => lose(root, kept),
    texts(path) {
      const found = find(path);
      return found === undefined ? new Map() : walk(found, '', new Map());
    },
    edit(path, change) {
      const found = find(path);
      if (found?.kind !== 'file') throw failure('ENOENT', path);
      found.now = change(found.now);
      found.synced = Uint8Array.from(found.now);
    },
  };
}

/** A fault at the n-th call (from 1), and how many calls there were. */
export function atCall(n: number, what: Fault): { readonly fault: Fault; calls(): number } {
  let calls = 0;
  return { fault: (call, path) => (++calls === n ? what(call, path) : undefined), calls: () => calls };
}
