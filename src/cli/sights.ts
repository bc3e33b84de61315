/** What the command can look at: a savepoint, the store of a job, or a folder in which there are some. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemDisk } from '../core/disk.js';
import { causeText, MillraceError } from '../core/errors.js';
import type { Manifest } from '../core/state.js';
import type { Key } from '../core/values.js';
import { keyText } from '../core/key.js';
import { isStore, viewStore } from '../state/lmdb/reading.js';
import { openSavepoint, type SavepointEntry } from '../state/savepoint/read.js';

/** A state that can be looked at. */
export interface Sight {
  readonly kind: 'savepoint' | 'store';
  readonly path: string;
  /** In bytes, on the disk. */
  readonly size: number;
  /** Who may commit now. */
  readonly generation: number;
  readonly job: string;
  readonly manifest: Manifest | undefined;
  /** Of a savepoint: what it is known by. */
  readonly id?: string | undefined;
  tables(): Promise<readonly { readonly step: string; readonly table: string; readonly entries: number; readonly bytes: number | undefined }[]>;
  parts(step?: string): AsyncGenerator<readonly SavepointEntry[], void>;
  get(step: string, key: Key): Promise<readonly SavepointEntry[]>;
  /** What is damaged, one line each. */
  verify(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** So many entries are read at once. */
const PART = 1_000;

/** Everything at a path that can be looked at. */
export async function placesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new MillraceError('state-missing', `There is nothing at ${path}.`, { cause });
  });
  if (!found.isDirectory() || isStore(path)) return [path];
  const names = (await readdir(path)).sort();
  const places = names.map(name => join(path, name)).filter(place => place.endsWith('.savepoint') || isStore(place));
  if (places.length === 0) throw new MillraceError('state-missing', `In ${path} there is neither a store nor a savepoint.`);
  return places;
}

/** Opens what {@link placesAt} found. */
export const sightOf = async (path: string): Promise<Sight> => (isStore(path) ? storeSight(path) : savepointSight(path));

/** Of the environment, so that it stands in no list of processes. */
export const signingKey = (): string | undefined => process.env['MILLRACE_SIGNING_KEY'] || undefined;

async function savepointSight(path: string): Promise<Sight> {
  const savepoint = await openSavepoint(path, systemDisk, signingKey());
  const { manifest, bytes, id } = savepoint;
  const parts = async function* (step?: string): AsyncGenerator<readonly SavepointEntry[], void> {
    for await (const part of savepoint.parts()) yield step === undefined ? part : part.filter(entry => entry.step === step);
  };
  return {
    kind: 'savepoint',
    path,
    size: bytes,
    generation: manifest.generation,
    job: manifest.job,
    manifest,
    id,
    parts,
    async tables() {
      const found = new Map<string, { step: string; table: string; entries: number; bytes: number }>();
      for await (const part of savepoint.parts()) {
        for (const { step, table, bytes: more } of part) {
          const at = JSON.stringify([step, table]);
          const totals = found.get(at) ?? { step, table, entries: 0, bytes: 0 };
          totals.entries++;
          totals.bytes += more;
          found.set(at, totals);
        }
      }
      return [...found.values()];
    },
    async get(step, key) {
      const text = keyText(key);
      const found: SavepointEntry[] = [];
      for await (const part of parts(step)) found.push(...part.filter(entry => keyText(entry.key) === text));
      return found;
    },
    async verify() {
      try {
        for await (const part of savepoint.parts()) void part;
        return [];
      } catch (cause) {
        return [causeText(cause)];
      }
    },
    close: () => savepoint.close(),
  };
}

async function storeSight(path: string): Promise<Sight> {
  const view = await viewStore(path);
  const parts = async function* (step?: string): AsyncGenerator<readonly SavepointEntry[], void> {
    let part: SavepointEntry[] = [];
    for (const table of view.tables) {
      if (step !== undefined && table.step !== step) continue;
      for (const entry of view.entries(table.step, table.name)) {
        part.push({ ...entry, step: table.step, table: table.name });
        if (part.length < PART) continue;
        yield part;
        part = [];
      }
    }
    yield part;
  };
  return {
    kind: 'store',
    path,
    size: (await stat(join(path, 'data.mdb'))).size,
    generation: view.generation,
    job: view.job,
    manifest: view.manifest,
    tables: async () => view.tables.map(({ step, name, entries }) => ({ step, table: name, entries, bytes: undefined })),
    parts,
    get: async (step, key) => view.tables.filter(table => table.step === step).flatMap(({ name }) => view.get(step, name, key).map(([sub, value]) => ({ step, table: name, key, sub, value, bytes: 0 }))),
    verify: () => view.verify(),
    close: () => view.close(),
  };
}
