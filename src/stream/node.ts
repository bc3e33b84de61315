/** What a fluent stream really is: a place in the plan, and the sinks that hang on side branches above it and must not be forgotten. */
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
  return options.onError(new Stream<Rejected<I>>({ input: { step, output: REJECTED }, branches: [] })).sinks;
}

/** The stream at the main output of a new step below `node`. */
export function grown<O, I>(node: Node, step: Step, options?: StepOptions<I>): Stream<O> {
  return new Stream<O>({ input: { step }, branches: [...node.branches, ...deadLetters(step, options)] });
}

/** The same stream, remembering one more output beside it. */
export function branch<T>(stream: Stream<T>, output: Output): Stream<T> {
  return new Stream<T>({ input: stream.node.input, branches: [...stream.node.branches, ...output.sinks] });
}
