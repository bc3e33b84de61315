/**
 * What is known about the parts of a folder, in files beside them (`.parts/`): who may write here (`claim-<generation>.json`) and which parts each checkpoint made
 * visible (`checkpoint-<number>.json`, from time to time gathered into `upto-<number>-<generation>.json`).
 *
 * There is no lock, and none is needed: the list only ever grows, each file of it appears whole, and two incarnations that commit the same token write the same file. So
 * a process that slept through its successor's start can add nothing that is not there already, and remove nothing that it has not put elsewhere before.
 */
import { join } from 'node:path';
import type { Disk } from '../../../core/disk.js';
import { DataError, MillraceError, causeText } from '../../../core/errors.js';
import { readWhole, writeWhole } from '../../durable.js';
import { partOf, type Part } from './token.js';

/** Who writes to a folder. */
export interface Writer {
  readonly job: string;
  readonly step: string;
  readonly generation: number;
}

/** The folder, in the root, of what is not for readers of parts. */
export const KEPT = '.parts';
export const STAGED = 'staged';

const CLAIM = /^claim-(\d+)\.json$/;
const CHECKPOINT = /^(?:checkpoint-(\d+)|upto-(\d+)-\d+)\.json$/;
const ASIDE = /^aside-(\d+)$/;
/** Files of single checkpoints there may be before they are gathered into one. */
const MOST_FILES = 256;
/** Bytes of one such file, some four million parts. */
const LARGEST = 2 ** 30;

const digits = (value: number, width: number): string => String(value).padStart(width, '0');
const numberOf = (pattern: RegExp, name: string): number | undefined => {
  const found = pattern.exec(name);
  return found === null ? undefined : Number(found[1] ?? found[2]);
};

const nameOf = ({ path }: Part): string => path.slice(path.lastIndexOf('/') + 1);

const damaged = (path: string, why: string, cause?: unknown): DataError =>
  new DataError('files-manifest', `"${path}" cannot be read: ${why}. Bring it back, or read the parts without it: their names are final.`, path, cause === undefined ? undefined : { cause });

async function jsonAt(disk: Disk, path: string): Promise<unknown> {
  const bytes = await readWhole(disk, path, LARGEST);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw damaged(path, causeText(cause), cause);
  }
}

const write = (disk: Disk, folder: string, name: string, { generation }: Writer, content: unknown): Promise<void> =>
  writeWhole(disk, join(folder, name), Buffer.from(JSON.stringify(content)), join(folder, `aside-${generation}`));

/** Throws code `fenced` if a newer incarnation has claimed the folder. */
export async function fence(disk: Disk, root: string, { generation }: Writer): Promise<void> {
  const newest = Math.max(0, ...(await disk.list(join(root, KEPT))).map(name => numberOf(CLAIM, name) ?? 0));
  if (newest > generation)
    throw new MillraceError('fenced', `Generation ${newest} of the job writes to "${root}"; this one is generation ${generation} and must not go on. Stop it: another process has taken over, or its state is an older copy.`);
}

/** The last checkpoint with parts in the folder; 0: none. */
export async function lastCheckpoint(disk: Disk, root: string): Promise<number> {
  return Math.max(0, ...(await disk.list(join(root, KEPT))).map(name => numberOf(CHECKPOINT, name) ?? 0));
}

/** Makes the folder this writer's, after it was {@link fence}d. Throws if it is another job's or step's. */
export async function claim(disk: Disk, root: string, writer: Writer): Promise<void> {
  const folder = join(root, KEPT);
  const names = await disk.list(folder);
  const { job, step, generation } = writer;
  for (const name of names.filter(n => CLAIM.test(n))) {
    const owner = (await jsonAt(disk, join(folder, name))) as Partial<Writer> | null | undefined;
    if (owner === undefined || (owner?.job === job && owner.step === step)) continue;
    throw new DataError('files-taken', `"${root}" holds the parts of step "${owner?.step}" of job "${owner?.job}", and this is step "${step}" of job "${job}". Give each a folder of its own.`, root);
  }
  const mine = `claim-${digits(generation, 6)}.json`;
  await write(disk, folder, mine, writer, writer);
  for (const name of names) if (name !== mine && (CLAIM.test(name) || (numberOf(ASIDE, name) ?? generation) < generation)) await disk.remove(join(folder, name));
}

/** Notes that a checkpoint made parts visible; the same again changes nothing. */
export async function record(disk: Disk, root: string, writer: Writer, checkpoint: number, parts: readonly Part[]): Promise<void> {
  const folder = join(root, KEPT);
  const { job, step } = writer;
  await write(disk, folder, `checkpoint-${digits(checkpoint, 10)}.json`, writer, { job, step, parts });
  const names = (await disk.list(folder)).filter(name => CHECKPOINT.test(name)).sort();
  if (names.length <= MOST_FILES) return;
  const gathered = await gather(disk, folder, names);
  const upTo = `upto-${digits(checkpoint, 10)}-${digits(writer.generation, 6)}.json`;
  await write(disk, folder, upTo, writer, { job, step, parts: gathered.parts });
  for (const name of gathered.names) if (name !== upTo) await disk.remove(join(folder, name));
}

/** All parts there are, in the order in which they were made visible. */
export async function readManifest(disk: Disk, root: string): Promise<readonly Part[]> {
  const folder = join(root, KEPT);
  for (;;) {
    const names = (await disk.list(folder)).filter(name => CHECKPOINT.test(name));
    const { parts, names: read } = await gather(disk, folder, names);
    // A file that went meanwhile is part of another now.
    if (read.length === names.length) return parts;
  }
}

/** What these files list, each part once; `names` are those that were still there. */
async function gather(disk: Disk, folder: string, files: readonly string[]): Promise<{ readonly parts: readonly Part[]; readonly names: readonly string[] }> {
  const parts = new Map<string, Part>();
  const names: string[] = [];
  for (const name of files) {
    const content = (await jsonAt(disk, join(folder, name))) as { readonly parts?: unknown } | null | undefined;
    if (content === undefined) continue;
    if (!Array.isArray(content?.parts)) throw damaged(join(folder, name), 'it lists no parts');
    names.push(name);
    for (const entry of content.parts as readonly unknown[]) {
      const part = partOf(entry);
      if (part === undefined) throw damaged(join(folder, name), 'an entry is no part');
      parts.set(part.path, part);
    }
  }
  return { parts: [...parts.values()].sort((a, b) => a.checkpoint - b.checkpoint || (nameOf(a) < nameOf(b) ? -1 : 1)), names };
}
