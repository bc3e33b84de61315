/**
 * What the names in the folder of a log say: `<first position>-<generation>.log` for a segment, `claim-<generation>` for who writes. Whoever opens the log for writing takes the
 * next generation and begins a segment of its own, so it never writes into a file that a process before it may still have open. Where segments of two generations
 * overlap the higher one counts: what a process writes that slept through its successor's start is not part of the log.
 */
import { join } from 'node:path';
import type { Disk } from '../../core/disk.js';
import { MillraceError } from '../../core/errors.js';
import { codeOf, synced } from '../durable.js';

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
const digits = (value: number, width: number): string => String(value).padStart(width, '0');

export const segmentPath = (folder: string, first: number, generation: number): string => join(folder, `${digits(first, 16)}-${digits(generation, 8)}.log`);

/** The segments there are. */
export async function readLayout(disk: Disk, folder: string): Promise<Layout> {
  const found = (await disk.list(folder)).flatMap(name => {
    const [, first, generation] = SEGMENT.exec(name) ?? [];
    return first === undefined ? [] : [{ path: join(folder, name), first: Number(first), generation: Number(generation) }];
  });
  found.sort((a, b) => b.generation - a.generation || b.first - a.first);
  const segments: Segment[] = [];
  const dead: string[] = [];
  let end = Number.POSITIVE_INFINITY;
  for (const segment of found) {
    // Of one generation, too, the later segment is the one that goes on.
    if (segment.first >= end) dead.push(segment.path);
    else {
      segments.push({ ...segment, end });
      end = segment.first;
    }
  }
  return { segments: segments.reverse(), dead };
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
