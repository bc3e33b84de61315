/** A log in front of inputs that cannot be read again. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { diskOf } from '../../core/disk.js';
import { ConfigurationError, DataError } from '../../core/errors.js';
import type { Batch, FailedRead, Reader, Source, SourceLog } from '../../core/source.js';
import type { Position, Time } from '../../core/values.js';
import { checker, count } from '../settings.js';
import { decodeEntry, type Entry } from './entry.js';
import { openPump, type Pump, type PumpSettings } from './pump.js';
import type { LogReader } from './reader.js';

/** Options of {@link writeAheadLog}. */
export interface WriteAheadLogOptions {
  /** A segment of that many bytes is closed and another begun; 16 MiB by default. Segments are removed whole, when a checkpoint has passed them. */
  readonly segmentBytes?: number | undefined;
  /** The most the log of one split may have on the disk; 1 GiB by default. */
  readonly maxBytes?: number | undefined;
  /** A full log takes nothing more until a checkpoint makes room (`wait`, the default: the input is not read, and one that pushes does what its own `whenFull` says), or the job fails. */
  readonly whenFull?: 'wait' | 'fail' | undefined;
  /** The largest record there can be, in bytes; 16 MiB by default. A larger one goes to the `onError` of the stream. */
  readonly maxRecordBytes?: number | undefined;
}

const OPTIONS = z.strictObject({
  segmentBytes: count(16 * 2 ** 20),
  maxBytes: count(2 ** 30),
  whenFull: z.enum(['wait', 'fail']).default('wait'),
  maxRecordBytes: count(16 * 2 ** 20, false),
} satisfies { readonly [Name in keyof Required<WriteAheadLogOptions>]: z.ZodType });

/** A read answers within this, in milliseconds. */
const LONGEST_WAIT = 1_000;

/**
 * Keeps the records of an input that cannot be read again (an Observable, a socket, a queue that forgets) in a folder, before the job sees them. What the job is given is read from there, so after a crash it goes on where its
 * checkpoint was, and then with what comes anew: none of the records that were in the log is lost, and none counts twice.
 *
 * A record is in the log when it was synced; a source with `commit` (one that acknowledges) is told only then. Records that an input pushed and that were not synced when the process died are gone, as they are without a log.
 * Records keep the time at which they came, if the input gives them no other. Segments that a checkpoint has passed are removed. Each input needs a folder of its own. An input that starts from the beginning each time it is opened (a generator, a cold Observable)
 * gives all its records again after a restart, log or not.
 *
 * @param folder path or file URL of a folder for this log alone; it is made if need be
 * @param options sizes, and what happens when the log is full
 * @returns what `Stream.from(input, { log })` takes
 * @throws ConfigurationError for options that cannot be
 * @throws DataError when the job runs: `log-missing` if the log does not reach back to the job's checkpoint, or does not reach it; `log-damaged`; `log-full`; `log-unusable`
 * @throws MillraceError `fenced`, when another process has opened the log since
 * @example
 * ```ts
 * import { Subject } from 'rxjs';
 * import { Stream } from 'millrace';
 * import { writeAheadLog } from 'millrace/log';
 *
 * const clicks = new Subject<{ readonly page: string }>();
 * const stream = Stream.from(clicks, { name: 'clicks', log: writeAheadLog('data/clicks') });
 * ```
 */
export function writeAheadLog(folder: string | URL, options?: WriteAheadLogOptions): SourceLog {
  const check = checker('writeAheadLog()', 'log-option');
  const root = folder instanceof URL ? fileURLToPath(folder) : folder;
  if (root === '') check.refuse('', 'The path is empty.', 'Give the path of a folder.');
  const settings = check.settings(OPTIONS, options);
  if (settings.maxBytes < 2 * settings.segmentBytes) check.refuse('maxBytes', `It is less than two segments of ${settings.segmentBytes} bytes, so that the log could be full before one can be removed.`, 'Raise it, or lower segmentBytes.');
  check.done();
  return { around: source => (source.replayable ? source : logged(root, settings, source)) };
}

function logged<T>(root: string, settings: PumpSettings, source: Source<T>): Source<T> {
  /** Those that are open; readers of one split share one. */
  const pumps = new Map<string, { readonly pump: Promise<Pump>; users: number }>();
  const acknowledged = new Map<string, Position>();
  let named: ReadonlySet<string> | undefined;

  const acknowledge = async (split: string, position: Position): Promise<void> => {
    if (source.commit === undefined) return;
    acknowledged.set(split, position);
    await source.commit(Object.fromEntries(acknowledged));
  };
  return {
    name: source.name,
    replayable: true,
    durable: true,
    watermarks: source.watermarks,
    async splits(environment) {
      const list = await source.splits(environment);
      if (Symbol.asyncIterator in list) throw new ConfigurationError([{ code: 'log-splits', where: 'writeAheadLog()', what: `The splits of "${source.name}" change while it runs.`, fix: 'Only sources with a fixed list of splits can have a log in front of them.' }]);
      const there = new Set(list);
      named = there;
      // What was logged of a split that is gone is still to be read.
      const kept = (await diskOf(environment).list(root)).flatMap(splitOf);
      return [...list, ...kept.filter(split => !there.has(split)).sort()];
    },
    async open(split, from, environment) {
      let shared = pumps.get(split);
      if (shared === undefined) {
        const input = named?.has(split) === false ? undefined : source;
        shared = { pump: openPump(join(root, folderOf(split)), split, input, settings, environment, position => acknowledge(split, position)), users: 0 };
        pumps.set(split, shared);
      }
      const mine = shared;
      mine.users++;
      // Whoever opens the split again must not meet one that failed or is being closed.
      const forget = (): void => void (pumps.get(split) === mine && pumps.delete(split));
      const leave = async (): Promise<void> => {
        if (--mine.users > 0) return;
        forget();
        await (await mine.pump).close();
      };
      try {
        const pump = await mine.pump;
        return readerOf<T>(pump, pump.log.reader(placeOf(from)), forget, leave);
      } catch (cause) {
        forget();
        await leave().catch(() => {}); // the first error stands
        throw cause;
      }
    },
    compare: (a, b) => placeOf(a) - placeOf(b),
    async commit(positions) {
      for (const [split, position] of Object.entries(positions)) await (await pumps.get(split)?.pump)?.trim(placeOf(position));
    },
  };
}

/** Folders for splits, of any name. */
const folderOf = (split: string): string => {
  const name = `split-${encodeURIComponent(split).replace(/[.!'()*~]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;
  if (name.length > 200) throw new DataError('log-split', `The name of the split "${split.slice(0, 100)}…" is too long for a folder.`, split);
  return name;
};
const splitOf = (folder: string): readonly string[] => (folder.startsWith('split-') ? [decodeURIComponent(folder.slice('split-'.length))] : []);

function placeOf(position: Position | undefined): number {
  if (position === undefined) return 0;
  if (typeof position === 'number' && Number.isSafeInteger(position) && position >= 0) return position;
  throw new DataError('log-position', 'The position kept for an input with a log is not one of the log: was the log added later? Start the source anew, under another name.', position);
}

/** Gives batches of the log's entries from a position on. */
function readerOf<T>(pump: Pump, entries: LogReader, failed: () => void, leave: () => Promise<void>): Reader<T> {
  let ahead: Entry[] = [];
  let position = entries.position;
  const take = (max: number): Batch<T> | 'end' | undefined => {
    const values: T[] = [];
    const times: Time[] = [];
    const places: number[] = [];
    const failures: FailedRead[] = [];
    let after: Extract<Entry, { readonly kind: 'after' }> | undefined;
    let taken = 0;
    for (const entry of ahead) {
      if (entry.kind === 'end' || values.length + failures.length >= max) break;
      if (entry.kind === 'value') {
        values.push(entry.value as T); // what the source gave, and the log gives back as it was
        times.push(entry.time);
        places.push(position + taken);
      } else if (entry.kind === 'failed') failures.push({ before: values.length, input: entry.input, cause: entry.cause, position: entry.position });
      taken++;
      if (entry.kind === 'after') {
        after = entry;
        break;
      }
    }
    if (taken === 0) return ahead[0]?.kind === 'end' ? 'end' : undefined;
    ahead = ahead.slice(taken);
    position += taken;
    return {
      values,
      times,
      position,
      positionOf: index => places[index] ?? position,
      watermark: after?.watermark,
      idle: after?.idle,
      behind: ahead.length > 0 || position < pump.log.durable,
      failed: failures.length === 0 ? undefined : failures,
    };
  };
  const next = async (max: number, signal: AbortSignal): Promise<Batch<T> | 'idle' | 'end'> => {
    for (let waited = false; ; waited = true) {
      const seen = pump.events;
      ahead = (await entries.read(max)).map(decodeEntry);
      const answer = take(max);
      if (answer !== undefined) return answer;
      if (pump.failure !== undefined) {
        failed();
        throw pump.failure.cause;
      }
      if (waited || signal.aborted) return 'idle';
      await pump.wait(seen, LONGEST_WAIT, signal);
    }
  };
  return {
    read: (max, signal) => take(max) ?? next(max, signal),
    dropped: pump.dropped,
    async close() {
      await entries.close();
      await leave();
    },
  };
}
