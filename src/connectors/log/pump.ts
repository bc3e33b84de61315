/**
 * What moves records from an input to a log: takes what is there, appends it, syncs, and only then says so, to the readers of the log and to the input. While one sync is under way
 * the next batch gathers; so the slower the disk, the larger the batches.
 */
import type { Environment } from '../../core/clock.js';
import { diskOf } from '../../core/disk.js';
import { DataError } from '../../core/errors.js';
import type { Batch, Reader, Source } from '../../core/source.js';
import type { Position, Time } from '../../core/values.js';
import { decodeEntry, encodeBatch, endEntry } from './entry.js';
import { openLog, type Log } from './log.js';

/** Of one log, filled in. */
export interface PumpSettings {
  readonly segmentBytes: number;
  readonly maxRecordBytes: number;
  readonly maxBytes: number;
  readonly whenFull: 'wait' | 'fail';
}

export interface Pump {
  readonly log: Log;
  /** The input, or the log, has failed. */
  readonly failure: { readonly cause: unknown } | undefined;
  dropped(): number;
  /** Counts what has happened: records that are in the log, room that was made, an end, a failure. */
  readonly events: number;
  /** Resolves when more than `seen` has happened, or after `ms`. */
  wait(seen: number, ms: number, signal: AbortSignal): Promise<void>;
  /** Records below `position` are not needed any more. */
  trim(position: number): Promise<void>;
  /** Lets go of the input, logs what it gave until then, and closes the log. */
  close(): Promise<void>;
}

const LEAST = 2 ** 14;
/** Records per read, and the most that are held in memory for one sync. */
const BATCH = 1_024;
/** Between looks, should nobody say that something has happened. */
const PATIENCE = 1_000;
/** Between reads that come back empty at once. */
const PAUSE = 10;

/** Opens the log of a split and, unless `source` is absent or had ended, the input. `acknowledge` is told of positions of the input that are in the log. */
export async function openPump(folder: string, split: string, source: Source<unknown> | undefined, settings: PumpSettings, environment: Environment, acknowledge: (position: Position) => Promise<void>): Promise<Pump> {
  const { clock } = environment;
  // With room for what is said of a record that is too large.
  const log = await openLog(folder, { segmentBytes: settings.segmentBytes, maxRecordBytes: Math.max(settings.maxRecordBytes, LEAST) }, diskOf(environment));
  const closing = new AbortController();
  const over = AbortSignal.any([closing.signal, environment.signal]);
  const waiting = new Set<() => void>();
  let failure: { readonly cause: unknown } | undefined;
  let pushed: unknown[] = [];
  let taking = true;
  let full = log.bytes >= settings.maxBytes;
  let input: Reader<unknown> | undefined;
  /** Times never go back, so that a log that is read again gives the watermarks it gave before. */
  let latest = Number.NEGATIVE_INFINITY;
  const now = (): Time => (latest = Math.max(latest, clock.now()));

  let events = 0;
  const happened = (): void => {
    events++;
    for (const resolve of [...waiting]) resolve();
  };
  const wait = async (seen: number, ms: number, signal: AbortSignal): Promise<void> => {
    if (events !== seen) return;
    const done = new AbortController();
    await new Promise<void>(resolve => {
      waiting.add(resolve);
      void clock.sleep(ms, AbortSignal.any([done.signal, signal])).then(resolve, resolve);
      done.signal.addEventListener('abort', () => waiting.delete(resolve), { once: true });
    });
    done.abort();
  };
  const keep = async (batch: Batch<unknown>): Promise<void> => {
    const entries = encodeBatch(batch, now(), settings.maxRecordBytes);
    if (entries.length === 0) return;
    log.append(entries);
    await log.sync();
    full = log.bytes >= settings.maxBytes;
    happened();
  };
  /** What was pushed, in order before what the input keeps itself. */
  const takePushed = (): Batch<unknown> | undefined => {
    if (pushed.length === 0) return undefined;
    const values = pushed;
    pushed = [];
    return { values, position: null };
  };
  const room = async (): Promise<void> => {
    if (!full) return;
    if (settings.whenFull === 'fail') throw new DataError('log-full', `The log "${folder}" has ${log.bytes} bytes, its most (maxBytes). It shrinks when checkpoints pass its records: take them more often, make segments smaller, or raise maxBytes.`, log.bytes);
    while (full && !over.aborted) await wait(events, PATIENCE, over);
  };
  const run = async (reader: Reader<unknown>): Promise<void> => {
    const pushes = reader.connect !== undefined;
    while (!over.aborted) {
      await room();
      const mine = takePushed();
      if (mine !== undefined) {
        await keep(mine);
        continue;
      }
      if (over.aborted) break;
      const seen = events;
      const answer = reader.read(BATCH, over);
      const batch = await answer;
      if (batch === 'end') {
        log.append([endEntry()]);
        await log.sync();
        happened();
        return;
      }
      if (batch !== 'idle') {
        await keep(batch);
        await acknowledge(batch.position);
      } else if (pushes) await wait(seen, PATIENCE, over);
      else if (!pushes && answer === batch) await clock.sleep(PAUSE, over).catch(() => {}); // it ends
    }
  };

  let running: Promise<void> = Promise.resolve();
  try {
    const last = log.next === log.first ? undefined : await lastEntry(log);
    if (last?.kind === 'value' || last?.kind === 'failed') latest = last.time;
    if (source !== undefined && last?.kind !== 'end') {
      input = await source.open(split, undefined, environment);
      input.connect?.(value => taking && !full && pushed.length < BATCH && failure === undefined && (pushed.push(value), happened(), true), happened);
      running = run(input).catch((cause: unknown) => {
        if (!over.aborted) failure = { cause };
        happened();
      });
    }
  } catch (cause) {
    await log.close().catch(() => {}); // the first error stands
    throw cause;
  }
  return {
    log,
    get failure() {
      return failure;
    },
    get events() {
      return events;
    },
    dropped: () => input?.dropped?.() ?? 0,
    wait,
    async trim(position) {
      // The last record stays, for what it says of the time and of the end.
      await log.trim({ before: Math.min(position, log.next - 1) });
      full = log.bytes >= settings.maxBytes;
      happened();
    },
    async close() {
      taking = false;
      closing.abort(new DOMException('The log is closed.', 'AbortError'));
      try {
        await input?.close();
        await running;
        const rest = takePushed();
        if (rest !== undefined && failure === undefined) await keep(rest);
      } finally {
        await log.close();
      }
    },
  };
}

async function lastEntry(log: Log): Promise<ReturnType<typeof decodeEntry> | undefined> {
  const reader = log.reader(log.next - 1);
  try {
    const [last] = await reader.read(1);
    return last === undefined ? undefined : decodeEntry(last);
  } finally {
    await reader.close();
  }
}
