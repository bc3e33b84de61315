/** A step with keyed state: whatever stage it runs. */
import type { KeyedStage } from '../core/keyed.js';
import type { Problem } from '../core/errors.js';
import type { KeyedStep, StepInput } from '../plan/step.js';
import { policyOf, wrongPolicy, type Naming } from './make.js';

export function keyed<Out>(inputs: readonly StepInput[], operator: string, stage: KeyedStage<Out>, options?: Naming, more?: { readonly eventTime?: boolean; readonly detail?: string; readonly problems?: readonly Problem[] }): KeyedStep {
  return { kind: 'keyed', operator, name: options?.name, policy: policyOf(options), inputs, stage, ...more, problems: [...wrongPolicy(options), ...(more?.problems ?? [])] };
}
