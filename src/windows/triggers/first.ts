/** Fires, once, when one of several does. */
import type { Trigger } from '../../core/window.js';
import { composed, tell } from './tell.js';

export function firstTrigger(...triggers: readonly Trigger[]): Trigger<unknown[]> {
  return composed<unknown[]>(
    `first(${triggers.map(one => one.name).join(', ')})`,
    triggers,
    () => triggers.map(one => one.zero() as unknown),
    (states, signal, context) => {
      let ready = false;
      // All are told, so that all are right if the window goes on.
      for (const [index, one] of triggers.entries()) if (tell(one, states[index], signal, context) !== 'wait') ready = true;
      return ready ? 'finish' : 'wait';
    },
    (a, b) => a.map((state, index) => triggers[index]?.merge(state, b[index]) as unknown),
  );
}
