/** What the laws of steps are tried on: a step and its naive model over arrays. */
import type fc from 'fast-check';
import type { Late, Output, Stream } from '../../src/index.js';
import type { Row } from './row.js';

/** What a step saw, in order: the input of models. */
export type Seen = { readonly row: Row } | { readonly watermark: number };

/** A result and its event time. */
export type Given = readonly [value: unknown, time: number];

/** What a model says must come out. */
export interface Expected {
  readonly results: readonly Given[];
  /** Ids of rows on the late output. */
  readonly late: readonly number[];
  readonly outside: number;
  /** How many the step failed on. */
  readonly rejected?: number | undefined;
}

/** The step with options. */
export interface Trial {
  /** Its options, to be read in a counterexample. */
  readonly says: string;
  /** The step must be named `step`. */
  build(rows: Stream<Row>, late: (late: Stream<Late<Row>>) => Output): Stream<unknown>;
  model(seen: readonly Seen[]): Expected;
}

export interface Subject {
  readonly name: string;
  readonly trials: fc.Arbitrary<Trial>;
  /** Its final results depend on the times of records alone, not on their order of arrival; its `trials` allow no lateness then. */
  readonly byTimeAlone?: fc.Arbitrary<Trial> | undefined;
  /** No model of every pane: the subject is tried on the other laws, and has a test of its own beside its step. */
  readonly unmodelled?: boolean | undefined;
  /** Whether each record is on time, late or outside, and nothing else. */
  readonly counts: boolean;
}
