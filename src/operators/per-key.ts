/** The user's keyed step: a {@link Logic} on the engine's contract. State, timers and rows of a key live in tables and nowhere else. */
import { DataError } from '../core/errors.js';
import { unchanged, type Context, type KeyedContext, type KeyedPort, type KeyedStage, type Logic, type Rows, type Unchanged } from '../core/keyed.js';
import { copyOf } from '../core/plain.js';
import type { Domain, Json, Key, Sub, Time } from '../core/values.js';
import { statesOf } from './migration.js';

const SHARED = 'shared';
const ROWS = 'rows:';
/** The one key of the table of what all keys share. */
const ALL = 0;

/** What a call has done so far, where it may have to be undone. */
interface Journal {
  readonly effects: (() => void)[];
  readonly undo: (() => void)[];
}

/** The broadcast side of a step: one state all keys see, changed by the input that has no key. */
export interface SharedLogic<Common, State, In, Out, Side extends object> {
  init(): Common;
  onBroadcast(shared: Common, value: In, context: Context<Out, Side>): Common | void;
  /** After it, for every key that is known. */
  onKey?(state: State, value: In, context: Context<Out, Side>): State | void | Unchanged;
}

export interface PerKeyOptions<Common, State, Out, Side extends object> {
  /** Emissions and timers are held until the call returns and the state is cloned before, so that a call that throws leaves nothing behind. */
  readonly atomic: boolean;
  readonly signature: Json;
  readonly shared?: SharedLogic<Common, State, never, Out, Side> | undefined;
}

export function perKey<In, State, Out, Side extends object, Common = undefined>(logic: Logic<In, State, Out, Side>, options: PerKeyOptions<Common, State, Out, Side>): KeyedStage<Out> {
  return { version: logic.version ?? 0, migrates: logic.migrate !== undefined, signature: options.signature, open: context => openLogic(logic, options, context) };
}

function openLogic<In, State, Out, Side extends object, Common>(logic: Logic<In, State, Out, Side>, { atomic, shared }: PerKeyOptions<Common, State, Out, Side>, runtime: KeyedContext<Out>): KeyedPort {
  const states = statesOf<State>(runtime, logic.version ?? 0, logic.migrate?.bind(logic));
  const event = runtime.timers('event');
  const processing = runtime.timers('processing');
  const timersOf = (of: Domain | undefined) => (of === 'processing' ? processing : event);
  const rowTables = new Set<string>([...runtime.tables()].filter(name => name.startsWith(ROWS)));
  let key: Key = '';
  let input = 0;
  let time: Time = 0;
  let domain: Domain = 'event';
  let journal: Journal | undefined;

  /** Now, or when the call has returned. */
  const effect = (task: () => void): void => {
    if (journal === undefined) task();
    else journal.effects.push(task);
  };
  const context: Context<Out, Side> = {
    get key() {
      return key;
    },
    get input() {
      return input;
    },
    get time() {
      return time;
    },
    get watermark() {
      return runtime.watermark();
    },
    get now() {
      return runtime.now();
    },
    get domain() {
      return domain;
    },
    get shared() {
      return common();
    },
    emit(value, at = time) {
      if (!Number.isFinite(at)) throw new DataError('timestamp', `A result was emitted at the time ${at}; give finite epoch milliseconds, or none for the time of the record in hand.`, at);
      effect(() => runtime.below.data(value, at));
    },
    side(name, value) {
      const at = time;
      effect(() => runtime.side(name).data(value, at));
    },
    timer(name, at, which) {
      if (name === '') throw new DataError('timer', 'A timer was set without a name; give it one, so that it can be moved and cancelled.', name);
      const of = key;
      effect(() => timersOf(which).set(of, name, at));
    },
    cancel(name, which) {
      const of = key;
      effect(() => timersOf(which).cancel(of, name));
    },
    rows: <V>(name: string) => rowsOf<V>(ROWS + name),
    clear() {
      const of = key;
      effect(() => {
        event.clear(of);
        processing.clear(of);
      });
      for (const name of rowTables) {
        const rows = rowsOf(name);
        for (const [sub] of [...rows.range()]) rows.delete(sub);
      }
    },
  };
  function rowsOf<V>(name: string): Rows<V> {
    rowTables.add(name);
    const table = runtime.table<V>(name);
    const of = key;
    const remember = (sub: Sub): void => {
      if (journal === undefined) return;
      const old = structuredClone(table.get(of, sub));
      journal.undo.push(() => (old === undefined ? table.delete(of, sub) : table.set(of, old, sub)));
    };
    return {
      // What can be undone is given as a copy: a value changed in place and then set would be its own `before`.
      get: sub => (journal === undefined ? table.get(of, sub) : structuredClone(table.get(of, sub))),
      set(sub, value) {
        remember(sub);
        table.set(of, value, sub);
      },
      delete(sub) {
        remember(sub);
        table.delete(of, sub);
      },
      range: (from, to) => (journal === undefined ? table.range(of, from, to) : copies(table.range(of, from, to))),
    };
  }
  /** What all keys share: made when it is first asked for. */
  function common(): Common | undefined {
    if (shared === undefined) return undefined;
    const table = runtime.table<Common>(SHARED);
    let kept = table.edit(ALL);
    if (kept === undefined) table.set(ALL, (kept = shared.init()));
    return kept;
  }
  const forget = (): void => {
    states.delete(key);
    event.clear(key);
    processing.clear(key);
    for (const name of rowTables) {
      const table = runtime.table(name);
      for (const [sub] of [...table.range(key)]) table.delete(key, sub);
    }
  };
  /** One call of the user's code on the state of the key in hand. */
  const call = (state: State, fresh: boolean, clone: boolean, user: (state: State) => State | void | Unchanged): void => {
    const next = user(state);
    if (next === unchanged) return;
    const kept = next === undefined ? state : (next as State); // `void` is "changed in place"
    if (logic.done?.(kept) === true) {
      effect(forget);
      return;
    }
    if (fresh || clone || next !== undefined || typeof state !== 'object') states.set(key, kept);
  };
  const guarded = (value: unknown, user: (state: State) => State | void | Unchanged): void => {
    let before: State | undefined;
    try {
      before = states.edit(key);
      if (!atomic) return call(before ?? logic.init(key), before === undefined, false, user);
      journal = { effects: [], undo: [] };
      call(before === undefined ? logic.init(key) : structuredClone(before), before === undefined, true, user);
    } catch (cause) {
      undo(cause, value);
      if (atomic) {
        if (before === undefined) states.delete(key);
        else states.set(key, before);
      }
      return;
    }
    settle();
  };
  /** A call that threw: its failure is told, and nothing of it is kept. */
  const undo = (cause: unknown, value: unknown): void => {
    for (const task of journal?.undo.reverse() ?? []) task();
    journal = undefined;
    if (isFromBelow(cause)) throw cause;
    runtime.failed({ input: value, cause, time, attempts: 1 });
  };
  const settle = (): void => {
    const effects = journal?.effects ?? [];
    journal = undefined;
    for (const task of effects) task();
  };
  /** A failure of a step below, reached through `emit`, is not this step's. */
  const isFromBelow = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'step-failed';

  return {
    data(from, of, value, at) {
      key = of;
      input = from;
      time = at;
      domain = 'event';
      guarded(value, state => logic.onData(state, value as In, context)); // the fluent face has checked that the types meet
    },
    broadcast(from, value, at) {
      if (shared === undefined) return;
      input = from;
      time = at;
      domain = 'event';
      const table = runtime.table<Common>(SHARED);
      try {
        const old = common() as Common; // there is one: see above
        if (atomic) journal = { effects: [], undo: [] };
        const held = atomic ? copyOf(old, () => SHARED) : old;
        const next: Common | void = shared.onBroadcast(held, value as never, context); // as above
        if (next !== undefined || atomic) table.set(ALL, next ?? held);
      } catch (cause) {
        return undo(cause, value);
      }
      settle();
      if (shared.onKey === undefined) return;
      for (const of of [...states.keys()]) {
        key = of;
        guarded(value, state => shared.onKey?.(state, value as never, context)); // as above
      }
    },
    timer(of, name, at, which) {
      if (logic.onTimer === undefined) return;
      key = of;
      time = at;
      domain = which;
      guarded(undefined, state => logic.onTimer?.(state, name, context));
    },
  };
}

function* copies<V>(rows: Iterable<readonly [Sub, V]>): Generator<readonly [Sub, V]> {
  for (const [sub, value] of rows) yield [sub, structuredClone(value)];
}
