/** The rows of a segment of the speed view, as they stand in the job's state; and as they stood, for a reading that takes several turns while events come. */
import type { Aggregate, SomeAccumulator } from '../core/aggregate.js';
import { slotOf, type Slot } from '../core/key.js';
import { scannedKeys, type StateTable } from '../core/state.js';
import type { Key, Time } from '../core/values.js';
import type { Rows } from './rows.js';

/** The rows of a state table. */
export function tableRows(table: StateTable<unknown>): Rows {
  return {
    each(key, from, to, visit, most = Number.POSITIVE_INFINITY) {
      let left = most;
      if (left <= 0) return;
      for (const [start, acc] of table.range(key, Number.isFinite(from) ? from : undefined, Number.isFinite(to) ? to : undefined)) {
        visit(Number(start), acc);
        if (--left <= 0) return;
      }
    },
    keys: () => table.keys?.() ?? scannedKeys(table),
  };
}

/** What rows were when a long reading began. */
export interface Before {
  /** Told of every row before it is changed for the first time; `undefined`: there was none. */
  save(table: StateTable<unknown>, key: Key, start: Time, acc: unknown): void;
  rows(table: StateTable<unknown>): Rows;
}

/** Nothing has changed yet. The aggregate is that of the tables that are read. */
export function before({ zero, merge }: Aggregate<unknown, SomeAccumulator, unknown>): Before {
  const saved = new Map<StateTable<unknown>, Map<Slot, Map<Time, unknown>>>();
  return {
    save(table, key, start, acc) {
      let keys = saved.get(table);
      if (keys === undefined) saved.set(table, (keys = new Map()));
      const slot = slotOf(key);
      let starts = keys.get(slot);
      if (starts === undefined) keys.set(slot, (starts = new Map()));
      if (!starts.has(start)) starts.set(start, acc === undefined ? undefined : merge(zero(), acc));
    },
    rows(table) {
      const now = tableRows(table);
      return {
        each(key, from, to, visit, most = Number.POSITIVE_INFINITY) {
          const changed = saved.get(table)?.get(slotOf(key));
          if (changed === undefined) return now.each(key, from, to, visit, most);
          let left = most;
          // Rows that were not there are more than asked for.
          now.each(key, from, to, (start, acc) => {
            const old = changed.has(start) ? changed.get(start) : acc;
            if (old === undefined || left <= 0) return;
            left--;
            visit(start, old);
          }, most + changed.size);
        },
        keys: () => now.keys(),
      };
    },
  };
}
