/** The rows of one side of a view: an accumulator per key and granule, granules in order. */
import { slotOf, type Slot } from '../core/key.js';
import type { Key, Time } from '../core/values.js';
import { find, lowerBound, put as putRow, type RowList } from '../state/rows.js';

/** What can be read of a side. The accumulators are the side's own: nobody changes them. */
export interface Rows {
  /** Those of a key that begin in [from, to), in order. */
  each(key: Key, from: Time, to: Time, visit: (start: Time, acc: unknown) => void): void;
  keys(): Iterable<Key>;
}

/** Rows in memory that grow. */
export interface MemoryRows extends Rows {
  /** How many rows there are. */
  readonly size: number;
  get(key: Key, start: Time): unknown;
  set(key: Key, start: Time, acc: unknown): void;
  /** Sets what `change` makes of the accumulator there; of `undefined`, if there is none. */
  update(key: Key, start: Time, change: (acc: unknown) => unknown): void;
  all(): Iterable<readonly [Key, Time, unknown]>;
}

interface Kept extends RowList {
  readonly key: Key;
}

/** An empty set of rows. */
export function memoryRows(): MemoryRows {
  const kept = new Map<Slot, Kept>();
  let size = 0;
  const place = (key: Key): Kept => {
    const slot = slotOf(key);
    let mine = kept.get(slot);
    if (mine === undefined) kept.set(slot, (mine = { key, subs: [], values: [], own: undefined }));
    return mine;
  };
  const put = (rows: Kept, start: Time, acc: unknown): void => {
    const before = rows.subs.length;
    putRow(rows, start, acc);
    size += rows.subs.length - before;
  };
  return {
    get size() {
      return size;
    },
    get(key, start) {
      const mine = kept.get(slotOf(key));
      const index = mine === undefined ? -1 : find(mine, start);
      return index < 0 ? undefined : mine?.values[index];
    },
    set: (key, start, acc) => put(place(key), start, acc),
    update(key, start, change) {
      const mine = place(key);
      // Most events belong to the newest granule of their key.
      const last = mine.subs.length - 1;
      const index = mine.subs[last] === start ? last : find(mine, start);
      if (index >= 0) mine.values[index] = change(mine.values[index]);
      else put(mine, start, change(undefined));
    },
    each(key, from, to, visit) {
      const mine = kept.get(slotOf(key));
      if (mine === undefined) return;
      const { subs, values } = mine;
      for (let i = lowerBound(subs, from); i < subs.length; i++) {
        const start = Number(subs[i]);
        if (start >= to) return;
        visit(start, values[i]);
      }
    },
    *keys() {
      for (const { key } of kept.values()) yield key;
    },
    *all() {
      for (const { key, subs, values } of kept.values()) for (let i = 0; i < subs.length; i++) yield [key, Number(subs[i]), values[i]];
    },
  };
}
