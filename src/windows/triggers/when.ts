/** Fires at the first record for which a function says so. */
import type { Trigger, TriggerContext } from '../../core/window.js';

export function whenTrigger<T>(predicate: (value: T, context: TriggerContext) => boolean): Trigger<null> {
  return {
    name: 'when',
    zero: () => null,
    record: (_state, context) => (predicate(context.value as T, context) ? 'finish' : 'wait'), // the records of the stream it is used on
    merge: () => null,
    problems: typeof predicate === 'function' ? undefined : ['trigger.when takes a function.'],
  };
}
