/** Closing what is not ours (readers, sinks, stores) may never come back; a job must end all the same, so each such wait has a limit. */
import type { Clock } from '../core/clock.js';
import { TimeoutError } from '../core/errors.js';

/** Waits for `work`, but not for ever. */
export type Within = <T>(what: string, work: PromiseLike<T> | T) => Promise<T>;

/** Rejects with a TimeoutError when `limit` milliseconds have passed; the timer goes with the work. */
export function bounded(clock: Clock, limit: number): Within {
  return async (what, work) => {
    const over = new AbortController();
    const late = clock.sleep(limit, over.signal).then(
      () => {
        throw new TimeoutError(what, limit);
      },
      () => {},
    );
    try {
      return await Promise.race([work, late.then(() => new Promise<never>(() => {}))]);
    } finally {
      over.abort();
    }
  };
}
