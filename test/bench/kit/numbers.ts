/** Ten million numbers, and the three functions of map-filter-map. */

export const RECORDS = 10_000_000;

export const numbers = (): number[] => Array.from({ length: RECORDS }, (_, i) => i % 1_000_003);

/** What both sides tell of what came out. The sum is kept within 32 bits: a larger one would cost both sides more than the steps do. */
export interface Sum {
  readonly count: number;
  readonly sum: number;
}
