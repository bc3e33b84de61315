/** The rows of one side of a view: an accumulator per key and granule, granules in order. */
import { slotOf, type Slot } from '../core/key.js';
import type { Key, Time } from '../core/values.js';
import { find, lowerBound, put as putRow, type RowList } from '../state/rows.js';
import { keysBetween, keysSorted } from './order.js';
import type { Turns } from './turns.js';

/** What a key came to in a granule. */
export type Row = readonly [key: Key, start: Time, acc: unknown];

/** What can be read of a side at once. The accumulators are the side's own: nobody changes them. */
export interface Rows {
  /** Those of a key that begin in [from, to), in order; at most `most`. */
  each(key: Key, from: Time, to: Time, visit: (start: Time, acc: unknown) => void, most?: number): void;
  keys(): Iterable<Key>;
}

/** Which rows of a version: granules that begin in [from, to), of the keys from `first` to `last`, both of them too. */
export interface Span {
  readonly from: Time;
  readonly to: Time;
  readonly first?: Key | undefined;
  readonly last?: Key | undefined;
}

/** The rows of a version: they do not change, and need not be in memory. */
export interface VersionRows {
  /** How many rows there are. */
  readonly size: number;
  /** As {@link Rows.each}; answers what to wait for where rows have to be read first. */
  each(key: Key, from: Time, to: Time, visit: (start: Time, acc: unknown) => void): Promise<void> | undefined;
  /** Rows in the order of keys and granules, some at a time. */
  scan(span: Span, turns: Turns): AsyncIterable<readonly Row[]>;
  /** Lets go of what is open; rows can be read all the same, more slowly. */
  close?(): void;
}

/** Rows in memory that grow. */
export interface MemoryRows extends Rows, VersionRows {
  each(key: Key, from: Time, to: Time, visit: (start: Time, acc: unknown) => void, most?: number): undefined;
  /** How many keys there are. */
  readonly keyCount: number;
  set(key: Key, start: Time, acc: unknown): void;
  /** Sets what `add` makes of the accumulator there, or of `undefined`, if there is none, and an event; answers it. */
  update(key: Key, start: Time, add: (acc: unknown, value: unknown, time: Time) => unknown, value: unknown, time: Time): unknown;
  clear(): void;
}

interface Kept extends RowList {
  readonly key: Key;
}

/** Rows that are handed out at a time. */
const AT_ONCE = 512;

/** An empty set of rows. */
export function memoryRows(): MemoryRows {
  const kept = new Map<Slot, Kept>();
  let size = 0;
  /** The keys in order, once somebody has asked for that. */
  let sorted: readonly Key[] | undefined;
  const place = (key: Key): Kept => {
    const slot = slotOf(key);
    let mine = kept.get(slot);
    if (mine === undefined) {
      kept.set(slot, (mine = { key, subs: [], values: [], own: undefined }));
      sorted = undefined;
    }
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
    get keyCount() {
      return kept.size;
    },
    set: (key, start, acc) => put(place(key), start, acc),
    update(key, start, add, value, time) {
      const mine = place(key);
      // Most events belong to the newest granule of their key.
      const last = mine.subs.length - 1;
      const index = mine.subs[last] === start ? last : find(mine, start);
      if (index >= 0) return (mine.values[index] = add(mine.values[index], value, time));
      const made = add(undefined, value, time);
      put(mine, start, made);
      return made;
    },
    each(key, from, to, visit, most = Number.POSITIVE_INFINITY) {
      const mine = kept.get(slotOf(key));
      if (mine === undefined) return;
      const { subs, values } = mine;
      let left = most;
      for (let i = lowerBound(subs, from); i < subs.length && left > 0; i++, left--) {
        const start = Number(subs[i]);
        if (start >= to) return;
        visit(start, values[i]);
      }
    },
    *keys() {
      for (const { key } of kept.values()) yield key;
    },
    async *scan({ from, to, first, last }, turns) {
      sorted ??= await keysSorted([...kept.values()].map(({ key }) => key), turns);
      let rows: Row[] = [];
      let looked = 0;
      for (const key of keysBetween(sorted, first, last)) {
        if (++looked % AT_ONCE === 0) await turns.over();
        const { subs, values } = place(key);
        for (let i = lowerBound(subs, from); i < subs.length; i++) {
          const start = Number(subs[i]);
          if (start >= to) break;
          rows.push([key, start, values[i]]);
          if (rows.length < AT_ONCE) continue;
          yield rows;
          rows = [];
        }
      }
      if (rows.length > 0) yield rows;
    },
    clear() {
      kept.clear();
      sorted = undefined;
      size = 0;
    },
  };
}
