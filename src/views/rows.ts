/** The rows of one side of a view: an accumulator per key and granule, granules in order. */
import { keyText } from '../core/key.js';
import type { Key, Time } from '../core/values.js';

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

interface Kept {
  readonly key: Key;
  readonly starts: Time[];
  readonly accs: unknown[];
}

const slotOf = (key: Key): string | number | bigint | boolean => (typeof key === 'string' ? (key.charCodeAt(0) === 0 ? `\u0000${keyText(key)}` : key) : typeof key === 'object' ? `\u0000${keyText(key)}` : key);

/** Index of the first that is not before `time`. */
function lowerBound(starts: readonly Time[], time: Time): number {
  let low = 0;
  let high = starts.length;
  if (high > 0 && (starts[high - 1] ?? 0) < time) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** An empty set of rows. */
export function memoryRows(): MemoryRows {
  const kept = new Map<ReturnType<typeof slotOf>, Kept>();
  let size = 0;
  const place = (key: Key): Kept => {
    const slot = slotOf(key);
    let mine = kept.get(slot);
    if (mine === undefined) kept.set(slot, (mine = { key, starts: [], accs: [] }));
    return mine;
  };
  const insert = ({ starts, accs }: Kept, index: number, start: Time, acc: unknown): void => {
    size++;
    if (index === starts.length) {
      starts.push(start);
      accs.push(acc);
    } else {
      starts.splice(index, 0, start);
      accs.splice(index, 0, acc);
    }
  };
  return {
    get size() {
      return size;
    },
    get(key, start) {
      const mine = kept.get(slotOf(key));
      if (mine === undefined) return undefined;
      const index = lowerBound(mine.starts, start);
      return mine.starts[index] === start ? mine.accs[index] : undefined;
    },
    set(key, start, acc) {
      const mine = place(key);
      const index = lowerBound(mine.starts, start);
      if (mine.starts[index] === start) mine.accs[index] = acc;
      else insert(mine, index, start, acc);
    },
    update(key, start, change) {
      const mine = place(key);
      // Most events belong to the newest granule of their key.
      const last = mine.starts.length - 1;
      const index = mine.starts[last] === start ? last : lowerBound(mine.starts, start);
      if (mine.starts[index] === start) mine.accs[index] = change(mine.accs[index]);
      else insert(mine, index, start, change(undefined));
    },
    each(key, from, to, visit) {
      const mine = kept.get(slotOf(key));
      if (mine === undefined) return;
      const { starts, accs } = mine;
      for (let i = lowerBound(starts, from); i < starts.length; i++) {
        const start = starts[i] ?? 0;
        if (start >= to) return;
        visit(start, accs[i]);
      }
    },
    *keys() {
      for (const { key } of kept.values()) yield key;
    },
    *all() {
      for (const { key, starts, accs } of kept.values()) for (let i = 0; i < starts.length; i++) yield [key, starts[i] ?? 0, accs[i]];
    },
  };
}
