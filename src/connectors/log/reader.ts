/** Reading a log from a position, also while it is written. */
import type { Disk, DiskFile } from '../../core/disk.js';
import { DataError, MillraceError, causeText } from '../../core/errors.js';
import { codeOf } from '../durable.js';
import { framesOf, MARK, RECORD, wasSynced, type Frames } from './frame.js';
import { readLayout, type Segment } from './layout.js';

/** Reads the records of a log in order. One call at a time. */
export interface LogReader {
  /** Of the record that comes next. */
  readonly position: number;
  /** At most `max` records; none: there are no more at the moment. */
  read(max: number): Promise<readonly Uint8Array[]>;
  close(): Promise<void>;
}

/** Part of a log is not there. */
export const missing = (folder: string, position: number, first: number | undefined): DataError =>
  new DataError('log-missing', `The log "${folder}" has no record ${position}${first === undefined ? ': it is empty' : `; its oldest is ${first}`}. It was trimmed, or files of it are gone: bring them back, or begin where it begins.`, position);

export const damaged = (path: string, byte: number, why: string): DataError =>
  new DataError('log-damaged', `The segment "${path}" of a log is damaged at byte ${byte}: ${why}. Bring the file back from a copy. What comes before can be read; what comes behind would have to be given up.`, byte);

/** A log that cannot be read or written, for a reason of the disk's. */
export const logFailure = (folder: string, cause: unknown): Error =>
  cause instanceof MillraceError ? cause : new DataError('log-unusable', `The log "${folder}" cannot be used: ${causeText(cause)}. Check the path, the permissions and the space on the disk.`, folder, { cause });

/** What a reader reads: up to which position (exclusive), and how large a record can be. */
export interface Reading {
  readonly disk: Disk;
  readonly folder: string;
  readonly most: number;
  /** Infinite: whatever is there, which may end in the middle of a record. */
  limit(): number;
}

/** A reader from a position on. */
export function logReader({ disk, folder, most, limit }: Reading, from: number): LogReader {
  let position = from;
  let current: { readonly segment: Segment; readonly file: DiskFile; readonly frames: Frames } | undefined;
  /** What is in memory may have been read while it was written. */
  let fresh = false;
  let closed = false;

  const leave = async (): Promise<void> => {
    const { file } = current ?? {};
    current = undefined;
    await file?.close();
  };
  /** Opens the segment that holds the position; `false`: there is none yet. */
  const enter = async (): Promise<boolean> => {
    const { segments } = await readLayout(disk, folder);
    const segment = segments.find(({ first, end }) => first <= position && position < end);
    if (segment === undefined) {
      if (segments[0] !== undefined || (Number.isFinite(limit()) && position < limit())) throw missing(folder, position, segments[0]?.first);
      return false;
    }
    if (current?.segment.path === segment.path) return false;
    let file: DiskFile;
    try {
      file = await disk.open(segment.path, 'read');
    } catch (cause) {
      // It was trimmed meanwhile.
      throw codeOf(cause) === 'ENOENT' ? missing(folder, position, (await readLayout(disk, folder)).segments[0]?.first) : cause;
    }
    await leave();
    // Whoever closed the reader while this was under way does not know of the file.
    if (closed) {
      await file.close();
      return false;
    }
    current = { segment, file, frames: framesOf(file, 0, most) };
    return true;
  };
  /** There is no frame where one was expected: is it the end for now, does another segment go on, or is it damage? */
  const stuck = async ({ segment, file, frames }: NonNullable<typeof current>, why: string): Promise<boolean> => {
    if (position === segment.first || position < segment.end) {
      if (await enter()) return true;
    }
    if (position < limit() && (Number.isFinite(limit()) || Number.isFinite(segment.end) || (await wasSynced(file, frames.byte)))) throw damaged(segment.path, frames.byte, why);
    return false;
  };

  const read = async (max: number): Promise<readonly Uint8Array[]> => {
    const records: Uint8Array[] = [];
    while (records.length < max && position < limit()) {
      if (current === undefined || position >= current.segment.end) {
        if (!(await enter())) break;
        continue;
      }
      const { segment, frames } = current;
      const byte = frames.byte;
      const found = frames.take();
      if (found === 'more') {
        fresh = true;
        if ((await frames.fill()) || (await stuck(current, 'it ends there'))) continue;
        break;
      }
      if (found === 'bad') {
        if (!fresh) {
          frames.forget();
          continue;
        }
        if (await stuck(current, 'there is no record')) continue;
        break;
      }
      if (found.kind === MARK || (found.kind === RECORD && found.position < position)) continue;
      if (found.position !== (found.kind === RECORD ? position : segment.first)) throw damaged(segment.path, byte, `record ${found.position} stands where ${position} should`);
      if (found.kind !== RECORD) continue;
      records.push(Buffer.from(found.content));
      position++;
    }
    // What lies behind may be half written.
    if (position >= limit() || records.length < max) current?.frames.forget();
    fresh = false;
    return records;
  };
  return {
    get position() {
      return position;
    },
    async read(max) {
      try {
        return await read(max);
      } catch (cause) {
        throw logFailure(folder, cause);
      }
    },
    close() {
      closed = true;
      return leave();
    },
  };
}
