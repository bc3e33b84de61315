import type { IdleRules } from '../core/idle.js';
import type { MergeStep, StepInput } from '../plan/step.js';
import { wrongIdleRules } from './make.js';

/** All inputs as one stream; its watermark is the lowest of theirs. */
export function merge(inputs: readonly StepInput[], name?: string, idleness?: IdleRules): MergeStep {
  return { kind: 'merge', operator: 'merge', name, policy: 'fail', inputs, sequential: false, idleness, problems: wrongIdleRules(idleness) };
}
