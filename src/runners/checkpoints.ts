/** When checkpoints are taken: one at a time, on an interval, on demand, when much waits to be written; and what is told about them. */
import type { Clock } from '../core/clock.js';
import { CheckpointError, causeText } from '../core/errors.js';
import { takeCheckpoint, type CheckpointParts } from './checkpoint.js';
import type { JobEvent } from './events.js';

/** Figures of the checkpoints of a job. */
export interface CheckpointMetrics {
  /** Number of the last one that was completed, counted over all runs. */
  readonly completed: number;
  /** Of this run. */
  readonly failed: number;
  /** One is being taken now. */
  readonly underWay: boolean;
  /** Of the last one, in milliseconds. */
  readonly lastDuration: number | undefined;
  /** Entries it wrote, and bytes, encoded (0 where the backend does not count them). */
  readonly lastEntries: number;
  readonly lastBytes: number;
  /** Entries that wait for the next. */
  readonly dirty: number;
}

export interface Checkpoints {
  /** Takes one; whoever asks meanwhile gets the one under way. Rejects if it fails. */
  take(): Promise<void>;
  /** The last one of a job that ends: nothing is resumed after it. */
  last(): Promise<void>;
  /** Takes one early if more waits than the bound allows, or a sink has asked for one. */
  look(): void;
  /** A sink has come to its bound: one is taken at the next look. */
  soon(): void;
  /** The one under way, come what may. */
  settled(): Promise<void>;
  metrics(): CheckpointMetrics;
}

/** After one that failed: how long before another is begun early, at first and at most. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;
/** So many times its bound the overlay may grow while checkpoints fail; then the job takes no more records until one succeeds. */
const STRETCH = 2;

export function checkpointing(options: {
  readonly parts: CheckpointParts;
  readonly clock: Clock;
  readonly maxDirty: number;
  running(): boolean;
  /** Records are taken again. */
  resume(): void;
  fail(error: unknown): void;
  tell(event: JobEvent): void;
}): Checkpoints {
  const { parts, clock, maxDirty, tell } = options;
  let completed = parts.restored?.checkpoint ?? 0;
  /** Numbers are used once, also by those that fail: a sink may have prepared for one. */
  let begun = completed;
  let failed = 0;
  let last: { readonly duration: number; readonly entries: number; readonly bytes: number } | undefined;
  let underWay: Promise<void> | undefined;
  let wanted = false;
  let pause = FIRST_PAUSE;
  let notBefore = Number.NEGATIVE_INFINITY;

  const run = async (): Promise<void> => {
    const checkpoint = ++begun;
    wanted = false;
    const since = clock.monotonic();
    tell({ kind: 'checkpoint-started', checkpoint });
    try {
      const figures = await takeCheckpoint(parts, checkpoint);
      completed = checkpoint;
      last = { ...figures, duration: clock.monotonic() - since };
      pause = FIRST_PAUSE;
      tell({ kind: 'checkpoint-completed', checkpoint, ...last });
    } catch (error) {
      failed++;
      tell({ kind: 'checkpoint-failed', checkpoint, error });
      throw error;
    }
  };
  /** What a checkpoint that failed leaves waiting must not grow for ever. */
  const stretched = (): boolean => parts.store.dirty > maxDirty * STRETCH;
  /** One that was asked for meanwhile and failed too must not leave a second timer. */
  let retrying = false;
  const again = (): void => {
    notBefore = clock.monotonic() + pause;
    const wait = pause;
    pause = Math.min(LONGEST_PAUSE, pause * 2);
    if (!stretched()) return options.resume();
    if (retrying) return;
    retrying = true;
    clock.sleep(wait, parts.runtime.environment.signal).then(
      () => {
        retrying = false;
        if (options.running()) void self.take().catch(() => {}); // told and counted
      },
      () => {},
    );
  };
  const self: Checkpoints = {
    take() {
      underWay ??= (async () => {
        try {
          await run();
          await parts.phase('resume');
        } catch (error) {
          if (!(error instanceof CheckpointError)) options.fail(error);
          else if (options.running()) again();
          throw error;
        } finally {
          underWay = undefined;
        }
        if (options.running()) options.resume();
      })();
      return underWay;
    },
    async last() {
      try {
        await run();
      } catch (error) {
        throw error instanceof CheckpointError ? error.cause : error;
      }
    },
    look() {
      if (underWay === undefined && (wanted || parts.store.dirty > maxDirty) && clock.monotonic() >= notBefore) void self.take().catch(() => {}); // told and counted
    },
    soon: () => void (wanted = true),
    settled: () => (underWay ?? Promise.resolve()).catch(() => {}),
    metrics: () => ({ completed, failed, underWay: underWay !== undefined, lastDuration: last?.duration, lastEntries: last?.entries ?? 0, lastBytes: last?.bytes ?? 0, dirty: parts.store.dirty }),
  };
  return self;
}

const WARNING = 'MillraceWarning';

/** Tells whoever listens; without a listener a checkpoint or savepoint that failed is a warning of the process (unless it ends the job, which says so itself). A listener that throws fails nothing. */
export function teller(job: string, listener: ((event: JobEvent) => void) | undefined): (event: JobEvent) => void {
  return event => {
    if (listener === undefined) {
      if ((event.kind === 'checkpoint-failed' && event.error instanceof CheckpointError) || event.kind === 'savepoint-failed') process.emitWarning(`Job "${job}": ${causeText(event.error)}`, WARNING);
      return;
    }
    try {
      listener(event);
    } catch (cause) {
      process.emitWarning(`Job "${job}": onEvent threw: ${causeText(cause)}`, WARNING);
    }
  };
}
