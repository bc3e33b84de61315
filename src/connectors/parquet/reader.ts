/**
 * One file being read: the group in hand, the next one on its way, rows made only when asked for. One group ahead is enough to keep the thread busy, and memory at two groups of the chosen columns.
 */
import type { FileHandle } from 'node:fs/promises';
import { DataError, causeText } from '../../core/errors.js';
import type { Batch, Reader } from '../../core/source.js';
import type { Answer, Group, Reading } from './decode.js';
import { rowsOf, type Rows } from './packed.js';
import type { Place } from './place.js';
import type { Thread } from './thread.js';

export interface Open {
  readonly path: string;
  readonly handle: FileHandle;
  readonly bytes: number;
  /** The file's number in the thread. */
  readonly file: number;
  readonly from: Place;
  readonly reading: Reading;
  readonly thread: Thread;
  /** Lets the thread go; ends it if nobody else uses it. */
  release(): Promise<void>;
}

interface InHand {
  readonly group: number;
  readonly rows: number;
  readonly make: Rows;
}

const unreadable = (path: string, where: string, cause: unknown): DataError =>
  new DataError('parquet-unreadable', `The Parquet file "${path}" cannot be read${where}: ${causeText(cause)}.`, path, { cause });

/** Rejects as soon as the signal is aborted, whatever the promise does. */
function until<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Reads the description of the file; then answers a reader that stands at `from`. */
export async function readFile<T>({ path, handle, bytes, file, from, reading, thread, release }: Open): Promise<Reader<T>> {
  let closed = false;
  let asked: Promise<Answer> | undefined;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    // The thread reads by descriptor: it must be done with this one before it is closed and its number given to another file.
    asked?.catch(() => {});
    void thread.ask({ what: 'forget', file }).catch(() => {});
    await release();
    await asked?.catch(() => {});
    await handle.close();
  };

  asked = thread.ask({ what: 'open', file, opened: { descriptor: handle.fd, bytes }, reading });
  const groups = await asked.then(answer => answer as readonly number[], async (cause: unknown) => {
    await close();
    throw unreadable(path, '', cause);
  });
  if (from.group > groups.length || from.row > (groups[from.group] ?? 0)) {
    await close();
    throw new DataError('parquet-position', `The Parquet file "${path}" has no row ${from.row} in row group ${from.group}; it was another file when the position was kept.`, from);
  }

  let ahead: { readonly group: number; readonly answer: Promise<Group> } | undefined;
  let hand: InHand | undefined;
  let row = from.row;

  const fetch = (group: number): void => {
    asked = thread.ask({ what: 'group', file, group });
    const answer = asked.then(found => found as Group, (cause: unknown) => {
      throw unreadable(path, ` (row group ${group})`, cause);
    });
    answer.catch(() => {});
    ahead = { group, answer };
  };
  /** The next group with rows, from `group` on. */
  const nextGroup = (group: number): number => {
    while (group < groups.length && (groups[group] ?? 0) === 0) group++;
    return group;
  };
  const begin = (group: number): void => {
    if (group < groups.length && !closed) fetch(group);
  };
  const batch = (max: number): Batch<T> => {
    const { group, rows, make } = hand as InHand;
    const first = row;
    row = Math.min(rows, first + max);
    // The rows are what the caller says they are: nothing here knows T.
    const values = make(first, row) as T[];
    return { values, position: { group, row }, positionOf: index => ({ group, row: first + index }) };
  };

  const start = row === (groups[from.group] ?? 0) ? { group: nextGroup(from.group + 1), row: 0 } : from;
  row = start.row;
  begin(start.group);

  return {
    read(max, signal) {
      if (hand !== undefined && row < hand.rows) return batch(max);
      if (hand !== undefined) {
        hand = undefined;
        row = 0;
      }
      if (ahead === undefined) return 'end';
      signal.throwIfAborted();
      const { group, answer } = ahead;
      return until(answer, signal).then(({ rows, columns }) => {
        hand = { group, rows, make: rowsOf(columns) };
        ahead = undefined;
        begin(nextGroup(group + 1));
        return batch(max);
      });
    },
    close,
  };
}
