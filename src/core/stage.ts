/** Run-time halves of steps without keyed state, and what they are given. */
import type { Environment } from './clock.js';
import type { Pace, Port } from './port.js';
import type { Json, Position, Time } from './values.js';

/** Run-time half of a step without state: builds the port of its input over the port of its output. */
export type Stage<in In, out Out> = (below: Port<Out>, context: StageContext) => Port<In>;

/** Run-time half of an asynchronous step: what comes back is offered to a bounded inlet, which the runner serves in a turn of its own. */
export type AsyncStage<in In, out Out> = (inlet: Inlet<Out>, context: AsyncContext) => AsyncPort<In>;

/** The input side of an asynchronous step, and what the runner must know of it. */
export interface AsyncPort<in T> extends Port<T> {
  /** Records taken and not yet handed on; a checkpoint waits until it is 0. */
  pending(): number;
  /** Called when a batch must not wait longer: at the end of input and before a checkpoint. */
  flush?(): void;
}

/** Where an asynchronous step puts what came back. All calls are in the order in which things leave the step. */
export interface Inlet<in T> {
  /** Served later, in a turn of the runner, or at once if it is idle. `origin` is that of the record it came from. `false`: above the bound; it is kept all the same, but nothing more should be offered until {@link Inlet.ready}. */
  offer(value: T, time: Time, origin: OriginCell | undefined): boolean;
  /** In order behind what was offered before. */
  watermark(time: Time): void;
  idle(): void;
  end(): void;
  /** Applies the step's error policy, in order, in the runner's turn. */
  fail(failure: Failure): void;
  /** Fails the job, whatever the policy: the step itself is broken, not a record. */
  abort(cause: unknown): void;
  /** Is there room for another offer? */
  ready(): boolean;
  /** Called by the runner, in its own turn, when there is room again. */
  onReady(resume: () => void): void;
}

/** What every stage is given when it is compiled. */
export interface StageContext {
  /** Id of the step. */
  readonly step: string;
  readonly environment: Environment;
  readonly pace: Pace;
  /** Of the record in hand: one mutable cell, read when a record fails; `undefined` below a keyed step. */
  origin(): Origin | undefined;
  /** The port of a side output; without a reader it only counts. */
  side(name: string): Port<unknown>;
  /** Applies the step's error policy to the record in hand. Throws when that policy is `fail`. */
  failed(failure: Failure): void;
  /** The same, to be asked later: cheap enough for every record of an asynchronous step. */
  captureOrigin(): OriginCell | undefined;
  /** For a watermark this step made itself and that was not taken: `resume` is called until it answers `true`, before anything else comes from where the record in hand came from. */
  unfinished(resume: () => boolean): void;
  /** Above event time only: told, in the runner's turn, for how long (in milliseconds) reads of this split have come back empty. */
  onQuiet(listener: (ms: number) => void): void;
  /** Above event time only: this split waits while its watermark is more than `drift` ahead of the slowest of its group (by default the splits of this step). */
  align(drift: number, group: string | undefined): Aligned;
  /** Something happened outside a call of the runner (a timer, a promise): it should look again. */
  wake(): void;
  /** State of this step (one per split) in the checkpoint: called to save and, before the first record, to restore. */
  persist(save: () => Json, restore: (state: Json) => void): void;
  /** Records handed on by the main output: counted by stages that are not one-to-one (what one-to-one stages hand on follows from what they took). */
  readonly out: Counter;
  /** A named counter in the step's metrics. */
  counter(name: CounterName): Counter;
}

/** What an asynchronous stage is given. */
export interface AsyncContext extends StageContext {
  /** Says whether the step takes more records: closed, every inlet above it waits. */
  readonly gate: Gate;
}

/** Closed while a buffer is full; what lies above is not served until it opens. */
export interface Gate {
  close(): void;
  open(): void;
}

/** Counters a step may keep beside records in and out. */
export type CounterName = 'late' | 'outside' | 'droppedPanes' | 'dropped' | 'rejected' | 'retries' | 'hits' | 'misses';

/** Told how far the split has come; see {@link StageContext.align}. */
export interface Aligned {
  advance(watermark: Time): void;
  idle(): void;
}

/** One plain number, changed in place. */
export interface Counter {
  value: number;
}

/** Knows where the record in hand came from, and computes it only when asked. */
export interface OriginCell {
  read(): Origin | undefined;
  /** One that stays with this record. */
  capture(): OriginCell;
}

/** Where a record came from. */
export interface Origin {
  readonly source: string;
  readonly split: string;
  readonly position: Position;
}

/** A record that a step could not process. */
export interface Failure {
  readonly input: unknown;
  readonly cause: unknown;
  readonly time: Time;
  /** How often it was tried. */
  readonly attempts: number;
  /** Absent: that of the record in hand. */
  readonly origin?: Origin | undefined;
}

/** Event time of one split: told every record, asked after every record. */
export interface WatermarkGenerator<in T> {
  /** The extracted time of the record is finite. */
  record(value: T, time: Time): void;
  /** Records that follow are expected to have `time >= watermark()`. May not go back; `-Infinity` before anything is known. */
  watermark(): Time;
  /** The watermark is always the largest time seen less this: then it is asked, and told, only when a time is larger than all before it. */
  readonly bound?: number;
  save(): Json;
  restore(state: Json): void;
}
