import type { Sink } from '../core/sink.js';
import type { Retry } from '../core/retry.js';
import type { SinkStep, StepInput } from '../plan/step.js';
import { policyOf, wrongPolicy, wrongRetry, type Naming } from './make.js';

/** The end of a stream. */
export function to<T>(input: StepInput, sink: Sink<T>, options?: Naming & { readonly retry?: Retry | undefined }): SinkStep {
  const isSink = typeof (sink as Partial<Sink<T>> | undefined)?.open === 'function';
  return {
    kind: 'sink',
    operator: isSink ? sink.name : 'sink',
    name: options?.name,
    policy: policyOf(options),
    input,
    sink: sink as Sink<unknown>, // the fluent face has checked that the types meet
    retry: options?.retry,
    problems: [...wrongPolicy(options), ...wrongRetry(options?.retry), ...(isSink ? [] : [{ code: 'sink', where: '', what: 'what was passed to `to` has no `open`.', fix: 'Pass a Sink.' }])],
  };
}
