/** Where keyed state lives: tables over a backend, and what a checkpoint is besides them. */
import type { Environment } from './clock.js';
import type { Pace } from './port.js';
import type { Json, Key, Position, Sub, Time } from './values.js';

/** One per (step, table name), ordered by (key, sub). Reads and ranges are synchronous; writes stay in a bounded overlay until a checkpoint. */
export interface StateTable<V> {
  get(key: Key, sub?: Sub): V | undefined;
  /** Like `get`, to change the value in place: it belongs to the overlay from now on and may be mutated until the next checkpoint, without `set`. */
  edit(key: Key, sub?: Sub): V | undefined;
  set(key: Key, value: V, sub?: Sub): void;
  /** Without `sub`: only the entry without one. */
  delete(key: Key, sub?: Sub): void;
  /** The entries below one key that have a sub-key, in order; `to` is exclusive. */
  range(key: Key, from?: Sub, to?: Sub): Iterable<readonly [Sub, V]>;
  /**
   * For savepoints, migration, queries, and for firing a slice: each entry once, those of one key in order. Keys that no commit has written come in the order in which they were first set; for the others the
   * backend has an order of its own, the same each time (a store on a disk is sorted; `memory()` keeps the order of first set). The table may be changed while it is read.
   */
  scan(keyGroup?: number): Iterable<readonly [Key, Sub | undefined, V]>;
  /** Each key once that has anything, in no order; where a store does not say, they are asked for by `scan`. The table must not be changed meanwhile. */
  keys?(): Iterable<Key>;
}

/** The keys that have anything, found by `scan`, so the table may be changed while they are read: those of a table in one order of keys come once each. */
export function* scannedKeys(table: Pick<StateTable<unknown>, 'scan'>): Generator<Key, void> {
  let last: Key | undefined;
  for (const [key] of table.scan()) {
    if (key !== last) yield key;
    last = key;
  }
}

/** A place for state: `memory()` here, durable ones behind doors of their own. */
export interface StateBackend {
  /** Whether what it keeps outlives the process; then names are mandatory. */
  readonly durable?: boolean;
  /** Opening claims the next generation; one above `above`, if that is given: the state of another store is going to be loaded, and its sinks know that store's generation. */
  open(job: string, environment: Environment, above?: number): Promise<StateStore>;
}

/** State of one incarnation of a job. */
export interface StateStore {
  readonly restored: Manifest | undefined;
  readonly generation: number;
  table<V>(step: string, name: string): StateTable<V>;
  drop(step: string, table: string): void;
  /** All tables of a step from now on under another step's name, which has none; on the disk with the next commit. Only before any table has been asked for. */
  rename(step: string, to: string): void;
  tables(): Iterable<readonly [step: string, table: string]>;
  /** Entries in the overlay. */
  readonly dirty: number;
  /**
   * Overlay and manifest, atomic and durable; yields whenever `pace` says so. A rejection with the code `state-unwritable` (a full disk) says that nothing was written and the overlay is as it was:
   * the job may go on and try again. After any other rejection nobody knows what is on the disk, and the job must end.
   */
  commit(manifest: Manifest, pace: Pace): Promise<Committed | void>;
  /** What the last commit wrote, unchanged by those that follow until it is closed: for savepoints taken while the job goes on. Without it the job waits. */
  snapshot?(): StateSnapshot;
  close(): Promise<void>;
}

/** What a commit cost. */
export interface Committed {
  readonly entries: number;
  /** Keys and values, encoded. */
  readonly bytes: number;
}

/** The state of one checkpoint. */
export interface StateSnapshot {
  readonly manifest: Manifest;
  tables(): Iterable<readonly [step: string, table: string]>;
  scan(step: string, table: string): Iterable<readonly [Key, Sub | undefined, unknown]>;
  close(): void;
}

/** What a checkpoint is besides the tables. */
export interface Manifest {
  readonly job: string;
  readonly generation: number;
  readonly checkpoint: number;
  /** `kind`: of the step, as in a plan. */
  readonly plan: readonly { readonly step: string; readonly kind?: string | undefined; readonly version: number; readonly signature: Json }[];
  readonly positions: { readonly [source: string]: { readonly [split: string]: Position | 'end' } };
  /** Generator state of every split, last watermark of every step. */
  readonly watermarks: { readonly [step: string]: Json };
  readonly committables: { readonly [sink: string]: readonly Json[] };
  /** The savepoint this lineage began with. */
  readonly origin?: string | undefined;
  /** When it was taken, by the job's clock. */
  readonly at?: Time | undefined;
  /** A savepoint is being loaded, and this is a part of it: nothing to go on from. */
  readonly loading?: string | undefined;
}
