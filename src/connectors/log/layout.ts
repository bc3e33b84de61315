/**
 * What the names in the folder of a log say: `<first position>-<generation>.log` for a segment, `claim-<generation>` for who writes, `base-<generation>.json` for what that writer found. Whoever opens the log for writing takes the
 * next generation, writes down which segments there are and where the last one ends, and begins a segment of its own; so it never writes into a file that a process before it may still have open, and whatever such a
 * process writes after that, into the old segments or into new ones, is not part of the log.
 */
import { basename, join } from 'node:path';
import type { Disk } from '../../core/disk.js';
import { DataError, MillraceError } from '../../core/errors.js';
import { codeOf, readWhole, synced, writeWhole } from '../durable.js';

export interface Segment {
  readonly path: string;
  readonly generation: number;
  /** Position of its first record, and of the first record that is not of it; infinite for the last. */
  readonly first: number;
  readonly end: number;
}

export interface Layout {
  /** In order, each beginning where the one before ends. */
  readonly segments: readonly Segment[];
  /** Files of segments of which nothing counts. */
  readonly dead: readonly string[];
}

const SEGMENT = /^(\d{16})-(\d{8})\.log$/;
const CLAIM = /^claim-(\d{8})$/;
const BASE = /^base-(\d{8})\.json$/;
const MOST_BASE = 2 ** 24;
const digits = (value: number, width: number): string => String(value).padStart(width, '0');

export const segmentPath = (folder: string, first: number, generation: number): string => join(folder, `${digits(first, 16)}-${digits(generation, 8)}.log`);

/** What a writer found when it opened the log. */
interface Base {
  readonly generation: number;
  /** Names of segments, in order. */
  readonly segments: readonly string[];
  /** Where the last of them ends: where the writer's own begin. */
  readonly end: number;
}

const basePath = (folder: string, generation: number): string => join(folder, `base-${digits(generation, 8)}.json`);

/** The base of the newest writer that has written one; `undefined`: nobody has. */
async function readBase(disk: Disk, folder: string): Promise<{ readonly base: Base | undefined; readonly names: readonly string[] }> {
  for (;;) {
    const names = await disk.list(folder);
    const generation = Math.max(0, ...names.map(name => Number(BASE.exec(name)?.[1] ?? 0)));
    if (generation === 0) return { base: undefined, names };
    const path = basePath(folder, generation);
    const bytes = await readWhole(disk, path, MOST_BASE);
    // A newer writer has removed it meanwhile.
    if (bytes === undefined) continue;
    return { base: { generation, ...parsed(path, bytes) }, names };
  }
}

function parsed(path: string, bytes: Uint8Array): Omit<Base, 'generation'> {
  try {
    const found = JSON.parse(Buffer.from(bytes).toString()) as Partial<Base> | null; // looked at here
    if (Number.isSafeInteger(found?.end) && Array.isArray(found?.segments) && found.segments.every(name => SEGMENT.test(name))) return { segments: found.segments, end: Number(found.end) };
  } catch {
    // said below
  }
  throw new DataError('log-damaged', `"${path}" does not say which segments the log has. Bring the file back from a copy; without it nobody knows what of the folder is the log.`, path);
}

/** The segments there are. */
export async function readLayout(disk: Disk, folder: string): Promise<Layout> {
  const { base, names } = await readBase(disk, folder);
  const found = names.flatMap(name => {
    const [, first, generation] = SEGMENT.exec(name) ?? [];
    return first === undefined ? [] : [{ name, path: join(folder, name), first: Number(first), generation: Number(generation) }];
  });
  const counts = new Set(base?.segments);
  const inOrder = found.filter(({ name, generation }) => base === undefined || generation === base.generation || counts.has(name)).sort((a, b) => a.first - b.first || a.generation - b.generation);
  // Of the same beginning the older one has nothing: its successor began where it began.
  const segments = inOrder
    .filter(({ first }, i) => inOrder[i + 1]?.first !== first)
    .map(({ path, generation, first }, i, all): Segment => ({ path, generation, first, end: all[i + 1]?.first ?? (base === undefined || generation === base.generation ? Number.POSITIVE_INFINITY : base.end) }));
  return { segments, dead: found.filter(({ path }) => !segments.some(segment => segment.path === path)).map(({ path }) => path) };
}

/** Writes down what the log consists of for the writer of this generation: these segments, up to `end`. */
export async function writeBase(disk: Disk, folder: string, generation: number, segments: readonly Segment[], end: number): Promise<void> {
  const path = basePath(folder, generation);
  await writeWhole(disk, path, Buffer.from(JSON.stringify({ segments: segments.map(segment => basename(segment.path)), end })), `${path}.writing`);
  for (const name of await disk.list(folder)) if (Number(BASE.exec(name)?.[1] ?? generation) < generation) await disk.remove(join(folder, name));
}

const newest = async (disk: Disk, folder: string): Promise<number> => Math.max(0, ...(await disk.list(folder)).map(name => Number(CLAIM.exec(name)?.[1] ?? 0)));

/** Takes the next generation. From then on older writers are refused by {@link fence}. */
export async function claim(disk: Disk, folder: string): Promise<number> {
  for (;;) {
    const generation = (await newest(disk, folder)) + 1;
    const path = join(folder, `claim-${digits(generation, 8)}`);
    try {
      await (await disk.open(path, 'create')).close();
    } catch (cause) {
      // Somebody else took it at the same time.
      if (codeOf(cause) === 'EEXIST') continue;
      throw cause;
    }
    await synced(folder, () => disk.syncFolder(folder));
    // One that slept between looking and creating may have a number that was somebody's before, whose claim was removed by a newer one; its segments would have the names of theirs.
    if ((await newest(disk, folder)) > generation) {
      await disk.remove(path);
      continue;
    }
    for (const name of await disk.list(folder)) if (Number(CLAIM.exec(name)?.[1] ?? generation) < generation) await disk.remove(join(folder, name));
    return generation;
  }
}

/**
 * Throws code `fenced` if a newer writer has claimed the log. Asked after a sync and before anybody is told of it: if there is no newer claim then, what was synced is there
 * for the next writer, which claims first and looks then.
 */
export async function fence(disk: Disk, folder: string, generation: number): Promise<void> {
  const other = await newest(disk, folder);
  if (other > generation) throw new MillraceError('fenced', `Another process writes to the log "${folder}" now (generation ${other}; this one is ${generation}) and this one must not go on. Stop it.`);
}
