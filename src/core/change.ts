/** Tables: what changes in them, and how they are read while a job runs. */
import type { Key, Time } from './values.js';

/** A change of one row of a table: inserted (`before` is undefined), updated, or deleted (`after` is undefined). */
export interface Change<out K, out V> {
  readonly key: K;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

/** Key of a row of a windowed table: key, start and end; without keys, start and end. */
export type WindowKey<K> = K extends undefined ? readonly [start: Time, end: Time] : readonly [key: K, start: Time, end: Time];

/** How a table is read in process: the stage that keeps the rows fills it in when it opens; of two running jobs, the later one answers. */
export interface TableLookup {
  get?: ((key: Key) => unknown) | undefined;
}
