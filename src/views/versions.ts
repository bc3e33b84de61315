/**
 * Versions of a batch view, and the pointer to the one that counts. In a folder it is a contract that others can follow too:
 *
 * - `version-<number>/rows.ndjson`: a line `[key, start of the granule, accumulator]` per row, in the tagged JSON of savepoints (plain JSON for whatever JSON can say);
 * - `version-<number>/manifest.json`: a {@link VersionManifest}, written last: without it there is no version;
 * - `current.json`: `{ "version": <number> }`, replaced whole.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { makeFolder, readWhole, synced, writeWhole, codeOf } from '../connectors/durable.js';
import type { Disk, DiskFile } from '../core/disk.js';
import { DataError, causeText } from '../core/errors.js';
import { canonicalKey } from '../core/key.js';
import type { LogPositions } from '../core/master-log.js';
import { fromTagged, toTagged } from '../core/tagged.js';
import type { Json, Key, Time } from '../core/values.js';
import { memoryRows, type MemoryRows } from './rows.js';

/** What a version of a batch view says of itself. */
export interface VersionManifest {
  readonly format: 1;
  readonly view: string;
  readonly version: number;
  /** It counts the events of the log from `from` to before `cut`. */
  readonly from: LogPositions;
  readonly cut: LogPositions;
  readonly codeHash: string;
  readonly rows: number;
  readonly events: number;
  /** Events that were left out because the code threw. */
  readonly skipped: number;
  /** Event time up to which no more was expected at the cut; `null`: nothing was known. */
  readonly watermark: Time | null;
  /** When it was computed, in epoch milliseconds. */
  readonly createdAt: Time;
  /** Length and CRC-32 of `rows.ndjson`. */
  readonly bytes: number;
  readonly checksum: number;
}

/** What is known when the rows are. */
export type NewVersion = Omit<VersionManifest, 'format' | 'view' | 'version' | 'bytes' | 'checksum' | 'rows'>;

/** Where the versions of one view are kept. */
export interface Versions {
  /** Those there are, the oldest first. */
  list(): Promise<readonly VersionManifest[]>;
  /** The one that counts; 0: none. */
  current(): Promise<number>;
  /** Keeps rows as a new version, which does not count yet. */
  add(made: NewVersion, rows: MemoryRows): Promise<VersionManifest>;
  load(manifest: VersionManifest): Promise<MemoryRows>;
  /** This one counts from now on: one step, all or nothing. 0: none does. */
  point(version: number): Promise<void>;
  remove(version: number): Promise<void>;
  /** Removes what is left of versions that were never finished, below this one. */
  sweep(below: number): Promise<void>;
}

/** Versions that are gone with the process. */
export function memoryVersions(view: string): Versions {
  const kept = new Map<number, { readonly manifest: VersionManifest; readonly rows: MemoryRows }>();
  let counts = 0;
  let next = 1;
  return {
    list: async () => [...kept.values()].map(({ manifest }) => manifest),
    current: async () => counts,
    async add(made, rows) {
      const manifest: VersionManifest = { format: 1, view, version: next++, ...made, rows: rows.size, bytes: 0, checksum: 0 };
      kept.set(manifest.version, { manifest, rows });
      return manifest;
    },
    async load({ version }) {
      const found = kept.get(version);
      if (found === undefined) throw unknownVersion(view, version);
      return found.rows;
    },
    async point(version) {
      counts = version;
    },
    async remove(version) {
      kept.delete(version);
    },
    sweep: async () => {},
  };
}

export const unknownVersion = (view: string, version: number): DataError => new DataError('view-version', `View "${view}" has no version ${version} of its batch view (any more). \`versions()\` lists those there are.`, version);

const FOLDER = /^version-(\d{10})$/;
const MANIFEST = 'manifest.json';
const ROWS = 'rows.ndjson';
const CURRENT = 'current.json';
/** Bytes per write, and per read. */
const CHUNK = 2 ** 20;
const SMALL = 2 ** 20;

/** Versions in a folder of their own. */
export function folderVersions(disk: Disk, folder: string, view: string): Versions {
  const placeOf = (version: number): string => join(folder, `version-${String(version).padStart(10, '0')}`);
  const numbers = async (): Promise<number[]> => (await disk.list(folder)).flatMap(name => (FOLDER.exec(name) === null ? [] : [Number(FOLDER.exec(name)?.[1])])).sort((a, b) => a - b);
  const json = async (path: string): Promise<unknown> => {
    const bytes = await readWhole(disk, path, SMALL);
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(Buffer.from(bytes).toString()) as unknown;
    } catch (cause) {
      throw damaged(path, causeText(cause), cause);
    }
  };
  return {
    async list() {
      const found: VersionManifest[] = [];
      for (const version of await numbers()) {
        const path = join(placeOf(version), MANIFEST);
        const manifest = await json(path);
        if (manifest !== undefined) found.push(checked(manifest, path, view, version));
      }
      return found;
    },
    async current() {
      const path = join(folder, CURRENT);
      const found = await json(path);
      if (found === undefined) return 0;
      const version = typeof found === 'object' && found !== null && 'version' in found ? found.version : undefined;
      if (typeof version !== 'number' || !Number.isSafeInteger(version)) throw damaged(path, 'it names no version');
      return version;
    },
    async add(made, rows) {
      await makeFolder(disk, folder);
      let version = ((await numbers()).at(-1) ?? 0) + 1;
      // Two that publish at once do not get the same number.
      for (;;) {
        await makeFolder(disk, placeOf(version));
        try {
          await (await disk.open(join(placeOf(version), 'claimed'), 'create')).close();
          break;
        } catch (cause) {
          if (codeOf(cause) !== 'EEXIST') throw cause;
          version++;
        }
      }
      const place = placeOf(version);
      const { bytes, checksum } = await writeRows(disk, join(place, ROWS), rows);
      const manifest: VersionManifest = { format: 1, view, version, ...made, rows: rows.size, bytes, checksum };
      await synced(place, () => disk.syncFolder(place));
      await writeWhole(disk, join(place, MANIFEST), Buffer.from(JSON.stringify(manifest)), join(place, `${MANIFEST}.writing`));
      return manifest;
    },
    async load(manifest) {
      const path = join(placeOf(manifest.version), ROWS);
      return readRows(disk, path, manifest);
    },
    async point(version) {
      await makeFolder(disk, folder);
      await writeWhole(disk, join(folder, CURRENT), Buffer.from(JSON.stringify({ version })), join(folder, `${CURRENT}.writing`));
    },
    async remove(version) {
      const place = placeOf(version);
      // The manifest first: half a version is none.
      for (const name of [MANIFEST, ROWS, `${MANIFEST}.writing`]) await disk.remove(join(place, name));
      await synced(place, () => disk.syncFolder(place));
    },
    async sweep(below) {
      for (const version of await numbers()) if (version < below && (await disk.look(join(placeOf(version), MANIFEST))) === undefined) await disk.remove(join(placeOf(version), ROWS));
    },
  };
}

const damaged = (path: string, why: string, cause?: unknown): DataError => new DataError('view-damaged', `"${path}" is not as it was written: ${why}. An earlier version answers meanwhile, if there is one; publish anew.`, path, { cause });

function checked(found: unknown, path: string, view: string, version: number): VersionManifest {
  const manifest = (typeof found === 'object' && found !== null ? found : {}) as { readonly [name in keyof VersionManifest]?: unknown }; // looked at below
  const positions = (value: unknown): boolean => Array.isArray(value) && value.every(position => Number.isSafeInteger(position) && Number(position) >= 0);
  const counts = [manifest.rows, manifest.events, manifest.skipped, manifest.bytes, manifest.checksum, manifest.createdAt].every(value => Number.isSafeInteger(value));
  if (manifest.format !== 1) throw damaged(path, `its format is ${JSON.stringify(manifest.format)}, and 1 is known`);
  if (manifest.view !== view) throw damaged(path, `it belongs to view ${JSON.stringify(manifest.view)}`);
  if (manifest.version !== version || typeof manifest.codeHash !== 'string' || !positions(manifest.cut) || !positions(manifest.from) || !counts) throw damaged(path, 'something in it is missing or no number');
  return manifest as VersionManifest; // as was just looked at
}

async function writeRows(disk: Disk, path: string, rows: MemoryRows): Promise<{ readonly bytes: number; readonly checksum: number }> {
  await disk.remove(path);
  const file = await disk.open(path, 'create');
  let bytes = 0;
  let checksum = 0;
  try {
    let lines: string[] = [];
    let size = 0;
    const write = async (): Promise<void> => {
      const part = Buffer.from(lines.join(''));
      await file.write(part, bytes);
      bytes += part.length;
      checksum = crc32(part, checksum);
      lines = [];
      size = 0;
    };
    for (const row of rows.all()) {
      const line = `${JSON.stringify(row.map(part => toTagged(part)))}\n`;
      lines.push(line);
      size += line.length;
      if (size >= CHUNK) await write();
    }
    if (lines.length > 0) await write();
    await synced(path, () => file.sync());
  } finally {
    await file.close();
  }
  return { bytes, checksum };
}

async function readRows(disk: Disk, path: string, manifest: VersionManifest): Promise<MemoryRows> {
  const rows = memoryRows();
  let file: DiskFile;
  try {
    file = await disk.open(path, 'read');
  } catch (cause) {
    throw damaged(path, causeText(cause), cause);
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    let at = 0;
    let checksum = 0;
    let rest: Buffer = Buffer.alloc(0);
    for (let count = await file.read(chunk, 0); count > 0; count = await file.read(chunk, at)) {
      const part = chunk.subarray(0, count);
      at += count;
      checksum = crc32(part, checksum);
      const text = Buffer.concat([rest, part]);
      const end = text.lastIndexOf(10) + 1;
      rest = Buffer.from(text.subarray(end));
      for (const line of text.toString('utf8', 0, end).split('\n')) {
        if (line === '') continue;
        const [key, start, acc] = rowOf(line, path);
        rows.set(key, start, acc);
      }
    }
    if (rest.length > 0 || at !== manifest.bytes || checksum !== manifest.checksum) throw damaged(path, 'length or checksum differ from what the manifest says');
    if (rows.size !== manifest.rows) throw damaged(path, `it has ${rows.size} rows, and the manifest says ${manifest.rows}`);
    return rows;
  } finally {
    await file.close();
  }
}

function rowOf(line: string, path: string): readonly [Key, Time, unknown] {
  try {
    const [key, start, acc] = JSON.parse(line) as readonly Json[];
    if (typeof start !== 'number' || acc === undefined || key === undefined) throw new Error('there is no row in it');
    return [canonicalKey(fromTagged(key)), start, fromTagged(acc)];
  } catch (cause) {
    throw damaged(path, `the line ${line.slice(0, 80)} is no row (${causeText(cause)})`, cause);
  }
}
