/** State of a job that keeps none: tables without a base, which nothing commits and which die with the job. The fastest there is. */
import type { StateStore } from '../core/state.js';
import { tableRegistry } from './registry.js';

/** A store for one run that is never committed. */
export function volatile(): StateStore {
  const tables = tableRegistry(() => undefined);
  return {
    restored: undefined,
    generation: 1,
    table: tables.table,
    drop: tables.drop,
    rename: () => {},
    tables: tables.filled,
    dirty: 0,
    commit: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
