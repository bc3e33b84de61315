import type { MergeStep, StepInput } from '../plan/step.js';

/** One input after the other has ended, as one stream with one event-time clock: history first, then live, without closing windows at the seam. */
export function concat(inputs: readonly StepInput[], name?: string): MergeStep {
  return { kind: 'merge', operator: 'concat', name, policy: 'fail', inputs, sequential: true };
}
