/** Fires at every multiple of a span of event time from the first record on, at the end of the window, and for each record after that. */
import { milliseconds, type Duration } from '../../core/duration.js';
import type { Time } from '../../core/values.js';
import type { Trigger } from '../../core/window.js';

interface State {
  /** The next multiple; absent: no record yet. */
  at?: Time;
}

export function everyTrigger(every: Duration): Trigger<State> {
  const given = milliseconds(every);
  const wrong = given === undefined || given <= 0;
  const span = wrong ? 1 : given;
  return {
    name: `every(${every})`,
    zero: () => ({}),
    record(state, context) {
      if (context.watermark >= context.window.end) return 'fire';
      if (state.at === undefined) {
        state.at = Math.floor(context.time / span) * span + span;
        context.timer(state.at, 'event');
      }
      return 'wait';
    },
    timer(state, at, domain, context) {
      if (domain !== 'event') return 'wait';
      if (state.at !== undefined && at >= state.at) {
        // After the end of all input there is no next time.
        if (context.watermark !== Number.POSITIVE_INFINITY) {
          state.at += span;
          if (state.at < context.window.end) context.timer(state.at, 'event');
        }
        return 'fire';
      }
      return at === context.window.end ? 'fire' : 'wait';
    },
    merge(a, b) {
      if (b.at !== undefined && (a.at === undefined || b.at < a.at)) a.at = b.at;
      return a;
    },
    problems: wrong ? [`trigger.every(${String(every)}): give a duration above 0, such as '10s'.`] : undefined,
  };
}
