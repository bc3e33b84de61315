/** Fires as one trigger does, until another fires; then for the last time. */
import type { Trigger } from '../../core/window.js';
import { composed, tell } from './tell.js';

interface State {
  of: unknown;
  until: unknown;
}

export function orFinallyTrigger(trigger: Trigger, until: Trigger): Trigger<State> {
  return composed<State>(
    `orFinally(${trigger.name}, ${until.name})`,
    [trigger, until],
    () => ({ of: trigger.zero() as unknown, until: until.zero() as unknown }),
    (state, signal, context) => {
      const firing = tell(trigger, state.of, signal, context);
      return tell(until, state.until, signal, context) === 'wait' ? firing : 'finish';
    },
    (a, b) => {
      a.of = trigger.merge(a.of, b.of);
      a.until = until.merge(a.until, b.until);
      return a;
    },
  );
}
