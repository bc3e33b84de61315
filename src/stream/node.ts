/** What a fluent stream really is: a place in the plan, and the sinks that hang on side branches above it and must not be forgotten. */
import { ConfigurationError } from '../core/errors.js';
import type { Rejected } from '../compile/context.js';
import { REJECTED, type SinkStep, type Step, type StepInput } from '../plan/step.js';
import type { StepOptions } from './options.js';
import type { Output } from './output.js';
import { Stream } from './stream.js';

export interface Node {
  readonly input: StepInput;
  readonly branches: readonly SinkStep[];
}

/** The sinks of a step's dead-letter branch, if it has one. */
export function deadLetters<I>(step: Step, options: StepOptions<I> | undefined): readonly SinkStep[] {
  if (typeof options?.onError !== 'function') return [];
  return sinksOfBranch(options.onError(new Stream<Rejected<I>>({ input: { step, output: REJECTED }, branches: [] })), `onError of ${step.name ?? step.operator}`);
}

/** What the function of a side branch gave; untyped code forgets to return it. */
export function sinksOfBranch(output: Output, where: string): readonly SinkStep[] {
  const given = output as Partial<Output> | undefined;
  if (Array.isArray(given?.sinks)) return output.sinks;
  throw new ConfigurationError([{ code: 'branch', where, what: 'the function of the side branch did not return an output.', fix: 'Return what `to(sink)` gives: `branch => branch.to(sink)`.' }]);
}

/** The stream at the main output of a new step below `node`. */
export function grown<O, I>(node: Pick<Node, 'branches'>, step: Step, options?: StepOptions<I>): Stream<O> {
  return new Stream<O>({ input: { step }, branches: [...node.branches, ...deadLetters(step, options)] });
}

/** The same stream, remembering one more output beside it. */
export function branch<T>(stream: Stream<T>, output: Output): Stream<T> {
  return new Stream<T>({ input: stream.node.input, branches: [...stream.node.branches, ...sinksOfBranch(output, 'late')] });
}
