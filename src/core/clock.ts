/**
 * All time, timers and randomness of the library come from here, injected as an {@link Environment}: real in production,
 * virtual in tests, seeded in simulation. Nothing else may read a clock or start a timer.
 */
import type { Disk } from './disk.js';
import type { Time } from './values.js';

/** The world as the engine sees it; `millrace/testing` has one that moves only when told. */
export interface Clock {
  /** Wall clock in epoch milliseconds. It may jump. */
  now(): Time;
  /** Milliseconds that never go back; only differences mean something. */
  monotonic(): number;
  /** Resolves after `ms` (also beyond 24.8 days); rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `tick` every `ms` until the returned function is called. */
  every(ms: number, tick: () => void): () => void;
  /** Calls `task` once, in a turn of its own after the host's pending input and output; the returned function cancels it. */
  defer(task: () => void): () => void;
}

/** What a source, a sink or a step may use of the world. */
export interface Environment {
  readonly clock: Clock;
  /** In [0, 1). */
  random(): number;
  /** Aborted when the job ends, for whatever reason. */
  readonly signal: AbortSignal;
  /** What files are read from and written to; absent, the real one. Ask `diskOf`. */
  readonly disk?: Disk | undefined;
  /** A record that goes more ways than one is frozen, so that a step that writes into it fails where it does so, and not where another one reads. */
  readonly freeze?: boolean | undefined;
}

/** Longest delay `setTimeout` keeps; longer ones fire at once, so longer sleeps are made of several. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The real world: wall clock, monotonic clock, timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      let left = ms;
      let timer: ReturnType<typeof setTimeout>;
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const step = (): void => {
        const part = Math.min(left, LONGEST_TIMEOUT);
        left -= part;
        timer = setTimeout(() => {
          if (left > 0) return step();
          signal?.removeEventListener('abort', abort);
          resolve();
        }, part);
      };
      signal?.addEventListener('abort', abort, { once: true });
      step();
    }),
  every(ms, tick) {
    const timer = setInterval(tick, Math.min(ms, LONGEST_TIMEOUT));
    return () => clearInterval(timer);
  },
  defer(task) {
    const handle = setImmediate(task);
    return () => clearImmediate(handle);
  },
};

/** Randomness of this machine, in [0, 1). */
export const systemRandom = (): number => Math.random();

/** The real world as an {@link Environment} that ends with `signal`. */
export const systemEnvironment = (signal: AbortSignal): Environment => ({ clock: systemClock, random: systemRandom, signal });
