import type { Problem } from '../core/errors.js';
import type { IdleRules } from '../core/idle.js';
import type { Source } from '../core/source.js';
import type { SourceStep } from '../plan/step.js';
import { policyOf, wrongIdleRules, wrongPolicy, type Naming } from './make.js';

/** The beginning of every stream. */
export function source<T>(from: Source<T>, operator: string, options?: Naming & IdleRules, problems: readonly Problem[] = []): SourceStep {
  return { kind: 'source', operator, name: options?.name, policy: policyOf(options), source: from, idleness: options, problems: [...wrongPolicy(options), ...wrongIdleRules(options), ...problems] };
}
