/** Where records go: batches written with backpressure, flushed by every checkpoint, committed by token. */
import type { Environment } from './clock.js';
import type { Json, Time } from './values.js';

/** A place records go to. */
export interface Sink<in T> {
  readonly name: string;
  /** `transactional` only if `commit(token)` works from a new process. */
  readonly guarantee: 'append' | 'idempotent' | 'transactional';
  /** What it keeps outlives the process and is known by the names of job and step, so neither may be left out. Absent: if it is transactional. */
  readonly durable?: boolean | undefined;
  open(context: SinkContext): Promise<SinkWriter<T>> | SinkWriter<T>;
}

/** What a sink is given when it opens. */
export interface SinkContext {
  readonly job: string;
  readonly step: string;
  /** Fence older generations first, */
  readonly generation: number;
  /** then commit these, then abort whatever else of (job, step) is open. */
  readonly restored: readonly Json[];
  /** Number of the checkpoint the job goes on from; 0 at the first start. A target that has committed a later one stands before a state that is too old: it must refuse. */
  readonly checkpoint: number;
  readonly environment: Environment;
  /** After a crash the job goes on from its last checkpoint; otherwise it begins anew. */
  readonly recovers?: boolean | undefined;
  /** Asks for a checkpoint as soon as the job rests: a sink that keeps records until one has come to its bound. */
  checkpointSoon?(): void;
}

/** A record of a batch that was not accepted. */
export interface FailedWrite {
  readonly index: number;
  readonly cause: unknown;
}

/** A sink at work. One call at a time. */
export interface SinkWriter<in T> {
  /** Resolves when accepted (that is the backpressure); records listed as failed go to the step's error policy. The arrays are the writer's to keep. */
  write(values: readonly T[], times: readonly Time[]): Promise<void | readonly FailedWrite[]> | void | readonly FailedWrite[];
  /** For sinks that take a record at once, in memory: called instead of `write`, record by record, in the runner's turn. */
  accept?(value: T, time: Time): void;
  /** All writes accepted so far survive our death; awaited by every checkpoint. */
  flush(): Promise<void> | void;
  /** Durable, invisible; the token goes into the manifest. */
  prepare?(checkpoint: number): Promise<Json | undefined>;
  /** Idempotent, also from a new process; repeated until it holds, or rejects with the code `fenced`, or a MillraceError that is `final`. */
  commit?(tokens: readonly Json[]): Promise<void>;
  /** `failed` says that the job did not end well: what was not committed must not become visible. */
  close(outcome?: 'done' | 'failed'): Promise<void> | void;
}

/** A target with transactions of its own, made exactly-once by `outbox`: it keeps a ledger of what it was given, in the transaction in which it takes it. */
export interface LedgerTarget<in T> {
  readonly name: string;
  open(context: SinkContext): Promise<LedgerWriter<T>>;
}

/** A sink that is a {@link LedgerTarget} too: as it stands it promises what it says, in an `outbox` it is exactly-once. */
export interface LedgerSink<in T> extends Sink<T> {
  readonly ledger: LedgerTarget<T>;
}

/** A {@link LedgerTarget} at work. One call at a time. */
export interface LedgerWriter<in T> {
  /** What can be said against records before they are kept for delivery: these go to the step's error policy. What is refused only when it is delivered fails the job. */
  check?(values: readonly T[]): readonly FailedWrite[] | void | Promise<readonly FailedWrite[] | void>;
  /**
   * In one transaction: refuses with code `fenced` if the ledger knows a newer generation of (job, step); does nothing if it has `checkpoint` or a later one; else writes all records and the ledger row
   * `(job, step, checkpoint, generation)`. It may be called again after a lost reply.
   */
  deliver(checkpoint: number, values: readonly T[], times: readonly Time[]): Promise<void>;
  close(outcome?: 'done' | 'failed'): Promise<void> | void;
}
