/** The user's keyed step: a {@link Logic} on the engine's contract. State, timers and rows of a key live in tables and nowhere else. */
import { DataError } from '../core/errors.js';
import type { Context, KeyedContext, KeyedPort, KeyedStage, Logic, Rows } from '../core/keyed.js';
import type { Domain, Json, Key, Sub, Time } from '../core/values.js';

const STATE = 'state';
const ROWS = 'rows:';

/** What a call has done so far, where it may have to be undone. */
interface Journal {
  readonly effects: (() => void)[];
  readonly undo: (() => void)[];
}

/** `atomic`: emissions and timers are held until the call returns and the state is cloned before, so that a call that throws leaves nothing behind. */
export function perKey<In, State, Out, Side extends object>(logic: Logic<In, State, Out, Side>, options: { readonly atomic: boolean; readonly signature: Json }): KeyedStage<Out> {
  return { version: logic.version ?? 0, signature: options.signature, open: context => openLogic(logic, options.atomic, context) };
}

function openLogic<In, State, Out, Side extends object>(logic: Logic<In, State, Out, Side>, atomic: boolean, runtime: KeyedContext<Out>): KeyedPort {
  const states = runtime.table<State>(STATE);
  const event = runtime.timers('event');
  const processing = runtime.timers('processing');
  const timersOf = (domain: Domain | undefined) => (domain === 'processing' ? processing : event);
  const rowTables = new Set<string>([...runtime.tables()].filter(name => name.startsWith(ROWS)));
  let key: Key = '';
  let input = 0;
  let time: Time = 0;
  let journal: Journal | undefined;

  migrate();

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
    emit(value, at = time) {
      if (!Number.isFinite(at)) throw new DataError('timestamp', `A result was emitted at the time ${at}; give finite epoch milliseconds, or none for the time of the record in hand.`, at);
      effect(() => runtime.below.data(value, at));
    },
    side(name, value) {
      const at = time;
      effect(() => runtime.side(name).data(value, at));
    },
    timer(name, at, domain) {
      if (name === '') throw new DataError('timer', 'A timer was set without a name; give it one, so that it can be moved and cancelled.', name);
      const of = key;
      effect(() => timersOf(domain).set(of, name, at));
    },
    cancel(name, domain) {
      const of = key;
      effect(() => timersOf(domain).cancel(of, name));
    },
    rows: <V>(name: string) => rowsOf<V>(ROWS + name),
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
      get: sub => table.get(of, sub),
      set(sub, value) {
        remember(sub);
        table.set(of, value, sub);
      },
      delete(sub) {
        remember(sub);
        table.delete(of, sub);
      },
      range: (from, to) => table.range(of, from, to),
    };
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
  const call = (state: State, fresh: boolean, user: (state: State) => State | void): void => {
    const next = user(state);
    const kept = next === undefined ? state : (next as State); // `void` is "changed in place"
    if (logic.done?.(kept) === true) {
      effect(forget);
      return;
    }
    if (fresh || next !== undefined || typeof state !== 'object') states.set(key, kept);
  };
  const guarded = (value: unknown, user: (state: State) => State | void): void => {
    let before: State | undefined;
    try {
      before = states.edit(key);
      if (!atomic) return call(before ?? logic.init(key), before === undefined, user);
      journal = { effects: [], undo: [] };
      call(before === undefined ? logic.init(key) : structuredClone(before), true, user);
    } catch (cause) {
      for (const undo of journal?.undo.reverse() ?? []) undo();
      if (atomic) {
        if (before === undefined) states.delete(key);
        else states.set(key, before);
      }
      journal = undefined;
      if (isFromBelow(cause)) throw cause;
      return runtime.failed({ input: value, cause, time, attempts: 1 });
    }
    const effects = journal.effects;
    journal = undefined;
    for (const task of effects) task();
  };
  /** A failure of a step below, reached through `emit`, is not this step's. */
  const isFromBelow = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'step-failed';

  function migrate(): void {
    const version = runtime.restoredVersion;
    if (version === undefined || version === (logic.version ?? 0) || logic.migrate === undefined) return;
    for (const [of, , old] of [...states.scan()]) states.set(of, logic.migrate(old, version));
  }

  return {
    data(from, of, value, at) {
      key = of;
      input = from;
      time = at;
      guarded(value, state => logic.onData(state, value as In, context)); // the fluent face has checked that the types meet
    },
    broadcast(from, value, at) {
      input = from;
      time = at;
      for (const [of] of [...states.scan()]) {
        key = of;
        guarded(value, state => logic.onData(state, value as In, context)); // as above
      }
    },
    timer(of, name, at) {
      if (logic.onTimer === undefined) return;
      key = of;
      time = at;
      guarded(undefined, state => logic.onTimer?.(state, name, context));
    },
  };
}
