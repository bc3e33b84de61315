import type { MergeStep, StepInput } from '../plan/step.js';

/** All inputs as one stream; its watermark is the lowest of theirs. */
export function merge(inputs: readonly StepInput[], name?: string): MergeStep {
  return { kind: 'merge', operator: 'merge', name, policy: 'fail', inputs, sequential: false };
}
