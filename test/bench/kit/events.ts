/** Keyed events in any order within a bound, and how the sides of a contest of windows are compared. */

export interface Event {
  readonly key: string;
  readonly value: number;
  readonly at: number;
}

export interface Row {
  readonly key: string;
  readonly start: number;
  readonly count: number;
  readonly sum: number;
}

export const MINUTE = 60_000;
/** How far behind the largest time seen an event may come, in milliseconds. */
export const BOUND = 5_000;

/** Times of today: they do not fit into 31 bits, which costs both sides something. */
export const START = Date.UTC(2026, 0, 1);

/** A small generator of numbers in [0, 1), the same in every run (mulberry32). */
function numbersFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** So many events, evenly over so many minutes, each up to the bound earlier than its place says. */
export function events(options: { readonly records: number; readonly keys: number; readonly minutes: number }): Event[] {
  const { records, keys, minutes } = options;
  const random = numbersFrom(42);
  const names = Array.from({ length: keys }, (_, i) => `key-${i}`);
  const step = (minutes * MINUTE) / records;
  return Array.from({ length: records }, (_, i) => ({
    key: names[Math.floor(random() * keys)] ?? '',
    value: Math.floor(random() * 1_000),
    at: START + Math.floor(i * step - random() * BOUND),
  }));
}

/** Rows in one order, whoever made them. */
export const sorted = (rows: readonly Row[]): readonly string[] => rows.map(({ key, start, count, sum }) => `${start} ${key} ${count} ${sum}`).sort();
