/** Long work beside a running job: whoever does it asks between two entries, and lets go of the event loop when it has held it for a while. */
import type { Clock } from '../../core/clock.js';
import type { Pace } from '../../core/port.js';

/** Milliseconds the loop is held at most, about. */
const HOLD = 5;
/** The clock is read once in so many questions. */
const BETWEEN_LOOKS = 32;

/** Says no once in a while; whoever is told so waits for a turn of its own. */
export function gentlePace(clock: Clock): Pace {
  let since = clock.monotonic();
  let asked = 0;
  return {
    go() {
      if (++asked % BETWEEN_LOOKS !== 0 || clock.monotonic() - since < HOLD) return true;
      since = clock.monotonic() + 1; // the turn that is waited for takes some time too
      return false;
    },
  };
}

/** Waits for a turn of its own. */
export const turn = (clock: Clock): Promise<void> => new Promise(resolve => void clock.defer(resolve));
