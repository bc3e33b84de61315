/** Checkpoints as files: each what changed since the one it stands on, whole or not there, with a checksum. */
import { crc32 } from 'node:zlib';
import type { Disk } from '../../core/disk.js';
import { DataError } from '../../core/errors.js';
import type { Manifest } from '../../core/state.js';
import type { Json, Key, Sub } from '../../core/values.js';
import { decodeValue, encodeValue } from '../../state/codec.js';
import { keyBytes, keyOf } from '../../state/key-bytes.js';
import { apply, emptyLayer, HOLE, type Change, type Layer } from '../../state/table.js';

export interface Named {
  readonly generation: number;
  readonly sequence: number;
}

/** What a file of a checkpoint says, besides its entries. */
export interface Head {
  readonly manifest: Manifest;
  /** The checkpoint it stands on; absent, it is whole. */
  readonly parent: Named | null;
  readonly moves: readonly (readonly [to: string, from: string])[];
  readonly tables: readonly TableHead[];
}
interface TableHead {
  readonly step: string;
  readonly name: string;
  readonly dropped: boolean;
  /** Numbers of entries that follow: keys gone, main entries, lists of rows. */
  readonly gone: number;
  readonly main: number;
  readonly rows: number;
}

export type Tables = Map<string, Map<string, Layer>>;

export const nameOf = ({ generation, sequence }: Named): string => `checkpoint-${generation}-${sequence}`;
export const claimOf = (generation: number): string => `claim-${generation}`;
export const CHECKPOINT = /^checkpoint-(\d+)-(\d+)$/;
const CLAIM = /^claim-(\d+)$/;

export const claimsIn = (names: readonly string[]): readonly number[] => names.flatMap(name => (CLAIM.exec(name) === null ? [] : [Number(CLAIM.exec(name)?.[1])])).sort((a, b) => b - a);

export interface CheckpointFile {
  readonly head: Head;
  readonly body: Buffer;
  readonly at: number;
}

/** From the last whole one up to `tip`. */
export async function chainTo(disk: Disk, folder: string, tip: Named): Promise<readonly CheckpointFile[]> {
  const chain: CheckpointFile[] = [];
  for (let at: Named | null = tip; at !== null; ) {
    const body = unframed(await readWhole(disk, `${folder}/${nameOf(at)}`), nameOf(at));
    const length = body.readUInt32BE(0);
    const head = JSON.parse(body.subarray(4, 4 + length).toString()) as Head; // whole, and written by `commit`
    chain.unshift({ head, body, at: 4 + length });
    at = head.parent;
  }
  return chain;
}

export function restore({ head, body, at }: CheckpointFile, kept: Tables): void {
  const next = (): Buffer => {
    const length = body.readUInt32BE(at);
    const bytes = body.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return bytes;
  };
  move(head.moves, kept);
  for (const { step, name, dropped, gone, main, rows } of head.tables) {
    if (dropped) {
      kept.get(step)?.delete(name);
      continue;
    }
    const change: { gone: Key[]; main: [Key, unknown][]; rows: [Key, Change['rows'] extends Iterable<readonly [Key, infer R]> ? R : never][] } = { gone: [], main: [], rows: [] };
    for (let i = 0; i < gone; i++) change.gone.push(keyOf(next()).key);
    for (let i = 0; i < main; i++) {
      const { key } = keyOf(next());
      const value = next();
      change.main.push([key, value.length === 0 ? HOLE : decodeValue(value)]);
    }
    for (let i = 0; i < rows; i++) {
      const { key } = keyOf(next());
      const [subs, values] = decodeValue(next()) as [Sub[], unknown[]]; // written below
      change.rows.push([key, { subs, values, own: undefined }]);
    }
    // A tuple is found by the object that stands for it.
    const layer = layerOf(kept, step, name);
    const known = new Map([...layer.main.keys()].filter(key => typeof key === 'object').map(key => [keyBytes(key).toString('latin1'), key]));
    const slot = (key: Key): Key => (typeof key === 'object' ? (known.get(keyBytes(key).toString('latin1')) ?? (known.set(keyBytes(key).toString('latin1'), key), key)) : key);
    const same: Change = { gone: change.gone.map(slot), main: change.main.map(([key, value]) => [slot(key), value]), rows: change.rows.map(([key, list]) => [slot(key), list]) };
    for (const steps = apply(same, layer); steps.next().done !== true; );
  }
}

export function move(moves: Head['moves'], kept: Tables): void {
  for (const [to, from] of moves) {
    const tables = kept.get(from);
    if (tables === undefined) continue;
    kept.delete(from);
    kept.set(to, tables);
  }
}

export function layerOf(kept: Tables, step: string, name: string): Layer {
  let tables = kept.get(step);
  if (tables === undefined) kept.set(step, (tables = new Map()));
  let layer = tables.get(name);
  if (layer === undefined) tables.set(name, (layer = emptyLayer()));
  return layer;
}

export interface Entry {
  readonly step: string;
  readonly name: string;
  readonly dropped: boolean;
  readonly change: Change;
}
export const UNCHANGED: Change = { gone: [], main: [], rows: [] };

export function encode(head: Omit<Head, 'tables'>, entries: readonly Entry[]): { readonly bytes: Buffer; readonly count: number; /** Of keys and values alone. */ readonly size: number } {
  const parts: Buffer[] = [];
  let count = 0;
  let size = 0;
  const put = (bytes: Buffer): void => {
    size += bytes.length;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  };
  const tables = entries.map(({ step, name, dropped, change }): TableHead => {
    const where = (): string => `State of step "${step}", table "${name}"`;
    const [gone, main, rows] = [[...change.gone], [...change.main], [...change.rows]];
    for (const key of gone) put(keyBytes(key));
    for (const [key, value] of main) {
      put(keyBytes(key));
      put(value === HOLE ? Buffer.alloc(0) : encodeValue(value, where));
    }
    for (const [key, list] of rows) {
      put(keyBytes(key));
      put(encodeValue([list.subs, list.values], where));
    }
    count += gone.length + main.length + rows.length;
    return { step, name, dropped, gone: gone.length, main: main.length, rows: rows.length };
  });
  const text = Buffer.from(JSON.stringify({ ...head, tables } satisfies Head as unknown as Json));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return { bytes: Buffer.concat([length, text, ...parts]), count, size };
}

/** With its length and checksum before it. */
export function framed(bytes: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes.length, 0);
  head.writeUInt32BE(crc32(bytes), 4);
  return Buffer.concat([head, bytes]);
}

export function unframed(bytes: Buffer, name: string): Buffer {
  const body = bytes.subarray(8);
  if (bytes.length < 8 || bytes.readUInt32BE(0) !== body.length || bytes.readUInt32BE(4) !== crc32(body)) throw new DataError('state-damaged', `"${name}" is damaged: its length or its checksum is wrong.`, name);
  return body;
}

export async function readWhole(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.open(path, 'read');
  try {
    const { size } = await file.look();
    const bytes = Buffer.alloc(size);
    for (let at = 0; at < size; ) {
      const read = await file.read(bytes.subarray(at), at);
      if (read === 0) return bytes.subarray(0, at);
      at += read;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Under its name whole or not at all. */
export async function writeWhole(disk: Disk, folder: string, name: string, bytes: Buffer): Promise<void> {
  const aside = `${folder}/${name}.writing`;
  await disk.remove(aside);
  const file = await disk.open(aside, 'create');
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(aside, `${folder}/${name}`);
  await disk.syncFolder(folder);
}
