/** Signals of the operating system that end a job well. Opt-in: whose process it is decides what a signal means. */
import { systemClock } from '../core/clock.js';
import { milliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError } from '../core/errors.js';
import type { Job } from './job.js';

/** Signal -> exit code of a process that it ended: 128 and its number. */
const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Signals a job can be stopped by. */
export type StopSignal = keyof typeof CODES;

/** Options of {@link stopOnSignals}. */
export interface StopOnSignalsOptions {
  /** Default: `SIGTERM` and `SIGINT`. */
  readonly signals?: readonly StopSignal[] | undefined;
  /** How long stopping may take before the process is ended; default 30 s. Kubernetes gives 30 s, so leave less there if other things are to be stopped too. */
  readonly grace?: Duration | undefined;
  /** Take the input as ended and flush every window first, see `Job.stop`. */
  readonly drain?: boolean | undefined;
  /** Called instead of `process.exit`. */
  readonly exit?: ((code: number) => void) | undefined;
}

/**
 * Stops a job when the process is told to end. The first signal is `job.stop()`: a last checkpoint, everything closed, and the process ends by itself if nothing else keeps it; its exit code is 1 if
 * stopping failed. When the grace time is over, or at a second signal, the process ends at once, as by `kill -9`: what a job of durable state has in its last checkpoint is consistent at any moment.
 *
 * @param job what `run` gave.
 * @param options signals, grace time.
 * @returns a function that stops listening; that happens by itself when the job is done.
 * @throws ConfigurationError if the grace time is no duration.
 * @example
 * ```ts
 * import { Stream, run, stopOnSignals, toArray } from 'millrace';
 *
 * const job = await run(Stream.from([1, 2, 3]).to(toArray<number>([])));
 * stopOnSignals(job, { grace: '20s' });
 * await job.done;
 * ```
 */
export function stopOnSignals(job: Job, options: StopOnSignalsOptions = {}): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], grace = 30_000, drain = false, exit = code => process.exit(code) } = options;
  const limit = milliseconds(grace);
  if (limit === undefined || limit <= 0) throw new ConfigurationError([{ code: 'option', where: 'stopOnSignals: grace', what: 'must be a positive duration.', fix: "Give one such as '20s'." }]);
  const over = new AbortController();
  let heard = false;
  const hear = (signal: StopSignal): void => {
    if (heard) return exit(CODES[signal]);
    heard = true;
    job.stop({ drain }).then(
      () => {},
      () => (process.exitCode = 1), // whoever waits for `job.done` has the error
    );
    systemClock.sleep(limit, over.signal).then(
      () => exit(1),
      () => {},
    );
  };
  const release = (): void => {
    over.abort();
    for (const signal of signals) process.off(signal, hear);
  };
  for (const signal of signals) process.on(signal, hear);
  job.done.then(release, release);
  return release;
}
