/** A sum that is a plain number for as long as it is a safe integer, which most sums are for ever: nothing is allocated, and a table of them is small. Then it is an {@link ExactSum}. */
import { noSum, plus, plusSum, rounded, type ExactSum } from './exact-sum.js';

/** A safe integer, or the exact sum. */
export type Sum = number | ExactSum;

const isSafe = (total: number): boolean => total <= Number.MAX_SAFE_INTEGER && total >= Number.MIN_SAFE_INTEGER;
const exact = (acc: Sum): ExactSum => (typeof acc === 'number' ? { ...noSum(), high: acc } : acc);

/** Adds one number; the first argument may be changed. */
export function addNumber(acc: Sum, x: number): Sum {
  if (typeof acc === 'number' && (x | 0) === x) {
    const total = acc + x;
    if (isSafe(total)) return total;
  }
  return plus(exact(acc), x);
}

/** Adds `b` to `a`, which may be changed; `sign` -1 takes it away again. */
export function addSum(a: Sum, b: Sum, sign: 1 | -1 = 1): Sum {
  if (typeof b !== 'number') return plusSum(exact(a), b, sign);
  if (typeof a === 'number') {
    const total = a + sign * b;
    if (isSafe(total)) return total;
  }
  return plus(exact(a), sign * b);
}

/** The sum, rounded once. */
export const sumOf = (acc: Sum): number => (typeof acc === 'number' ? acc : rounded(acc));
