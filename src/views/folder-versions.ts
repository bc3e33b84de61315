/**
 * Versions of a batch view in a folder: a contract that others can follow too.
 *
 * - `version-<number>/rows.ndjson`: a line `[key, start of the granule, accumulator]` per row, in the tagged JSON of savepoints (plain JSON for whatever JSON can say), in the order of keys and granules;
 * - `version-<number>/manifest.json`: a {@link VersionManifest}, written last: without it there is no version;
 * - `current.json`: `{ "version": <number> }`, replaced whole.
 */
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { codeOf, makeFolder, readWhole, synced, writeWhole } from '../connectors/durable.js';
import type { Disk } from '../core/disk.js';
import { DataError, causeText } from '../core/errors.js';
import { writeRows } from './row-writer.js';
import { RUN } from './runs.js';
import { storedRows, type Block } from './stored-rows.js';
import type { VersionManifest, Versions } from './versions.js';

const FOLDER = /^version-(\d{10})$/;
const MANIFEST = 'manifest.json';
const ROWS = 'rows.ndjson';
const CURRENT = 'current.json';
/** Nobody takes the number of a version again. */
const CLAIMED = 'claimed';
const SMALL = 2 ** 20;

/** Versions in a folder of their own; blocks of their rows are kept in so many bytes of memory, about. */
export function folderVersions(disk: Disk, folder: string, view: string, memory: number): Versions {
  const cache = new LRUCache<string, Block>({ maxSize: Math.max(1, Math.ceil(memory)), sizeCalculation: ({ bytes, lines }) => bytes.length + 8 * lines.length });
  const placeOf = (version: number): string => join(folder, `version-${String(version).padStart(10, '0')}`);
  const numbers = async (): Promise<number[]> => (await disk.list(folder)).flatMap(name => (FOLDER.exec(name) === null ? [] : [Number(FOLDER.exec(name)?.[1])])).sort((a, b) => a - b);
  const removeFrom = async (place: string, what: (name: string) => boolean): Promise<void> => {
    for (const name of await disk.list(place)) if (what(name)) await disk.remove(join(place, name));
  };
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
        if (manifest !== undefined && !isOld(manifest)) found.push(checked(manifest, path, view, version));
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
    async begin() {
      await makeFolder(disk, folder);
      let version = ((await numbers()).at(-1) ?? 0) + 1;
      // Two that publish at once do not get the same number.
      for (;;) {
        await makeFolder(disk, placeOf(version));
        try {
          await (await disk.open(join(placeOf(version), CLAIMED), 'create')).close();
          break;
        } catch (cause) {
          if (codeOf(cause) !== 'EEXIST') throw cause;
          version++;
        }
      }
      const place = placeOf(version);
      let kept = false;
      return {
        aside: { disk, folder: place },
        async keep(made, rows, turns) {
          const written = await writeRows(disk, join(place, ROWS), rows, { turns, durable: true });
          const manifest: VersionManifest = { format: 2, view, version, ...made, ...written };
          await synced(place, () => disk.syncFolder(place));
          await writeWhole(disk, join(place, MANIFEST), Buffer.from(JSON.stringify(manifest)), join(place, `${MANIFEST}.writing`));
          kept = true;
          return manifest;
        },
        clear: () => removeFrom(place, name => RUN.test(name) || (!kept && name === ROWS)),
      };
    },
    load(manifest) {
      const path = join(placeOf(manifest.version), ROWS);
      return storedRows({ disk, path, written: manifest, cache, damaged: (why, cause) => damaged(path, why, cause) });
    },
    async point(version) {
      await makeFolder(disk, folder);
      await writeWhole(disk, join(folder, CURRENT), Buffer.from(JSON.stringify({ version })), join(folder, `${CURRENT}.writing`));
    },
    async remove(version) {
      const place = placeOf(version);
      // The manifest first: half a version is none.
      await disk.remove(join(place, MANIFEST));
      await removeFrom(place, name => name !== CLAIMED);
      await synced(place, () => disk.syncFolder(place));
    },
    async sweep(below) {
      for (const version of await numbers()) if (version < below && (await disk.look(join(placeOf(version), MANIFEST))) === undefined) await removeFrom(placeOf(version), name => name === ROWS || RUN.test(name));
    },
  };
}

const damaged = (path: string, why: string, cause?: unknown): DataError => new DataError('view-damaged', `"${path}" is not as it was written: ${why}. An earlier version answers meanwhile, if there is one; publish anew.`, path, { cause });

/** Rows of format 1 were in no order. Such a version is as if it were not there. */
const isOld = (found: unknown): boolean => typeof found === 'object' && found !== null && 'format' in found && found.format === 1;

function checked(found: unknown, path: string, view: string, version: number): VersionManifest {
  const manifest = (typeof found === 'object' && found !== null ? found : {}) as { readonly [name in keyof VersionManifest]?: unknown }; // looked at below
  const positions = (value: unknown): boolean => Array.isArray(value) && value.every(position => Number.isSafeInteger(position) && Number(position) >= 0);
  const counts = [manifest.rows, manifest.events, manifest.skipped, manifest.bytes, manifest.checksum, manifest.createdAt].every(value => Number.isSafeInteger(value));
  if (manifest.format !== 2) throw damaged(path, `its format is ${JSON.stringify(manifest.format)}, and 2 is known`);
  if (manifest.view !== view) throw damaged(path, `it belongs to view ${JSON.stringify(manifest.view)}`);
  if (manifest.version !== version || typeof manifest.codeHash !== 'string' || !positions(manifest.cut) || !positions(manifest.from) || !counts) throw damaged(path, 'something in it is missing or no number');
  return manifest as VersionManifest; // as was just looked at
}

