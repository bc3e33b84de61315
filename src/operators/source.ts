import type { Problem } from '../core/errors.js';
import type { IdleRules } from '../core/idle.js';
import type { Retry } from '../core/retry.js';
import type { Source } from '../core/source.js';
import type { SourceStep } from '../plan/step.js';
import { policyOf, wrongIdleRules, wrongPolicy, wrongRetry, type Naming } from './make.js';

/** The beginning of every stream. */
export function source<T>(from: Source<T>, operator: string, options?: Naming & IdleRules & { readonly retry?: Retry | undefined }, problems: readonly Problem[] = []): SourceStep {
  return { kind: 'source', operator, name: options?.name, policy: policyOf(options), source: from, idleness: options, retry: options?.retry, problems: [...wrongPolicy(options), ...wrongRetry(options?.retry), ...unrepeatable(from, options?.retry), ...wrongIdleRules(options), ...problems] };
}

/** What cannot be read again cannot be tried again without losing or doubling records. */
const unrepeatable = (from: Source<unknown>, retry: Retry | undefined): readonly Problem[] =>
  retry === undefined || from.replayable ? [] : [{ code: 'option', where: '', what: 'option `retry` is given, but the source cannot be read again from where it stood.', fix: 'Leave it out, or give a source that is replayable.' }];
