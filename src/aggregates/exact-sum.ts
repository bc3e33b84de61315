/**
 * Sums of numbers without rounding errors: the exact sum is kept as a few numbers that do not overlap, and rounded once, when it is read. So a sum does not
 * depend on the order of the records nor on how partial sums were merged, as the laws of an aggregate demand, and it can be subtracted again.
 *
 * J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates", Discrete & Computational Geometry 18 (1997), section 2;
 * the final rounding is half to even over all parts. Integers stay one number each as long as the sum is a safe integer.
 */

/** An exact sum: `high` plus `middle` plus all of `low`. Two parts are enough for numbers of like size. Numbers that are not finite are counted apart. */
export interface ExactSum {
  high: number;
  /** What rounding took from `high`. */
  middle: number;
  /** Further parts, smallest first; then no two parts overlap. */
  low: number[] | null;
  odd: { nan: number; plus: number; minus: number } | null;
}

export const noSum = (): ExactSum => ({ high: 0, middle: 0, low: null, odd: null });

/** Adds one number, in place. The usual case is two additions whose errors are known (D. E. Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B). */
export function plus(acc: ExactSum, x: number): ExactSum {
  if (acc.low === null) {
    const { high, middle } = acc;
    const total = high + x;
    const shift = total - high;
    const lost = high - (total - shift) + (x - shift);
    const inner = middle + lost;
    const innerShift = inner - middle;
    // NaN if anything is not finite
    if (middle - (inner - innerShift) + (lost - innerShift) === 0) {
      acc.high = total;
      acc.middle = inner;
      return acc;
    }
  }
  return Number.isFinite(x) ? grow(acc, x) : countOdd(acc, x, 1);
}

/** Adds `b` to `a`, in place; `sign` -1 takes it away again. */
export function plusSum(a: ExactSum, b: ExactSum, sign: 1 | -1 = 1): ExactSum {
  plus(a, sign * b.high);
  plus(a, sign * b.middle);
  if (b.low !== null) for (const part of b.low) plus(a, sign * part);
  if (b.odd !== null) {
    countOdd(a, NaN, sign * b.odd.nan);
    countOdd(a, Infinity, sign * b.odd.plus);
    countOdd(a, -Infinity, sign * b.odd.minus);
  }
  return a;
}

/** The exact sum, rounded once. */
export function rounded({ high, middle, low, odd }: ExactSum): number {
  if (odd !== null) {
    if (odd.nan > 0 || (odd.plus > 0 && odd.minus > 0)) return NaN;
    if (odd.plus > 0) return Infinity;
    if (odd.minus > 0) return -Infinity;
  }
  if (low === null) return high + middle;
  const parts = [...low, middle].filter(part => part !== 0);
  let total = high;
  let rest = 0;
  let index = parts.length;
  while (index > 0 && rest === 0) {
    const before = total;
    const part = parts[--index] ?? 0;
    total = before + part;
    rest = part - (total - before);
  }
  // Halfway between two numbers, what is below decides.
  const below = parts[index - 1] ?? 0;
  if ((rest < 0 && below < 0) || (rest > 0 && below > 0)) {
    const twice = rest * 2;
    const other = total + twice;
    if (other - total === twice) total = other;
  }
  return total;
}

/** The general case: `x` is carried up through the parts, and what each addition loses stays behind. */
function grow(acc: ExactSum, x: number): ExactSum {
  const parts = acc.low === null ? withoutOverlap(acc.middle, acc.high) : [...acc.low, acc.middle, acc.high];
  const grown: number[] = [];
  let carry = x;
  for (const part of parts) {
    const total = carry + part;
    // Beyond the range of numbers there is nothing exact left to keep.
    if (!Number.isFinite(total)) return countOdd(Object.assign(acc, noSum(), { odd: acc.odd }), total, 1);
    const error = lostBy(carry, part);
    if (error !== 0) grown.push(error);
    carry = total;
  }
  acc.high = carry;
  acc.middle = grown.pop() ?? 0;
  acc.low = grown.length === 0 ? null : grown;
  return acc;
}

const lostBy = (a: number, b: number): number => (Math.abs(a) < Math.abs(b) ? a - (a + b - b) : b - (a + b - a));
const withoutOverlap = (a: number, b: number): readonly number[] => [lostBy(a, b), a + b];

function countOdd(acc: ExactSum, x: number, times: number): ExactSum {
  if (times === 0) return acc;
  const odd = (acc.odd ??= { nan: 0, plus: 0, minus: 0 });
  if (Number.isNaN(x)) odd.nan += times;
  else if (x > 0) odd.plus += times;
  else odd.minus += times;
  return acc;
}
