/**
 * An append-only log in a folder: records at positions 0, 1, 2, ... in segments of bounded size. There is one writer, the one that opened it last; everybody may read.
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { systemDisk, type Disk } from '../../core/disk.js';
import { DataError, MillraceError } from '../../core/errors.js';
import { makeFolder, synced } from '../durable.js';
import { checker, count } from '../settings.js';
import { frame, RECORD } from './frame.js';
import { claim, fence, readLayout, writeBase } from './layout.js';
import { logFailure, logReader, missing, type LogReader } from './reader.js';
import { recover } from './recover.js';
import { openSegment, type OpenSegment } from './segment.js';

/** Options of {@link openLog}. */
export interface LogOptions {
  /** A segment of that many bytes is closed and another begun; 64 MiB by default. Whole segments are what can be trimmed. */
  readonly segmentBytes?: number | undefined;
  /** The largest record there can be; 16 MiB by default. */
  readonly maxRecordBytes?: number | undefined;
  /** Where the log ends: what lies behind is no part of it any more. By default it ends behind its last whole record. */
  readonly end?: number | undefined;
}

/** A log, open for writing. */
export interface Log {
  /** Counts those that opened it for writing. */
  readonly generation: number;
  /** Position of the oldest record there is; `durable` when there is none. */
  readonly first: number;
  /** Behind the last record appended. */
  readonly next: number;
  /** Behind the last record that is on the disk. */
  readonly durable: number;
  /** The oldest first; whole segments are what can be removed. */
  readonly segments: readonly { readonly first: number; readonly bytes: number }[];
  /** Size of all segments. */
  readonly bytes: number;
  /** Takes records, in memory until the next {@link Log.sync}; answers the position of the first. Throws `log-record` if one is too large; then none is taken. */
  append(records: readonly Uint8Array[]): number;
  /**
   * All that was appended is on the disk; answers `durable`. Calls made while one is under way share the next: that is the batching. When it rejects with `log-unusable` it may be called again (the disk was full); after `disk-sync` and `fenced` the log is finished.
   */
  sync(): Promise<number>;
  /** Reads what is durable, from a position on. */
  reader(from: number): LogReader;
  /** Removes the oldest segments: those that hold only records below `before`, or that are beyond `bytes` in all. The last one stays. */
  trim(to: { readonly before?: number | undefined; readonly bytes?: number | undefined }): Promise<void>;
  /** Syncs, if that is still possible, and lets go. */
  close(): Promise<void>;
}

const OPTIONS = z.strictObject({ segmentBytes: count(64 * 2 ** 20), maxRecordBytes: count(16 * 2 ** 20, false), end: z.int().min(0).optional() } satisfies { readonly [Name in keyof Required<LogOptions>]: z.ZodType });

function settingsOf(where: string, folder: string | URL, options: LogOptions | undefined): { readonly path: string; readonly segmentBytes: number; readonly maxRecordBytes: number; readonly end?: number | undefined } {
  const check = checker(where, 'log-option');
  const path = folder instanceof URL ? fileURLToPath(folder) : folder;
  if (path === '') check.refuse('', 'The path is empty.', 'Give the path of a folder.');
  const settings = check.settings(OPTIONS, options);
  check.done();
  return { path, ...settings };
}

/**
 * Opens a log for writing. Whoever had it open before is shut out; what a crash left of its last write is not part of the log.
 *
 * @param folder path or file URL of a folder for the log alone; it is made if need be
 * @param options sizes
 * @param disk where the folder is; the disk of this machine by default
 * @returns the log, to be closed
 * @throws ConfigurationError for options that cannot be
 * @throws DataError `log-damaged`, naming segment and byte, when something that had been on the disk cannot be read; `log-unusable` when the disk fails
 * @example
 * ```ts
 * import { openLog } from 'millrace/log';
 *
 * const log = await openLog('data/log');
 * log.append([Buffer.from('one'), Buffer.from('two')]);
 * await log.sync();
 * const reader = log.reader(log.first);
 * for (const record of await reader.read(100)) console.log(Buffer.from(record).toString());
 * await reader.close();
 * await log.close();
 * ```
 */
export async function openLog(folder: string | URL, options?: LogOptions, disk: Disk = systemDisk): Promise<Log> {
  const { path, segmentBytes, maxRecordBytes, end } = settingsOf('openLog()', folder, options);
  try {
    await makeFolder(disk, path);
    const generation = await claim(disk, path);
    const { segments: found, dead } = await readLayout(disk, path);
    const segments = end === undefined ? found : found.filter(({ first }) => first < end);
    const last = segments.at(-1);
    const { next: synced, tail } = last === undefined ? { next: found[0]?.first ?? 0, tail: [] } : await recover(disk, last, maxRecordBytes);
    const whole = synced + tail.length;
    if (end !== undefined && found[0] !== undefined && end < found[0].first) throw missing(path, end, found[0].first);
    if (end !== undefined && whole < end) throw new DataError('log-missing', `The log "${path}" ends before record ${whole}, and should reach record ${end}. It is another log, or an older copy of it: bring back the one that belongs to the job's state.`, end);
    const next = Math.min(synced, end ?? whole);
    const kept = await Promise.all(segments.map(async ({ path: at, first }) => ({ path: at, first, bytes: (await disk.look(at))?.size ?? 0 })));
    const log = writerOf({ disk, folder: path, segmentBytes, maxRecordBytes, generation }, kept, next);
    try {
      // What may not be on the disk is written again, into a file of ours, before that counts instead of the one it stands in.
      const again = tail.slice(0, (end ?? whole) - next);
      if (again.length > 0) {
        log.append(again);
        await log.sync();
      }
      await writeBase(disk, path, generation, segments, next);
    } catch (cause) {
      await log.close().catch(() => {}); // the first error stands
      throw cause;
    }
    for (const file of dead) await disk.remove(file);
    return log;
  } catch (cause) {
    throw logFailure(path, cause);
  }
}

/**
 * Reads a log without writing to it, also one that another process writes: then the last records may not be on the disk yet.
 *
 * @param folder path or file URL of the folder of the log
 * @param from position of the first record to be read
 * @param options `maxRecordBytes` as the writer has it
 * @param disk where the folder is; the disk of this machine by default
 * @returns a reader, to be closed; it answers no records at the end of what there is, and can be asked again
 * @throws ConfigurationError for options that cannot be
 * @throws DataError when read: `log-missing` below the oldest record, `log-damaged`
 * @example
 * ```ts
 * import { readLog } from 'millrace/log';
 *
 * const reader = readLog('data/log', 0);
 * const oldest = await reader.read(10);
 * await reader.close();
 * ```
 */
export function readLog(folder: string | URL, from: number, options?: LogOptions, disk: Disk = systemDisk): LogReader {
  const { path, maxRecordBytes } = settingsOf('readLog()', folder, options);
  return logReader({ disk, folder: path, most: maxRecordBytes, limit: () => Number.POSITIVE_INFINITY }, from);
}

interface Place {
  readonly disk: Disk;
  readonly folder: string;
  readonly segmentBytes: number;
  readonly maxRecordBytes: number;
  readonly generation: number;
}

function writerOf({ disk, folder, segmentBytes, maxRecordBytes, generation }: Place, kept: { readonly path: string; readonly first: number; readonly bytes: number }[], begin: number): Log {
  let next = begin;
  let durable = begin;
  let waiting: Buffer[] = [];
  let current: OpenSegment | undefined;
  let broken: { readonly cause: unknown } | undefined;
  /** The sync that has not begun, and what it waits for. */
  let queued: Promise<number> | undefined;
  let before: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    if (waiting.length === 0 && durable === next) return;
    if (current !== undefined && current.bytes >= segmentBytes) {
      await current.seal(durable);
      kept.push(current);
      current = undefined;
    }
    current ??= await openSegment(disk, folder, durable, generation);
    const records = waiting;
    const upTo = next;
    waiting = [];
    try {
      await current.write(records, durable);
    } catch (cause) {
      waiting = [...records, ...waiting];
      throw cause;
    }
    await current.sync();
    await fence(disk, folder, generation);
    durable = upTo;
  };
  const guarded = async (): Promise<number> => {
    if (broken !== undefined) throw broken.cause;
    try {
      await write();
    } catch (cause) {
      const failure = logFailure(folder, cause);
      if (failure instanceof MillraceError && (failure.code === 'disk-sync' || failure.code === 'fenced')) broken = { cause: failure };
      throw failure;
    }
    return durable;
  };
  const segments = (): { readonly path: string; readonly first: number; readonly bytes: number }[] => (current === undefined ? kept : [...kept, current]);

  const log: Log = {
    generation,
    get first() {
      return segments()[0]?.first ?? durable;
    },
    get next() {
      return next;
    },
    get durable() {
      return durable;
    },
    get segments() {
      return segments().map(({ first, bytes }) => ({ first, bytes }));
    },
    get bytes() {
      return segments().reduce((sum, segment) => sum + segment.bytes, 0);
    },
    append(records) {
      const large = records.find(record => record.length > maxRecordBytes);
      if (large !== undefined) throw new DataError('log-record', `A record of ${large.length} bytes is more than maxRecordBytes (${maxRecordBytes}). Make records smaller, or raise the limit.`, large.length);
      const at = next;
      for (const record of records) waiting.push(frame(RECORD, next++, record));
      return at;
    },
    sync() {
      queued ??= before.then(() => {
        queued = undefined;
        return guarded();
      });
      before = queued.catch(() => {});
      return queued;
    },
    reader(from) {
      if (from < log.first) throw missing(folder, from, log.first);
      if (from > durable) throw new DataError('log-missing', `The log "${folder}" ends before record ${durable}, and record ${from} was asked for. It is another log, or an older copy of it: bring back the one that belongs to the job's state.`, from);
      return logReader({ disk, folder, most: maxRecordBytes, limit: () => durable }, from);
    },
    async trim({ before: position = 0, bytes = Number.POSITIVE_INFINITY }) {
      try {
        for (let [oldest, second] = segments(); oldest !== undefined && second !== undefined && (second.first <= position || log.bytes > bytes); [oldest, second] = segments()) {
          await disk.remove(oldest.path);
          // In order also on the disk, or a power loss could leave a hole.
          await synced(folder, () => disk.syncFolder(folder));
          kept.shift();
        }
      } catch (cause) {
        throw logFailure(folder, cause);
      }
    },
    close() {
      closing ??= (async () => {
        try {
          if (broken !== undefined) return;
          await log.sync();
          await current?.seal(durable);
        } catch (cause) {
          throw logFailure(folder, cause);
        } finally {
          await current?.close();
        }
      })();
      return closing;
    },
  };
  return log;
}
