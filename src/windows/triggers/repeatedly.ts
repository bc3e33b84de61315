/** Begins a trigger anew whenever it has finished. */
import type { Trigger } from '../../core/window.js';
import { composed, tell } from './tell.js';

export function repeatedlyTrigger(trigger: Trigger): Trigger<{ of: unknown }> {
  return composed<{ of: unknown }>(
    `repeatedly(${trigger.name})`,
    [trigger],
    () => ({ of: trigger.zero() as unknown }),
    (state, signal, context) => {
      const firing = tell(trigger, state.of, signal, context);
      if (firing === 'finish') state.of = trigger.zero();
      return firing === 'wait' ? 'wait' : 'fire';
    },
    (a, b) => {
      a.of = trigger.merge(a.of, b.of);
      return a;
    },
  );
}
