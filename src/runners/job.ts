/** A running job as its owner sees it, and as the test kit may. */
import { systemClock, systemRandom, type Clock } from '../core/clock.js';
import type { Disk } from '../core/disk.js';
import type { Key } from '../core/values.js';
import type { StartReport } from '../inspect/report.js';
import type { Why } from '../inspect/why.js';
import type { Phase } from './checkpoint.js';
import type { JobMetrics } from './metrics.js';

/** A running job. */
export interface Job {
  /** Resolves when all input has ended and reached the sinks, or after `stop()`; rejects with the first error, after everything has been released. */
  readonly done: Promise<void>;
  /** Checkpoint and close; windows stay open for the next run. With `drain`, the input is taken as ended, so every window is flushed first. */
  stop(options?: { readonly drain?: boolean }): Promise<void>;
  /** What is promised at start: guarantee per sink, unnamed or opaque steps, sources without event time. */
  readonly report: StartReport;
  /** A checkpoint now; the one under way, if there is one. Rejects if it fails; the job goes on. */
  checkpoint(): Promise<void>;
  /** One portable file with all state and positions of this moment, also for another backend or machine; see `from` of `RunOptions`. */
  savepoint(path: string): Promise<void>;
  metrics(): JobMetrics;
  /**
   * What holds a step (by name or id) whose window or join has not fired, or one key of it: the split with the lowest watermark, idle or not, aligned, back-pressured, what is open and what is kept.
   * Costs nothing until it is called.
   *
   * @throws MillraceError `unknown-step`, with the names there are.
   */
  why(step: string, key?: Key): Why;
}

/** What a test may ask of a job besides. */
export interface ControlledJob extends Job {
  /** Everything in memory is gone, as after `kill -9`: nothing is flushed, committed or closed in order. */
  crash(): void;
  /** Nothing to do before something from outside happens. */
  readonly resting: () => boolean;
}

/** The world a job runs in; real unless a test brings another. */
export interface World {
  readonly clock: Clock;
  random(): number;
  phase?(name: Phase): void | Promise<void>;
  /** What is under files; absent, the real disk. */
  readonly disk?: Disk | undefined;
  /** As `Environment.freeze`. */
  readonly freeze?: boolean | undefined;
}

/** Wall clock, timers, randomness of this machine. */
export const reality: World = { clock: systemClock, random: systemRandom };
