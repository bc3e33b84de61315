/** Windows, when they fire, and what they give. */
import type { Aggregate } from './aggregate.js';
import type { KeyedStage } from './keyed.js';
import type { TableLookup } from './change.js';
import type { Domain, Json, Time } from './values.js';

/** A piece of time, half open: `start` belongs to it, `end` does not. */
export interface Window {
  readonly start: Time;
  readonly end: Time;
}

/** What is emitted and when: panes (each the whole window so far), updates (changes of a table), or deltas (only what is new). */
export interface Emission {
  readonly kind: 'panes' | 'updates' | 'deltas';
  /** How long after its end a window still takes records, in milliseconds. */
  readonly lateness: number;
  /** Absent: the default of the kind. Panes and deltas: one on time, one for each late record while lateness lasts. Updates: on each change. */
  readonly trigger?: Trigger | undefined;
  /** Event time of a result. */
  readonly stamp: 'end' | 'earliest' | 'latest';
  /** `false`: one window for all; results have no key. */
  readonly keyed: boolean;
  /** What a plan diff compares. */
  readonly signature: Json;
  /** For `updates`: where a table's reader asks; the stage puts its answer there when it opens. */
  readonly lookup?: TableLookup | undefined;
}

/**
 * When a window fires: one trigger, one file. State is plain data, may be changed in place, and merges with merging windows. A trigger that answers `finish` has had its say: what comes to the window
 * afterwards is dropped, unless `repeatedly` begins it anew.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the state of "some trigger": TypeScript has no existential types
export interface Trigger<S = any> {
  readonly name: string;
  zero(): S;
  /** A record was added. */
  record(state: S, context: TriggerContext): Firing;
  /** A time asked for with `context.timer` has come, perhaps one another part of a composed trigger asked for; or, in event time, the end of the window. */
  timer?(state: S, at: Time, domain: Domain, context: TriggerContext): Firing;
  /** Someone outside asked: see `attach`. */
  ask?(state: S, context: TriggerContext): Firing;
  /** The state of a window made of two; `a` may be changed and returned, `b` may not. */
  merge(a: S, b: S): S;
  /** Given, by each step that uses the trigger, a way to be asked (`ask`) for all its windows in the runner's next turn. */
  attach?(ask: () => void): void;
  /** Options that are not what they should be, found when the plan is checked. */
  readonly problems?: readonly string[] | undefined;
}

/** What a trigger answers: give a pane, give a last pane and drop what follows, or wait. */
export type Firing = 'fire' | 'finish' | 'wait';

/** What a trigger may know. One object for all calls: it must not be kept. */
export interface TriggerContext {
  readonly window: Window;
  /** Event time of the record or timer in hand. */
  readonly time: Time;
  readonly watermark: Time;
  /** Wall clock. */
  readonly now: Time;
  /** The record in hand. */
  readonly value?: unknown;
  /** The result of the window so far. */
  result(): unknown;
  /** Calls `timer` when that time has come; asked for twice, it is called once. */
  timer(at: Time, domain: Domain): void;
}

/** The windows over a slice without a list of them. With a cursor, windows that end later start later too. */
export interface WindowCursor {
  /** The first window over the slice that ends after `time`. */
  next(slice: Window, time: Time): Window | undefined;
  /** How many windows over the slice end at `time` or before; `Infinity` counts all. */
  count(slice: Window, time: Time): number;
  /** End of the last window over the slice; `-Infinity` if there is none. */
  lastEnd(slice: Window): Time;
}

/** A way to cut time. Two pure functions where they are enough, a stage of its own where they are not. */
export type Windows =
  | {
      /** Tumbling, hopping, calendar: slices, and the windows made of each, by end. Stored window-major: one table per slice, dropped whole. */
      readonly kind: 'aligned';
      readonly name: string;
      slice(time: Time): Window;
      over(slice: Window): readonly Window[];
      /** The same as `over`, one window at a time: where windows overlap a thousandfold nobody need list them. */
      readonly cursor?: WindowCursor;
      /** Options that are not what they should be, found when the plan is checked. */
      readonly problems?: readonly string[];
    }
  | {
      /** Session. */
      readonly kind: 'merging';
      readonly name: string;
      /** The window of a record alone; it holds the record's time. */
      assign(time: Time, value: unknown): Window;
      joins(a: Window, b: Window): boolean;
      /** No window is to be longer: one that is gets cut in time order when it closes. In milliseconds. */
      readonly longest?: number | undefined;
      readonly problems?: readonly string[];
    }
  | {
      /** Sliding per record, count, global, custom: those that need more than two pure functions bring their own stage. */
      readonly kind: 'stage';
      readonly name: string;
      stage<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, emission: Emission): KeyedStage<unknown>;
      /** What of an emission these windows cannot do, found when the plan is checked. */
      refuses?(emission: Emission): readonly string[];
      readonly problems?: readonly string[];
    };

/** Which result of its window a pane is. */
export interface Pane {
  /** 0 for the first. */
  readonly index: number;
  readonly timing: 'early' | 'onTime' | 'late';
}

/** One result of a window. Its event time is `window.end - 1` unless another stamp was asked for. */
export interface WindowResult<out K, out R> {
  readonly key: K;
  readonly window: Window;
  readonly value: R;
  readonly pane: Pane;
}

/** A record that came after every window it would belong to was closed. */
export interface Late<out T> {
  readonly value: T;
  readonly time: Time;
  /** The watermark it came behind. */
  readonly watermark: Time;
}
