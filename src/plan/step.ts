/**
 * The plan as data. Steps are immutable and point at their inputs; a `Stream` points at a step. The kinds are a closed set (a new one needs a decision record),
 * the operators an open one: each is a file that makes one of these.
 */
import type { Problem } from '../core/errors.js';
import type { IdleRules } from '../core/idle.js';
import type { KeyedStage } from '../core/keyed.js';
import type { Retry } from '../core/retry.js';
import type { Sink } from '../core/sink.js';
import type { Source } from '../core/source.js';
import type { AsyncStage, Stage } from '../core/stage.js';
import type { Key } from '../core/values.js';

/** Where a step takes its records from. */
export interface StepInput {
  readonly step: Step;
  /** A named side output of that step; absent: its main output. */
  readonly output?: string | undefined;
  /** Absent at a keyed step: broadcast. */
  readonly keyOf?: ((element: unknown) => Key) | undefined;
  /** At a keyed step: read to its current end before the other inputs, and left out of the watermark. */
  readonly bootstrap?: boolean | undefined;
  /** The record inside the element, where the element carries its key beside it; absent: the element. */
  readonly unwrap?: ((element: unknown) => unknown) | undefined;
}

/** What becomes of a record whose step failed; `branch` sends it to the side output {@link REJECTED}. */
export type ErrorPolicy = 'fail' | 'skip' | 'branch';

/** Name of the side output for failed records. */
export const REJECTED = 'rejected';

interface Common {
  /** The user's name for it: its identity. */
  readonly name?: string | undefined;
  /** The method that made it, for display. */
  readonly operator: string;
  /** Options worth showing in `describe()`. */
  readonly detail?: string | undefined;
  readonly policy: ErrorPolicy;
  /** What is wrong with its options, found when the plan is checked. */
  readonly problems?: readonly Problem[] | undefined;
  /** Where inputs or splits meet at this step: how idle ones are counted. */
  readonly idleness?: IdleRules | undefined;
}

export interface SourceStep extends Common {
  readonly kind: 'source';
  readonly source: Source<unknown>;
  /** Reading that failed is tried again. */
  readonly retry?: Retry | undefined;
}
export interface TransformStep extends Common {
  readonly kind: 'transform';
  readonly input: StepInput;
  readonly stage: Stage<unknown, unknown>;
  /** One record in, one out, unless it is rejected: what comes out need not be counted. */
  readonly oneToOne?: boolean | undefined;
  /** It gives records their event time: everything above it, up to the source, is compiled once per split. */
  readonly timestamps?: boolean | undefined;
}
export interface AsyncStep extends Common {
  readonly kind: 'async';
  readonly input: StepInput;
  readonly stage: AsyncStage<unknown, unknown>;
  /** RxJS inside: no event time below it, nothing of it in a checkpoint. */
  readonly opaque?: boolean | undefined;
}
export interface KeyedStep extends Common {
  readonly kind: 'keyed';
  readonly inputs: readonly StepInput[];
  readonly stage: KeyedStage<unknown>;
  /** It needs event time: windows, joins. */
  readonly eventTime?: boolean | undefined;
}
export interface MergeStep extends Common {
  readonly kind: 'merge';
  readonly inputs: readonly StepInput[];
  /** One input after the other has ended, instead of all at once. */
  readonly sequential: boolean;
}
export interface SinkStep extends Common {
  readonly kind: 'sink';
  readonly input: StepInput;
  readonly sink: Sink<unknown>;
  readonly retry?: Retry | undefined;
}
export type Step = SourceStep | TransformStep | AsyncStep | KeyedStep | MergeStep | SinkStep;

/** The inputs of any step, in order. */
export function inputsOf(step: Step): readonly StepInput[] {
  switch (step.kind) {
    case 'source':
      return [];
    case 'keyed':
    case 'merge':
      return step.inputs;
    default:
      return [step.input];
  }
}
