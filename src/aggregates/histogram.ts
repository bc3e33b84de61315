/** How many numbers fall into each range. */
import type { Aggregate } from '../core/aggregate.js';

/** A range `[from, to)` of numbers, and how many there are in it. */
export interface Bucket {
  /** Inclusive; `-Infinity` of the first. */
  readonly from: number;
  /** Exclusive; `Infinity`, which belongs to it, of the last. */
  readonly to: number;
  readonly count: number;
}

/**
 * Counts by ranges of numbers: one more range than edges, also those without a record.
 *
 * @param of the number of a record; records with NaN take no part.
 * @param edges where ranges meet, ascending; an edge belongs to the range above it.
 * @returns an aggregate of {@link Bucket}s in ascending order; their counts are exact. For counts by value there is {@link countBy}.
 * @example
 * ```ts
 * import { Stream, histogram, tumbling } from 'millrace';
 *
 * const calls = Stream.from([{ at: 0, ms: 3 }, { at: 1, ms: 50 }, { at: 2, ms: 10 }]).timestamps(call => call.at);
 * for await (const { value } of calls.window(tumbling('1m')).aggregate(histogram(call => call.ms, [10, 100]))) console.log(value.map(bucket => bucket.count)); // [1, 2, 0]
 * ```
 */
export function histogram<T>(of: (value: T) => number, edges: readonly number[]): Aggregate<T, number[], readonly Bucket[]> {
  const bounds = [...edges];
  const combine = (a: number[], b: readonly number[], sign: 1 | -1): number[] => {
    b.forEach((count, i) => (a[i] = (a[i] ?? 0) + sign * count));
    return a;
  };
  return {
    name: `histogram(${bounds.join(', ')})`,
    code: String(of),
    commutative: true,
    ...(bounds.every((edge, i) => edge > (bounds[i - 1] ?? Number.NEGATIVE_INFINITY)) ? {} : { problems: [`The edges of the histogram are ${bounds.join(', ')}, which are not ascending numbers.`] }),
    zero: () => bounds.map(() => 0).concat(0),
    add(counts, value) {
      const x = of(value);
      if (Number.isNaN(x)) return counts;
      let [low, high] = [0, bounds.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (x < (bounds[middle] ?? Number.POSITIVE_INFINITY)) high = middle;
        else low = middle + 1;
      }
      counts[low] = (counts[low] ?? 0) + 1;
      return counts;
    },
    merge: (a, b) => combine(a, b, 1),
    subtract: (acc, part) => combine(acc, part, -1),
    result: counts => counts.map((count, i) => ({ from: bounds[i - 1] ?? Number.NEGATIVE_INFINITY, to: bounds[i] ?? Number.POSITIVE_INFINITY, count })),
  };
}
