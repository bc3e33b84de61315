/** A bounded buffer between something that gives records when it likes and a reader that asks for them. */
import type { Environment } from '../core/clock.js';
import type { Batch } from '../core/source.js';

/** A reader must answer within this, in milliseconds, with or without data. */
const LONGEST_WAIT = 1_000;

export interface ReadBuffer<T> {
  readonly size: number;
  put(value: T): void;
  /** Takes the oldest out. */
  shift(): void;
  end(): void;
  fail(error: unknown): void;
  /** What is there now; `idle` when that is nothing. */
  poll(max: number): Batch<T> | 'idle' | 'end';
  /** The same, but waits for something. */
  wait(max: number): Batch<T> | 'end' | Promise<Batch<T> | 'idle' | 'end'>;
}

export function readBuffer<T>({ clock, signal }: Environment): ReadBuffer<T> {
  let values: T[] = [];
  let taken = 0;
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  let arrived: (() => void) | undefined;
  /** A time-out is under way: one for all that wait meanwhile, because one for each would cost more than the records. */
  let timed = false;
  const expired = (): void => {
    timed = false;
    changed();
  };
  const changed = (): void => {
    const resolve = arrived;
    arrived = undefined;
    resolve?.();
  };
  const buffer: ReadBuffer<T> = {
    get size() {
      return values.length;
    },
    put(value) {
      values.push(value);
      changed();
    },
    shift: () => void values.shift(),
    end() {
      over = true;
      changed();
    },
    fail(error) {
      failure = { error };
      changed();
    },
    poll(max) {
      if (values.length > 0) {
        const some = values.length <= max ? values : values.slice(0, max);
        values = values.length <= max ? [] : values.slice(max);
        const start = taken;
        taken += some.length;
        return { values: some, position: taken, positionOf: index => start + index };
      }
      if (failure !== undefined) throw failure.error;
      return over ? 'end' : 'idle';
    },
    wait(max) {
      const now = buffer.poll(max);
      if (now !== 'idle') return now;
      const news = new Promise<void>(resolve => (arrived = resolve));
      if (!timed) {
        timed = true;
        clock.sleep(LONGEST_WAIT, signal).then(expired, expired);
      }
      return news.then(() => buffer.poll(max));
    },
  };
  return buffer;
}
