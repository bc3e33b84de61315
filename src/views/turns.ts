/** Long work in the thread of a job, done in turns: between two of them everything else has its own. */
import type { Clock } from '../core/clock.js';

/** The turns of one piece of work. */
export interface Turns {
  /** Asked between two small steps: something to wait for, when the turn is over. It rejects with the signal's reason. */
  over(): Promise<void> | undefined;
}

/** Milliseconds of work between two turns of the host. */
const TURN = 8;

/** `share`: of the thread's time, between 0 and 1. */
export function turnsOf(clock: Clock, { share = 1, signal }: { readonly share?: number | undefined; readonly signal?: AbortSignal | undefined } = {}): Turns {
  let since = clock.monotonic();
  const pause = async (spent: number): Promise<void> => {
    signal?.throwIfAborted();
    await new Promise<void>(resolve => clock.defer(resolve));
    if (share < 1) await clock.sleep((spent * (1 - share)) / share, signal);
    signal?.throwIfAborted();
    since = clock.monotonic();
  };
  return {
    over() {
      const spent = clock.monotonic() - since;
      return spent < TURN ? undefined : pause(spent);
    },
  };
}
