/**
 * A job a test holds the strings of: time moves when told, and a crash is a call. What a crash loses is what `kill -9` would lose of the engine: nothing is flushed,
 * committed or closed; the next incarnation reads state and positions from the last checkpoint and the sources from there.
 */
import type { Disk } from '../core/disk.js';
import type { Duration } from '../core/duration.js';
import type { Plan } from '../plan/plan.js';
import type { Phase } from '../runners/checkpoint.js';
import type { ControlledJob, Job } from '../runners/job.js';
import { startJob } from '../runners/local.js';
import type { RunOptions } from '../runners/options.js';
import type { VirtualClock } from './virtual-clock.js';

/** A phase of a checkpoint: `pause drain flush prepare encode write commit acknowledge resume`, in this order. What it writes is durable after `write`. */
export type CheckpointPhase = Phase;

/**
 * A job in virtual time. Every call that waits rejects with the job's error if the job has failed.
 */
export interface TestJob extends Job {
  /** Lets so much time pass, timer by timer, and settles. */
  advance(by: Duration): Promise<void>;
  /** Waits, without letting time pass, until the job has nothing more to do: promises have been followed to their ends. */
  settle(): Promise<void>;
  /** Takes a checkpoint. Records in flight are waited for, so time may pass. A job that has ended took its last one then. */
  checkpoint(): Promise<void>;
  /**
   * Dies as by `kill -9`, now or in a phase of a checkpoint begun for it, and starts again from the last checkpoint: state, positions and committed output are as it left them.
   * Also starts a job again that has failed or ended. Closures of user functions live on, as the test's process does; `crashAfterEach` makes them anew.
   */
  crash(options?: { readonly at?: CheckpointPhase | undefined }): Promise<void>;
}

export interface Launch {
  readonly clock: VirtualClock;
  random(): number;
  readonly disk: Disk | undefined;
  readonly freeze: boolean;
  readonly options: RunOptions;
  /** Asked for once per incarnation. */
  plan(): Plan;
}

/** Starts a job in virtual time. */
export async function launch({ clock, random, disk, freeze, options, plan }: Launch): Promise<TestJob> {
  let incarnation = 0;
  let current: ControlledJob;
  let failure: { readonly error: unknown } | undefined;
  let outcome = pending();
  let deadly: { readonly at: Phase; die(): void } | undefined;

  const phase = (name: Phase): Promise<void> | undefined => {
    if (deadly?.at !== name) return undefined;
    deadly.die();
    return new Promise<void>(() => {}); // the dead go no further
  };
  const start = async (): Promise<void> => {
    const mine = ++incarnation;
    const job = await clock.finish(Promise.resolve(startJob(plan(), options, { clock, random, phase, disk, freeze })));
    current = job;
    job.done.then(
      () => {
        if (mine === incarnation) outcome.resolve();
      },
      (error: unknown) => {
        if (mine !== incarnation) return;
        failure = { error };
        outcome.reject(error);
      },
    );
    await clock.settle();
  };
  const kill = (): void => {
    incarnation++;
    current.crash();
  };
  const well = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  /** Begins checkpoints until one gets to the phase: one under way may be past it. */
  const dieAt = async (at: Phase): Promise<void> => {
    let dead = false;
    const died = new Promise<void>(resolve => {
      deadly = {
        at,
        die() {
          deadly = undefined;
          dead = true;
          kill();
          resolve();
        },
      };
    });
    while (!isTrue(dead)) {
      await clock.finish(Promise.race([died, current.checkpoint()]));
      await clock.settle();
    }
  };

  await start();
  return {
    get done() {
      return outcome.promise;
    },
    get report() {
      return current.report;
    },
    metrics: () => current.metrics(),
    why: (step, key) => current.why(step, key),
    async advance(by) {
      await clock.advance(by);
      well();
    },
    async settle() {
      await clock.settle();
      well();
    },
    async checkpoint() {
      await clock.settle();
      well();
      // One that has ended took its last checkpoint then.
      if (current.metrics().status !== 'running') return;
      await clock.finish(current.checkpoint());
      await clock.settle();
      well();
    },
    async savepoint(path) {
      await clock.finish(current.savepoint(path));
    },
    async stop(how) {
      await clock.finish(current.stop(how));
    },
    async crash(how) {
      const { status } = current.metrics();
      if (how?.at !== undefined && status === 'running') await dieAt(how.at);
      else kill();
      if (status === 'failed' || status === 'done') outcome = pending();
      failure = undefined;
      await start();
      well();
    },
  };
}

interface Pending {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

function pending(): Pending {
  let settle: Omit<Pending, 'promise'> = { resolve: () => {}, reject: () => {} };
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  promise.catch(() => {}); // a test that does not ask for the outcome has its reasons
  return { promise, ...settle };
}

/** Changed by a callback: the compiler takes it for the constant it was. */
const isTrue = (value: boolean): boolean => value;
