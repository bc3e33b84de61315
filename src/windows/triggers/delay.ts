/** Fires a span of wall-clock time after the first record of the pane; later records do not put it off. */
import { milliseconds, type Duration } from '../../core/duration.js';
import type { Time } from '../../core/values.js';
import type { Trigger } from '../../core/window.js';

interface State {
  /** When it is due; absent: no record yet. */
  at?: Time;
}

export function delayTrigger(delay: Duration): Trigger<State> {
  const span = milliseconds(delay);
  return {
    name: `delay(${delay})`,
    zero: () => ({}),
    record(state, context) {
      if (state.at === undefined) {
        state.at = context.now + (span ?? 0);
        context.timer(state.at, 'processing');
      }
      return context.now >= state.at ? 'finish' : 'wait';
    },
    timer: (state, at, domain) => (domain === 'processing' && state.at !== undefined && at >= state.at ? 'finish' : 'wait'),
    /** The earlier of the two: no record waits longer than it would have alone. */
    merge(a, b) {
      if (b.at !== undefined && (a.at === undefined || b.at < a.at)) a.at = b.at;
      return a;
    },
    problems: span === undefined || span < 0 ? [`trigger.delay(${String(delay)}): give a duration such as '10s'.`] : undefined,
  };
}
