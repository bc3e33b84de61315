/** How often a failed call is repeated, and after how long. */
import { milliseconds, type Duration } from './duration.js';

/** Repetition of a failed call: `backoff` doubles with each attempt and is spread by full jitter. */
export interface Retry {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** Longest wait before the second attempt; default 100 ms, doubled after each, never above 30 s. */
  readonly backoff?: Duration | undefined;
}

const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 30_000;

/** Milliseconds before the next attempt: full jitter, anything from 0 to `backoff * 2^(attempt-1)`, so that callers who failed together do not return together. */
export const retryDelay = (retry: Retry, attempt: number, random: () => number): number =>
  random() * Math.min(LONGEST_BACKOFF, (milliseconds(retry.backoff ?? FIRST_BACKOFF) ?? FIRST_BACKOFF) * 2 ** (attempt - 1));
