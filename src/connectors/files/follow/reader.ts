/**
 * Reads one growing file: whole lines as they come, from any place, under whatever name the file has. Every read takes the bytes before its place along and compares them with what
 * was read there before, so that a file that was truncated and has grown beyond that place again is seen to be another, at the cost of no further call.
 */
import type { Environment } from '../../../core/clock.js';
import { readFully, type DiskFile } from '../../../core/disk.js';
import { DataError } from '../../../core/errors.js';
import type { Batch, Reader } from '../../../core/source.js';
import type { Bytes } from '../bytes.js';
import type { Parser } from '../parser.js';
import { BEGINNING, placeOf, type Place } from '../place.js';
import type { Format } from '../source.js';
import type { Followed, Files } from './files.js';
import type { Following } from './options.js';
import { SEALED, followPositionOf, sealOf, type FollowPlace } from './place.js';

const CHUNK = 2 ** 18;
const LF = 10;
/** A reader answers within a second. */
const LONGEST_WAIT = 1_000;

/** What a file does not hold yet. */
const NOT_YET = new Error('the rest of the header has not come yet');

type Look = 'data' | 'end' | 'changed' | 'elsewhere';

export function followReader<T>(options: {
  readonly file: Followed;
  readonly files: Files;
  readonly following: Following;
  readonly format: Format<T>;
  readonly from: FollowPlace;
  readonly environment: Environment;
}): Reader<T> {
  const { file, files, following, format, environment } = options;
  const { clock } = environment;
  const closing = new AbortController();
  const ends = AbortSignal.any([environment.signal, closing.signal]);
  const buffer = Buffer.allocUnsafe(SEALED + CHUNK);

  /** Behind what was given last. */
  let place: Place = options.from;
  let parser: Parser<T> | undefined;
  /** No line of the parser's waits for its end any more. */
  let finished = false;
  /** Up to here was read; `recent` holds what stands before it, from `base` on. */
  let offset = place.byte;
  let recent = Buffer.alloc(0);
  let base = 0;
  /** Behind the last line feed that was read. */
  let complete = 0;
  /** The file is known to be the one that was read before. */
  let verified = false;
  /** The last look came to its end. */
  let atEnd = options.from.whole === true;
  let grownAt = clock.monotonic();
  let lookedAt = Number.NEGATIVE_INFINITY;
  /** What the runner knows of an end; said once. */
  let told: string | undefined;
  let saidIdle = false;
  /** Before that it had looked, and not just waited for another file. */
  let looked = false;
  /** Answers without anything, each asked for when the one before had been handed on. */
  let quiet = 0;
  let reading: Promise<unknown> | undefined;

  const whole = (): boolean => atEnd && place.byte === offset;
  const positionAt = (isWhole: boolean) => {
    const from = Math.max(0, place.byte - SEALED);
    const sealed = place.byte > 0 && from >= base && place.byte <= base + recent.length;
    return followPositionOf(place, { path: file.path, seal: sealed ? sealOf(recent.subarray(from - base, place.byte - base)) : place === options.from ? options.from.seal : undefined, whole: isWhole });
  };
  const empty = (more: Omit<Partial<Batch<T>>, 'values'>): Batch<T> => ({ values: [], position: positionAt(whole()), behind: false, ...more });
  const startAnew = (): void => {
    place = BEGINNING;
    parser = undefined;
    finished = false;
    offset = base = complete = 0;
    recent = Buffer.alloc(0);
    verified = true;
    atEnd = false;
    told = undefined;
  };
  /** Bytes that nobody will ever read; `what` happened to them. */
  const vanished = (what: string, readTo: number, position: Batch<T>['position']): Batch<T> => {
    const fix = `Let the pattern mean the names of rotated files too ("${file.path}*"), and keep these for longer than the job may be down; to go on without what is lost, give onError, or follow: { vanished: 'ignore' }.`;
    const cause = new DataError('files-vanished', `"${file.path}" ${what}, and was read to byte ${readTo} only. ${fix}`, file.path);
    return { values: [], position, behind: false, failed: [{ before: 0, input: file.path, cause, position }] };
  };
  const leftAlone = (): boolean => file.turnedAt !== undefined && clock.monotonic() - Math.max(file.turnedAt, grownAt) >= following.gone;

  const given = (batch: Batch<T>): Batch<T> => {
    const { path } = file;
    place = placeOf(batch.position);
    const behind = !(atEnd && place.byte >= complete);
    told = behind ? undefined : `${String(whole())} false`;
    return {
      ...batch,
      behind,
      position: positionAt(whole()),
      positionOf: index => followPositionOf(placeOf(batch.positionOf?.(index)), { path }),
      ...(batch.failed && { failed: batch.failed.map(failed => ({ ...failed, position: followPositionOf(placeOf(failed.position), { path }) })) }),
    };
  };
  const verify = async (handle: DiskFile): Promise<boolean> => {
    const bytes = Buffer.alloc(Math.min(SEALED, offset));
    if ((await readFully(handle, bytes, offset - bytes.length)) < bytes.length) return false;
    const { seal } = options.from;
    if (place === options.from && seal !== undefined && sealOf(bytes) !== seal) return false;
    recent = bytes;
    base = offset - bytes.length;
    return (verified = true);
  };
  const bytesOf = (handle: DiskFile, from: number): Bytes => {
    const chunk = Buffer.allocUnsafe(2 ** 16);
    let at = from;
    return {
      async read() {
        const count = await handle.read(chunk, at);
        if (count === 0 && !leftAlone()) throw NOT_YET;
        at += count;
        return count === 0 ? undefined : chunk.subarray(0, count);
      },
      close: async () => {},
    };
  };
  /** A header has to be read first; it may not have come whole. */
  const begin = async (handle: DiskFile): Promise<boolean> => {
    try {
      const begun = await format.parser(file.path, place, from => Promise.resolve(bytesOf(handle, from)), ends);
      if (begun.from.byte !== offset) {
        place = begun.from;
        offset = place.byte;
        if (!(await verify(handle))) return false;
      }
      parser = begun.parser;
      return true;
    } catch (cause) {
      if (cause === NOT_YET) return false;
      throw cause;
    }
  };
  const look = async (handle: DiskFile | undefined): Promise<Look> => {
    if (handle === undefined) return 'elsewhere';
    if (!verified && !(await verify(handle))) return 'changed';
    if (parser === undefined && !(await begin(handle))) return 'end';
    const before = Math.min(SEALED, offset);
    const count = await handle.read(buffer.subarray(0, before + CHUNK), offset - before);
    if (count < before || recent.compare(buffer, 0, before, offset - before - base) !== 0) return 'changed';
    atEnd = count < before + CHUNK;
    if (count === before) return 'end';
    const data = buffer.subarray(before, count);
    parser?.feed(data);
    const last = data.lastIndexOf(LF);
    if (last >= 0) complete = offset + last + 1;
    // Of a line beyond the limit no more is kept than the limit.
    const keep = Math.max(base, Math.min(place.byte, offset) - SEALED, offset - format.limits.maxLineBytes - CHUNK);
    recent = Buffer.concat([recent.subarray(keep - base), data]);
    base = keep;
    offset += data.length;
    grownAt = file.readAt = clock.monotonic();
    return 'data';
  };
  /** Nothing more for now: says so, once, and takes a last line that has waited for long enough. */
  const atItsEnd = (): Batch<T> | 'again' | undefined => {
    const waits = parser === undefined ? file.size > offset : place.byte < offset;
    if (waits && parser !== undefined && (clock.monotonic() - grownAt >= following.unfinished || leftAlone())) {
      parser.finish();
      finished = true;
      return 'again';
    }
    file.whole = !waits && quiet > 0;
    const over = !waits && (file.turnedAt !== undefined);
    const state = `${String(whole())} ${String(over)}`;
    if (told === state) return undefined;
    told = state;
    return empty(over ? { idle: true } : {});
  };
  const changed = (): Batch<T> | 'again' => {
    const [lost, readTo] = [!whole(), place.byte];
    startAnew();
    return lost && following.vanished === 'reject' ? vanished('was truncated or written anew', readTo, positionAt(false)) : 'again';
  };
  const elsewhere = (): Batch<T> | 'again' | undefined => {
    // A scan will find its new name, or that it has none.
    if (file.goneSince === undefined) return undefined;
    if (parser !== undefined && place.byte < offset) {
      parser.finish();
      finished = true;
      return 'again';
    }
    const lost = !whole() || file.size > offset;
    file.size = 0;
    offset = place.byte;
    atEnd = true;
    if (lost && following.vanished === 'reject') return vanished('is gone', place.byte, positionAt(true));
    return atItsEnd();
  };
  const next = async (max: number): Promise<Batch<T> | undefined> => {
    for (;;) {
      const batch = parser?.take(max);
      if (batch !== undefined) return given(batch);
      if (finished) {
        // All of it was taken; what comes now begins a line of its own, or is the rest of one that was too long.
        finished = false;
        parser = undefined;
        place = { ...place, byte: offset };
      }
      lookedAt = clock.monotonic();
      const found = await files.use(file, look);
      const answer = found === 'data' ? 'again' : found === 'end' ? atItsEnd() : found === 'changed' ? changed() : elsewhere();
      if (answer !== 'again') return answer;
    }
  };
  const answer = async (max: number): Promise<Batch<T> | 'idle'> => {
    if (saidIdle && looked) {
      file.asked++;
      quiet++;
    }
    looked = false;
    for (const wait of saidIdle ? [true] : [false, true]) {
      if (wait) await clock.sleep(Math.min(following.poll, LONGEST_WAIT), ends);
      if (files.waits(file)) {
        if (told === 'waits') continue;
        told = 'waits';
        return empty({ idle: true });
      }
      if (wait && clock.monotonic() - lookedAt < following.poll) continue;
      const batch = await next(max);
      looked = true;
      if (batch === undefined) continue;
      saidIdle = false;
      if (batch.values.length > 0 || batch.failed !== undefined) {
        quiet = 0;
        file.whole = false;
      }
      return batch;
    }
    saidIdle = true;
    return 'idle';
  };
  return {
    async read(max, signal) {
      signal.throwIfAborted();
      try {
        const work = answer(max);
        reading = work;
        return await work;
      } catch (cause) {
        if (closing.signal.aborted) return 'idle';
        throw cause;
      }
    },
    async close() {
      closing.abort();
      await reading?.catch(() => {});
      await files.close(file);
    },
  };
}
