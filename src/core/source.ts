/** Where records come from: pulled, split, replayable. Pull is the backpressure. */
import type { Environment } from './clock.js';
import type { Position, Time } from './values.js';

/** Some records of one split, and where to resume after them. */
export interface Batch<out T> {
  readonly values: readonly T[];
  readonly times?: readonly Time[] | undefined;
  /** Ignored while the split calls itself idle. */
  readonly watermark?: Time | undefined;
  /** Where to resume after the last of `values`: the position travels with the data. */
  readonly position: Position;
  /** Of one value, for dead letters (line and byte, offset, row); absent: the batch's. */
  positionOf?(index: number): Position;
  /** The split itself says that nothing is to be expected: left out of minimums until its next record, or until it says `false`. */
  readonly idle?: boolean | undefined;
  /** More is known to wait: freezes wall-clock progress and idleness. */
  readonly behind?: boolean | undefined;
  /** Records the source itself could not read (a broken line, a row with too many fields), each with its place among `values`; they go to the source's error policy. */
  readonly failed?: readonly FailedRead[] | undefined;
}

/** A record that could not be read. */
export interface FailedRead {
  /** It stood before `values[before]`. */
  readonly before: number;
  /** What can be shown of it: the raw text or bytes, cut to a bounded length. */
  readonly input: unknown;
  readonly cause: unknown;
  readonly position: Position;
}

/** One split, being read. */
export interface Reader<out T> {
  /** May wait; answers `idle` at the latest after a second without data. At most `max` values. A rejection or throw fails the job. */
  read(max: number, signal: AbortSignal): Batch<T> | 'idle' | 'end' | Promise<Batch<T> | 'idle' | 'end'>;
  /**
   * For inputs that push. `push` hands a record over at once and answers `false` if the runner cannot take it now; then the reader keeps it (in a buffer with a bound)
   * and `read` will ask for it. `wake` says that `read` has something new to answer. With `connect`, `read` must answer without waiting.
   */
  connect?(push: (value: T) => boolean, wake: () => void): void;
  /** Records thrown away because a buffer of the reader's was full. */
  dropped?(): number;
  /** The split waits for slower ones (`maxDrift` of `timestamps`) and will not be read until it is called again with `false`: for readers that share something with others. */
  hold?(waiting: boolean): void;
  close(): Promise<void> | void;
}

/** Splits that came or went. */
export interface Splits {
  readonly added?: readonly string[] | undefined;
  readonly revoked?: readonly string[] | undefined;
  /** Dropped at once. */
  readonly lost?: readonly string[] | undefined;
  /** Called when a checkpoint that holds the revoked splits is durable. */
  released?(): void;
}

/** A source of records, of one or many splits. */
export interface Source<out T> {
  readonly name: string;
  readonly replayable: boolean;
  /** It brings event time and watermarks of its own (`Batch.times`, `Batch.watermark`, `Batch.idle`). Without it, `times` alone are taken as ascending. */
  readonly watermarks?: boolean | undefined;
  /** It keeps on a disk what it gives, and removes what checkpoints have passed: job and step have to be named. */
  readonly durable?: boolean | undefined;
  /** Readers that may be open at once; 64 unless given. More is for readers that keep nothing open while they wait: with a list of splits that never ends, those beyond it are never read. */
  readonly mostOpen?: number | undefined;
  /** All splits, or a list of them that changes: a source that yields nothing more has no further splits. `kept`: the positions the job goes on from, also of splits that are no more (say that these are lost, or they are kept for ever). */
  splits(environment: Environment, kept?: { readonly [split: string]: Position | 'end' }): readonly string[] | AsyncIterable<Splits> | Promise<readonly string[]>;
  open(split: string, from: Position | undefined, environment: Environment): Reader<T> | Promise<Reader<T>>;
  /** Order within one split; needed only where a source itself serves as the log of a view. */
  compare?(a: Position, b: Position): number;
  /** All splits at once, after the checkpoint is durable. */
  commit?(positions: { readonly [split: string]: Position }): Promise<void>;
}

/** Keeps what a source that cannot be read again gives, before the job sees it; from then on the log is what is read. */
export interface SourceLog {
  around<T>(source: Source<T>): Source<T>;
}
