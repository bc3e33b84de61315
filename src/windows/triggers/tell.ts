/** What happens to a window, as one word for all triggers; composed triggers hand it to their parts. */
import type { Domain, Time } from '../../core/values.js';
import type { Firing, Trigger, TriggerContext } from '../../core/window.js';

/** A record, a timer, or someone who asks from outside. */
export type Signal = 'record' | 'ask' | { readonly at: Time; readonly domain: Domain };

/** Tells a trigger; one that does not know the signal waits. */
export function tell<S>(trigger: Trigger<S>, state: S, signal: Signal, context: TriggerContext): Firing {
  if (signal === 'record') return trigger.record(state, context);
  if (signal === 'ask') return trigger.ask?.(state, context) ?? 'wait';
  return trigger.timer?.(state, signal.at, signal.domain, context) ?? 'wait';
}

/** A trigger made of others, by one function for all signals. */
export function composed<S>(name: string, parts: readonly Trigger[], zero: () => S, on: (state: S, signal: Signal, context: TriggerContext) => Firing, merge: (a: S, b: S) => S): Trigger<S> {
  const problems = parts.flatMap(part => part.problems ?? []);
  return {
    name,
    zero,
    record: (state, context) => on(state, 'record', context),
    timer: (state, at, domain, context) => on(state, { at, domain }, context),
    ask: (state, context) => on(state, 'ask', context),
    merge,
    attach(ask) {
      for (const part of parts) part.attach?.(ask);
    },
    ...(problems.length > 0 ? { problems } : {}),
  };
}
