/**
 * What a computation cannot keep in memory: sorted runs of rows in files of their own, beside the rows they will be merged to. They need not survive a crash; without a manifest nothing of a version counts.
 */
import { join } from 'node:path';
import type { Aggregate, SomeAccumulator } from '../core/aggregate.js';
import type { Disk } from '../core/disk.js';
import { DataError, causeText } from '../core/errors.js';
import { lineChunks } from './line-chunks.js';
import { mergeRows } from './merge-rows.js';
import { rowsIn } from './row-text.js';
import { writeRows, type WrittenRows } from './row-writer.js';
import type { Row } from './rows.js';
import type { Turns } from './turns.js';

/** One run; plain data, so that a thread can tell another of it. */
export interface Run extends WrittenRows {
  readonly name: string;
  /** How often its rows were merged already. */
  readonly level: number;
}

/** Where runs are put. */
export interface Aside {
  readonly disk: Disk;
  readonly folder: string;
}

/** Runs that are merged into one when there are so many of a level: each has a buffer while they are read. */
const FAN = 32;
const CHUNK = 2 ** 17;
export const RUN = /^run-[\w-]+\.ndjson$/;

/** Whoever makes runs in one folder has a name of its own. */
export function runsIn({ disk, folder }: Aside, maker: string, aggregate: Aggregate<unknown, SomeAccumulator, unknown>, turns: Turns): { add(rows: AsyncIterable<readonly Row[]>): Promise<void>; readonly all: readonly Run[] } {
  let runs: Run[] = [];
  let made = 0;
  const write = async (rows: AsyncIterable<readonly Row[]>, level: number): Promise<Run> => {
    const name = `run-${maker}-${++made}.ndjson`;
    return { name, level, ...(await writeRows(disk, join(folder, name), rows, { turns, durable: false })) };
  };
  return {
    async add(rows) {
      runs.push(await write(rows, 0));
      for (let last = runs.slice(-FAN); last.length === FAN && last.every(({ level }) => level === last[0]?.level); last = runs.slice(-FAN)) {
        // Side by side, so that what came later stays behind what came earlier.
        const merged = await write(mergeRows(aggregate, last.map(run => readRun({ disk, folder }, run))), (last[0]?.level ?? 0) + 1);
        runs = [...runs.slice(0, -FAN), merged];
        for (const { name } of last) await disk.remove(join(folder, name));
      }
    },
    get all() {
      return runs;
    },
  };
}

/** The rows of a run. */
export async function* readRun({ disk, folder }: Aside, { name, bytes, checksum }: Run): AsyncGenerator<readonly Row[], void> {
  const path = join(folder, name);
  const refuse = (why: string, cause?: unknown): DataError => new DataError('view-run', `"${path}", which was written while a version was computed, is not as it was written: ${why}. Compute the version anew.`, path, { cause });
  const file = await disk.open(path, 'read').catch((cause: unknown) => Promise.reject(refuse(causeText(cause), cause)));
  try {
    const seen = { bytes: 0, checksum: 0 };
    for await (const { bytes: lines } of lineChunks(file, CHUNK, seen, bytes)) {
      let rows: readonly Row[];
      try {
        rows = rowsIn(lines.toString());
      } catch (cause) {
        throw refuse(causeText(cause), cause);
      }
      yield rows;
    }
    if (seen.bytes !== bytes || seen.checksum !== checksum) throw refuse('length or checksum differ');
  } finally {
    await file.close();
  }
}
