/** The master log of views: every event that was ingested, in positions, append-only. What views are computed from, now and again. */
import type { Environment } from './clock.js';
import type { Time } from './values.js';

/** Some events that stand side by side in one partition. Positions count blocks. */
export interface LogBlock {
  readonly position: number;
  readonly values: readonly unknown[];
  /** Event times, one per value. */
  readonly times: readonly Time[];
}

/** One position per partition: all blocks below it. */
export type LogPositions = readonly number[];

/** A log of events in partitions. Each partition has an order; between partitions there is none. */
export interface MasterLog {
  readonly name: string;
  /** How many partitions there are; fixed for the life of the log. */
  readonly partitions: number;
  /**
   * Opens the log for writing; whoever had it open before is refused from then on. `from`: where the log ended when the job's checkpoint was taken; what lies behind was ingested after it, will be ingested again, and is no part
   * of the log any more. `undefined`: it ends where it ends.
   */
  open(environment: Environment, from: LogPositions | undefined): Promise<MasterLogWriter>;
  /** The blocks of a partition in [from, to), also while the log is written. `to` must be durable. Rejects with `log-missing` when blocks were trimmed. */
  read(partition: number, from: number, to: number, environment?: Environment): AsyncIterable<LogBlock>;
  /** The positions behind what can be read now, also of a log that nobody has open. */
  end(environment?: Environment): Promise<LogPositions>;
  /** Whether somebody counts on what is in it: {@link MasterLogWriter.keep} was called. What nobody counts on was ingested by a job that died before its first checkpoint. */
  kept(environment: Environment): Promise<boolean>;
}

/** A log, open for writing. */
export interface MasterLogWriter {
  /** Positions behind what is durable. */
  readonly durable: LogPositions;
  /** Takes an event, in memory until the next {@link MasterLogWriter.sync}. Throws a DataError for what is no plain data, or too large; then it was not taken. */
  append(partition: number, value: unknown, time: Time): void;
  /** Ends the blocks under way, and answers the positions behind all that was appended. */
  seal(): LogPositions;
  /** All that was appended is durable; answers `durable`. Seals first. */
  sync(): Promise<LogPositions>;
  /** Something to wait for while more is in memory than should be. */
  room(): Promise<void> | undefined;
  /** From now on somebody counts on what is in the log, for good. */
  keep(): Promise<void>;
  /** Nobody needs what lies below these positions any more: what the log is not to retain of it is removed, the oldest first. Absent: it retains everything. */
  trim?(before: LogPositions): Promise<void>;
  close(): Promise<void>;
}
