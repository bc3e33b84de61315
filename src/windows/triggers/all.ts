/** Fires, once, when each of several has. */
import type { Trigger } from '../../core/window.js';
import { composed, tell } from './tell.js';

interface State {
  readonly of: unknown[];
  readonly ready: boolean[];
}

export function allTrigger(...triggers: readonly Trigger[]): Trigger<State> {
  return composed<State>(
    `all(${triggers.map(one => one.name).join(', ')})`,
    triggers,
    () => ({ of: triggers.map(one => one.zero() as unknown), ready: triggers.map(() => false) }),
    ({ of, ready }, signal, context) => {
      for (const [index, one] of triggers.entries()) if (ready[index] === false && tell(one, of[index], signal, context) !== 'wait') ready[index] = true;
      return ready.every(Boolean) ? 'finish' : 'wait';
    },
    (a, b) => ({ of: a.of.map((state, index) => triggers[index]?.merge(state, b.of[index]) as unknown), ready: a.ready.map((is, index) => is || b.ready[index] === true) }),
  );
}
