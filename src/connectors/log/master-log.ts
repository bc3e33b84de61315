/** The master log of views in a folder: a log of blocks per partition. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { diskOf, systemDisk, type Disk } from '../../core/disk.js';
import type { Duration } from '../../core/duration.js';
import { DataError, MillraceError } from '../../core/errors.js';
import type { LogBlock, LogPositions, MasterLog, MasterLogWriter } from '../../core/master-log.js';
import { writeWhole } from '../durable.js';
import { checker, count, duration } from '../settings.js';
import { blockBuilder, eventsOf } from './block.js';
import { openLog, type Log } from './log.js';
import { readLayout } from './layout.js';
import { logFailure, logReader } from './reader.js';
import { trimLogs } from './retain.js';
import { recover } from './recover.js';

/** Options of {@link masterLog}. */
export interface MasterLogOptions {
  /** What messages and steps call it; `'log'` by default. */
  readonly name?: string | undefined;
  /** Parts that can be read in parallel, fixed for the life of the log; 1 by default. */
  readonly partitions?: number | undefined;
  /** A segment of that many bytes is closed and another begun; 64 MiB by default. Segments are removed whole. */
  readonly segmentBytes?: number | undefined;
  /** The most events in one block; 512 by default. */
  readonly blockEvents?: number | undefined;
  /** What is removed of that which no view needs any more (`bytes: 0`: all of it): the oldest segments, while the log has more bytes than that, and those that are older than `age`, by the time of the first event behind them. Absent: nothing. */
  readonly retain?: { readonly bytes?: number | undefined; readonly age?: Duration | undefined } | undefined;
  /** Bytes that may wait in memory for the disk before the job's inputs wait too; 16 MiB by default. */
  readonly bufferBytes?: number | undefined;
}

const RETAIN = z.strictObject({ bytes: z.number().min(0).optional(), age: duration }).optional();
const OPTIONS = z.strictObject({
  name: z.string().min(1).default('log'),
  partitions: count(1),
  segmentBytes: count(64 * 2 ** 20),
  blockEvents: count(512),
  bufferBytes: count(16 * 2 ** 20),
  retain: RETAIN,
} satisfies { readonly [Name in keyof Required<MasterLogOptions>]: z.ZodType });

/** A block is written when it has that many bytes, whatever it has in events. */
const BLOCK_BYTES = 2 ** 17;
/** As much waits in memory before it is brought to the disk unasked. */
const SOON_BYTES = 2 ** 20;
const MOST_BYTES = 64 * 2 ** 20;
/** A file whose being there says that somebody counts on the log. */
const KEPT = 'kept';
/** Blocks per read. */
const READ = 64;

/**
 * A master log in a folder, one folder below it per partition, in checksummed segments; see `readLog` for what is in them.
 *
 * @param folder path or file URL of a folder for this log alone; it is made if need be
 * @param options partitions and sizes
 * @returns what `lambda`, `kappa` and `table` views take as `log`
 * @throws ConfigurationError for options that cannot be
 * @throws DataError when the job runs: `log-missing` if the log does not reach the job's checkpoint, or blocks were trimmed; `log-damaged`; `log-unusable`; `log-partitions` if it was made with another number of them
 * @throws MillraceError `fenced`, when another process has opened the log since
 * @example
 * ```ts
 * import { masterLog } from 'millrace/log';
 *
 * const log = masterLog('data/clicks');
 * ```
 */
export function masterLog(folder: string | URL, options?: MasterLogOptions): MasterLog {
  const check = checker('masterLog()', 'log-option');
  const root = folder instanceof URL ? fileURLToPath(folder) : folder;
  if (root === '') check.refuse('', 'The path is empty.', 'Give the path of a folder.');
  const settings = check.settings(OPTIONS, options);
  check.done();
  const { partitions } = settings;
  const placeOf = (partition: number): string => join(root, String(partition));
  const numbers = Array.from({ length: partitions }, (_, i) => i);

  return {
    name: settings.name,
    partitions,
    async open(environment, from) {
      const disk = diskOf(environment);
      await refuseOthers(disk, root, partitions);
      const logs: Log[] = [];
      try {
        // One after the other: where two processes open at the same time, one of them has all.
        for (const partition of numbers) logs.push(await openLog(placeOf(partition), { segmentBytes: settings.segmentBytes, maxRecordBytes: MOST_BYTES, end: from?.[partition] }, disk));
      } catch (cause) {
        for (const log of logs) await log.close().catch(() => {}); // the first error stands
        throw cause;
      }
      let kept = false;
      const trim = async (before: LogPositions): Promise<void> => {
        if (settings.retain !== undefined) await trimLogs(logs, before, settings.retain, environment.clock.now());
      };
      return writerOf(logs, settings, trim, async () => {
        if (!kept && (await disk.look(join(root, KEPT))) === undefined) await writeWhole(disk, join(root, KEPT), Buffer.alloc(0), join(root, `${KEPT}.writing`));
        kept = true;
      });
    },
    async *read(partition, from, to, environment) {
      const disk = environment === undefined ? systemDisk : diskOf(environment);
      const place = placeOf(partition);
      const reader = logReader({ disk, folder: place, most: MOST_BYTES, limit: () => to }, from);
      /** What is read while what came before it is worked on. */
      let ahead: Promise<readonly Uint8Array[]> | undefined;
      const read = (position: number): void => {
        ahead = reader.read(Math.min(READ, to - position));
        ahead.catch(() => {}); // told to whoever waits for it
      };
      try {
        if (from < to) read(from);
        for (let position = from; position < to; ) {
          const blocks = (await ahead) ?? [];
          if (position + blocks.length < to) read(position + blocks.length);
          for (const block of blocks) {
            const at = position++;
            yield { position: at, ...eventsOf(block, () => `Block ${at} of the log "${place}"`) } satisfies LogBlock;
          }
        }
      } finally {
        await ahead?.catch(() => {});
        await reader.close();
      }
    },
    end: environment => Promise.all(numbers.map(partition => endOf(environment === undefined ? systemDisk : diskOf(environment), placeOf(partition)))),
    kept: async environment => (await diskOf(environment).look(join(root, KEPT)).catch((cause: unknown) => Promise.reject(logFailure(root, cause)))) !== undefined,
  };
}

/** Behind the last whole record of a log, also of one that somebody is writing. */
async function endOf(disk: Disk, folder: string): Promise<number> {
  const last = (await readLayout(disk, folder)).segments.at(-1);
  if (last === undefined) return 0;
  // What was half written when it was looked at is whole at the second look, or damaged.
  const { next, tail } = await recover(disk, last, MOST_BYTES).catch(() => recover(disk, last, MOST_BYTES)).catch((cause: unknown) => Promise.reject(logFailure(folder, cause)));
  return Math.min(last.end, next + tail.length);
}

/** The number of partitions is part of every cut. */
async function refuseOthers(disk: Disk, root: string, partitions: number): Promise<void> {
  const found = (await disk.list(root).catch((cause: unknown) => Promise.reject(logFailure(root, cause)))).filter(name => /^\d+$/.test(name));
  if (found.length === 0 || found.length === partitions) return;
  // What a crash interrupted while the log was made has nothing in it.
  const used = await Promise.all(found.map(async name => (await readLayout(disk, join(root, name))).segments.length > 0));
  if (used.some(Boolean)) throw new DataError('log-partitions', `The log "${root}" has ${found.length} partitions, and ${partitions} are asked for. Ask for as many as it was made with; another number needs another log.`, found.length);
}

function writerOf(logs: readonly Log[], { blockEvents, bufferBytes }: { readonly blockEvents: number; readonly bufferBytes: number }, trim: (before: LogPositions) => Promise<void>, keep: () => Promise<void>): MasterLogWriter {
  const builders = logs.map(() => blockBuilder());
  /** Bytes in memory: in blocks under way, and appended since the last sync began. */
  let waiting = 0;
  let syncing: Promise<LogPositions> | undefined;
  let failure: { readonly cause: unknown } | undefined;

  const end = (partition: number): void => {
    const builder = builders[partition];
    if (builder !== undefined && builder.size > 0) logs[partition]?.append([builder.take()]);
  };
  const seal = (): LogPositions => {
    logs.forEach((_, partition) => end(partition));
    return logs.map(log => log.next);
  };
  const durable = (): LogPositions => logs.map(log => log.durable);
  const sync = async (): Promise<LogPositions> => {
    seal();
    const bytes = waiting;
    await Promise.all(logs.map(log => log.sync()));
    waiting -= bytes;
    return durable();
  };
  const soon = (): Promise<LogPositions> => {
    syncing ??= sync()
      .catch((cause: unknown) => {
        failure = { cause };
        throw cause;
      })
      .finally(() => (syncing = undefined));
    return syncing;
  };
  return {
    get durable() {
      return durable();
    },
    append(partition, value, time) {
      if (failure !== undefined) throw failure.cause;
      const builder = builders[partition];
      if (builder === undefined) throw new MillraceError('log-partition', `The log has partitions 0 to ${builders.length - 1}; there is no partition ${partition}.`);
      const before = builder.bytes;
      if (!builder.add(value, time)) {
        end(partition);
        builder.add(value, time);
        waiting += builder.bytes;
      } else waiting += builder.bytes - before;
      if (builder.size >= blockEvents || builder.bytes >= BLOCK_BYTES) end(partition);
      if (waiting >= SOON_BYTES && syncing === undefined) soon().catch(() => {}); // whoever appends or syncs next is told
    },
    seal,
    async sync() {
      if (failure !== undefined) throw failure.cause;
      return sync();
    },
    room: () => (waiting < bufferBytes ? undefined : soon().then(() => {})),
    keep,
    trim,
    async close() {
      let first: { readonly cause: unknown } | undefined;
      seal();
      for (const log of logs) await log.close().catch((cause: unknown) => (first ??= { cause }));
      if (first !== undefined) throw first.cause;
    },
  };
}
