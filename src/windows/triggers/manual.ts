/** Fires when it is told from outside, in every job and for every window that holds something. */
import type { Trigger } from '../../core/window.js';

/** A trigger with a button. */
export interface ManualTrigger extends Trigger<null> {
  /** Fires all windows that hold something, in the next turn of each running job that uses it. */
  fire(): void;
}

export function manualTrigger(): ManualTrigger {
  const attached = new Set<() => void>();
  return {
    name: 'manual()',
    zero: () => null,
    record: () => 'wait',
    ask: () => 'finish',
    merge: () => null,
    attach: ask => void attached.add(ask),
    fire() {
      for (const ask of attached) ask();
    },
  };
}
