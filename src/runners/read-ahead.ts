/** A reader, opened when it is first needed and asked one batch ahead, so that the next batch is on its way while this one goes down; opened anew where it stood when it fails, if that was asked for. */
import type { Clock } from '../core/clock.js';
import { isPromise } from '../core/maybe.js';
import { retryDelay, type Retry } from '../core/retry.js';
import type { Batch, Reader } from '../core/source.js';
import type { Position } from '../core/values.js';

/** Records per read. */
const READ_MAX = 1_024;
/** A reader answers within a second, so one empty read cannot stand for a longer silence than this; whatever else took time was not the source's. */
const LONGEST_EMPTY_READ = 1_100;

type Answer = Batch<unknown> | 'idle' | 'end';

export interface ReadAhead {
  readonly opened: boolean;
  /** The input pushes; nothing is read ahead. */
  readonly pushes: boolean;
  /** Nothing is waiting to be taken. */
  readonly empty: boolean;
  /** Opens the reader, if it is not and if there is room. */
  begin(): void;
  /** Takes what has been read; asks for it if nobody has. `undefined`: not there yet. */
  take(): Answer | undefined;
  /** Asks for the next batch now, if the reader makes one wait. */
  ahead(): void;
  /** For how long reads have come back empty since this was last asked. */
  emptyFor(): number;
  /** What has passed until now was no silence of the source's. */
  forgive(): void;
  /** See `Reader.hold`. */
  hold(waiting: boolean): void;
  dropped(): number | undefined;
  close(): Promise<void>;
}

export interface ReadAheadOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where to begin. */
  readonly from: Position | undefined;
  /** What fails is tried again from behind the last batch that was read, with a new reader. */
  readonly retry: Retry | undefined;
  random(): number;
  onRetry(): void;
  open(from: Position | undefined): Reader<unknown> | Promise<Reader<unknown>>;
  mayOpen(): boolean;
  push(value: unknown): boolean;
  outside(task: () => void): void;
  wake(): void;
  broken(cause: unknown): void;
}

export function readAhead({ clock, signal, from, retry, random, onRetry, open, mayOpen, push, outside, wake, broken }: ReadAheadOptions): ReadAhead {
  let reader: Reader<unknown> | undefined;
  let opening = false;
  let pushes = false;
  let next: Answer | undefined;
  let reading = false;
  let waits = false;
  let emptySince: number | undefined;
  let behind = from;
  /** Calls in a row that failed, and one. */
  let attempt = 1;
  let closed = false;

  const failed = (cause: unknown): void => {
    if (closed || signal.aborted || retry === undefined || attempt >= retry.attempts) return broken(cause);
    const old = reader;
    reader = undefined;
    reading = false;
    onRetry();
    Promise.resolve()
      .then(() => old?.close())
      .catch(() => {}) // it is broken already
      .then(() => clock.sleep(retryDelay(retry, attempt++, random), signal))
      .then(start, () => {});
  };
  const opened = (r: Reader<unknown>): void => {
    if (signal.aborted || closed) return void Promise.resolve(r.close()).catch(() => {});
    reader = r;
    pushes = r.connect !== undefined;
    if (pushes) {
      outside(() => {
        try {
          r.connect?.(push, wake);
        } catch (cause) {
          failed(cause);
        }
      });
    }
    wake();
  };
  const begin = (): void => {
    if (opening || !mayOpen()) return;
    opening = true;
    start();
  };
  const start = (): void => {
    if (closed) return;
    let answer;
    try {
      answer = open(behind);
    } catch (cause) {
      return failed(cause);
    }
    if (isPromise(answer)) Promise.resolve(answer).then(opened, failed);
    else opened(answer);
  };
  const read = (): void => {
    if (reading || next !== undefined || reader === undefined) return;
    const since = clock.monotonic();
    const arrived = (answer: Answer): void => {
      reading = false;
      attempt = 1;
      next = answer;
      if (typeof answer === 'object') behind = answer.position;
      if (answer === 'idle') emptySince ??= since;
      else emptySince = undefined;
    };
    let answer;
    try {
      answer = reader.read(READ_MAX, signal);
    } catch (cause) {
      return failed(cause);
    }
    if (!isPromise(answer)) return arrived(answer);
    waits = true;
    reading = true;
    Promise.resolve(answer).then(a => {
      arrived(a);
      wake();
    }, failed);
  };
  return {
    begin,
    get opened() {
      return opening;
    },
    get pushes() {
      return pushes;
    },
    get empty() {
      return next === undefined;
    },
    take() {
      if (reader === undefined) {
        begin(); // read from the next pass on, when all splits that can be are open
        return undefined;
      }
      read();
      const answer = next;
      next = undefined;
      return answer;
    },
    ahead() {
      if (waits) read();
    },
    emptyFor() {
      const now = clock.monotonic();
      const since = emptySince ?? now;
      emptySince = now;
      return Math.min(LONGEST_EMPTY_READ, now - since);
    },
    forgive() {
      if (emptySince !== undefined) emptySince = clock.monotonic();
    },
    hold: waiting => reader?.hold?.(waiting),
    dropped: () => reader?.dropped?.(),
    async close() {
      closed = true;
      const closing = reader;
      reader = undefined;
      await closing?.close();
    },
  };
}
