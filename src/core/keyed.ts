/** Keyed steps in two layers: {@link KeyedStage} is the engine's contract, {@link Logic} the user's on top of it. */
import type { Port } from './port.js';
import type { StageContext } from './stage.js';
import type { StateTable } from './state.js';
import type { Domain, Json, Key, Sub, Time } from './values.js';

/** Payload of a keyed step. Windows, joins and tables implement it; `perKey(logic)` makes one from a {@link Logic}. */
export interface KeyedStage<out Out> {
  readonly version: number;
  /** It can make its state of an older version's. Without it another version is refused. */
  readonly migrates?: boolean;
  /** What a plan diff compares. */
  readonly signature: Json;
  /** By how much this step holds the watermark back (outer joins). */
  readonly delay?: number;
  open(context: KeyedContext<Out>): KeyedPort;
}

/** What a keyed stage is given. */
export interface KeyedContext<in Out> extends Omit<StageContext, 'persist'> {
  readonly below: Port<Out>;
  /** The last watermark of this step (the minimum over its inputs). */
  watermark(): Time;
  now(): Time;
  table<V>(name: string): StateTable<V>;
  /** Forgets a table whole. */
  drop(table: string): void;
  /** Names of this step's own tables that hold something, also those restored. */
  tables(): Iterable<string>;
  timers(domain: Domain): Timers;
  /** Timers that follow a clock of the stage's own, kept in one of its tables: it says how far that has come. */
  timersBy(table: string, onTimer: (key: Key, name: string, at: Time) => void): OwnTimers;
  /** One of its inputs, to be asked for when the stage opens. */
  input(index: number): InputControl;
  /** For what happens outside the runner's calls: does it in a turn of the runner. */
  outside(task: () => void): void;
  /** Work on the step's own state, done a little at a time between records until it answers `false`: neither a checkpoint nor the end of the job waits for it. */
  upkeep(work: () => boolean): void;
  /** Version of the stage that wrote the restored state, if there was one. */
  readonly restoredVersion: number | undefined;
  /** What the step does with a record that fails; stages that cannot undo half a change ask. */
  readonly policy: 'fail' | 'skip' | 'branch';
}

/** An input, as far as a stage may look after it. */
export interface InputControl {
  /** Its own watermark; that of the step is the least of all. */
  watermark(): Time;
  /** Another input reads one of the same sources. */
  readonly shared: boolean;
  /** Nothing is read for this input until it is let go again; what has been read still comes. */
  hold(waiting: boolean): void;
}

/** A keyed stage at work. */
export interface KeyedPort {
  /** Several inputs, each with its own key selector: no tagging objects. */
  data(input: number, key: Key, value: unknown, time: Time): void;
  /** An input without a key, seen by every key group. */
  broadcast?(input: number, value: unknown, time: Time): void;
  /** A due timer, in order; called by the keyed runtime. */
  timer(key: Key, name: string, at: Time, domain: Domain): void;
  /** What the stage keeps by time itself (windows): after the timers, before the runtime hands the watermark on. Resumable like {@link Port.watermark}. */
  watermark?(time: Time): boolean;
  /** All inputs have ended, after `watermark(Infinity)`. */
  end?(): void;
  /** What it keeps and what it waits for, of one key if given: asked by people (`job.why`), never on the path of a record. */
  why?(key: Key | undefined): Held;
}

/** What a keyed stage keeps back, and what it waits for. */
export interface Held {
  /** What is open, the next to fire first; the first few are enough. */
  readonly open: readonly Waiting[];
  /** How much is kept, by what it is: `{ records: 12 }`, `{ windows: 3, keys: 7 }`. */
  readonly buffered: { readonly [what: string]: number };
  /** How long after it has fired something still takes late records, in milliseconds. */
  readonly lateness?: number | undefined;
}

/** One thing that has not fired. */
export interface Waiting {
  /** For people: `window [0, 60000)`, `timer "timeout"`. */
  readonly what: string;
  /** It fires when the watermark (`'event'`, unless said otherwise) or the wall clock reaches this. */
  readonly until: Time;
  readonly domain?: Domain | undefined;
}

/** One timer per (key, name, domain): setting it again moves it. Fires when `watermark >= at` or `now >= at`. */
export interface Timers {
  set(key: Key, name: string, at: Time): void;
  cancel(key: Key, name: string): void;
  /** All timers of a key. */
  clear(key: Key): void;
}

/** Timers by a clock of the stage's own. */
export interface OwnTimers extends Timers {
  /** Fires what is due, in order; `false` if the budget was spent: to be called again. */
  fire(time: Time): boolean;
  /** When the next one is due; `Infinity` if none is. */
  next(): Time;
}

/** The user's way to write a keyed step: a state per key, changed in place or replaced. */
export interface Logic<in In, State, Out, Side extends object = object> {
  readonly version?: number | undefined;
  migrate?(old: unknown, version: number): State;
  init(key: Key): State;
  /** `undefined` means "changed in place", never "forget"; {@link unchanged}: it was only read. */
  onData(state: State, value: In, context: Context<Out, Side>): State | void | Unchanged;
  onTimer?(state: State, timer: string, context: Context<Out, Side>): State | void | Unchanged;
  /** Forget this key, its timers and its rows. */
  done?(state: State): boolean;
}

/** The type of {@link unchanged}. */
export interface Unchanged {
  readonly unchanged: true;
}

/**
 * What a call of a process function returns when it only read: a key seen for the first time is then not remembered, and a TTL that counts writes goes on.
 *
 * @example
 * ```ts
 * import { Stream, type, unchanged } from 'millrace';
 *
 * const asked = Stream.from(['a?', 'a', 'a?']).keyBy(text => text[0] ?? '').process({
 *   name: 'was-it-there',
 *   emits: type<boolean>(),
 *   init: () => ({ there: false }),
 *   onData(state, text, context) {
 *     if (!text.endsWith('?')) return { there: true };
 *     context.emit(state.there);
 *     return unchanged;
 *   },
 * });
 * console.log(await asked.collect()); // [false, true]
 * ```
 */
export const unchanged: Unchanged = Object.freeze({ unchanged: true });

/** What a {@link Logic} may do while it has a record or a timer in hand. */
export interface Context<in Out, in out Side extends object> {
  readonly key: Key;
  readonly input: number;
  readonly time: Time;
  readonly watermark: Time;
  readonly now: Time;
  /** The clock of the timer in hand; `'event'` for a record. */
  readonly domain: Domain;
  /** What the broadcast input has left for all keys; `undefined` without one. */
  readonly shared: unknown;
  /** Event time of the result: that of the record or timer in hand unless given. */
  emit(value: Out, time?: Time): void;
  side<N extends keyof Side & string>(name: N, value: Side[N]): void;
  timer(name: string, at: Time, domain?: Domain): void;
  cancel(name: string, domain?: Domain): void;
  /** This key's ordered sub-entries: a list, a map, a join buffer without one big value. */
  rows<V>(table: string): Rows<V>;
  /** Forgets this key's timers and rows. */
  clear(): void;
}

/** Ordered entries below one key. */
export interface Rows<V> {
  get(sub: Sub): V | undefined;
  set(sub: Sub, value: V): void;
  delete(sub: Sub): void;
  /** From `from` (inclusive) to `to` (exclusive), in order. */
  range(from?: Sub, to?: Sub): Iterable<readonly [Sub, V]>;
}
