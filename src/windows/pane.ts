/**
 * The panes of one window of one key: what was added, when a trigger says something is to be given, and what is given. Every stage of windows but the fast path of `aligned.ts` is made of these.
 *
 * A pane is *early* before the watermark has passed the end of its window, *on time* when the end itself brings it, *late* after that. Nothing is lost: what no trigger has given comes out when the
 * window ends for good. A finished window keeps nothing but the fact.
 */
import type { Aggregate } from '../core/aggregate.js';
import type { Change } from '../core/change.js';
import type { KeyedContext } from '../core/keyed.js';
import type { Domain, Key, Time } from '../core/values.js';
import type { Emission, Firing, Pane, Trigger, TriggerContext, Window, WindowResult } from '../core/window.js';
import { tell, type Signal } from './triggers/tell.js';
import { countTrigger } from './triggers/count.js';
import { repeatedlyTrigger } from './triggers/repeatedly.js';
import { watermarkTrigger } from './triggers/watermark.js';

/** What is kept of a window of a key: plain data. */
export interface PaneState<Acc> {
  /** Of `deltas`: since the last pane. Absent: finished. */
  acc?: Acc;
  /** Records since the last pane. */
  fresh: number;
  /** Panes given so far. */
  index: number;
  trigger: unknown;
  /** Of the records since the last pane. */
  earliest: Time;
  latest: Time;
  /** Of all records. */
  last: Time;
  /** Of `updates`: what was given last. */
  sent?: { value: unknown };
}

/** What happens to panes; `window` is always that of the state. */
export interface Panes<In, Acc> {
  zero(): PaneState<Acc>;
  /** Adds a record; `false` if that failed (the state is then as before, if the step can go on at all). */
  add(state: PaneState<Acc>, value: In, time: Time): boolean;
  /** Has the trigger look at the record just added. */
  added(state: PaneState<Acc>, window: Window, key: Key, value: In, time: Time): void;
  /** A time the trigger asked for has come. */
  timer(state: PaneState<Acc>, window: Window, key: Key, at: Time, domain: Domain): void;
  /** Someone asked from outside. */
  ask(state: PaneState<Acc>, window: Window, key: Key): void;
  /** The watermark has passed the end of the window. */
  ended(state: PaneState<Acc>, window: Window, key: Key): void;
  /** The window ends for good. */
  expired(state: PaneState<Acc>, window: Window, key: Key): void;
  /** Takes a later one in. */
  merge(into: PaneState<Acc>, from: PaneState<Acc>): PaneState<Acc>;
  /** The row of this window is no more: it became part of another. */
  deleted(state: PaneState<Acc>, window: Window, key: Key, time: Time): void;
  isFinished(state: PaneState<Acc>): boolean;
  /** Whether each record brings a pane once the end has passed, so that nothing is left to give when the window ends for good. */
  readonly prompt: boolean;
}

/** `tokenOf` names a window in the timers of its trigger. */
export function panes<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, emission: Emission, context: KeyedContext<unknown>): Panes<In, Acc> {
  const { kind, stamp, keyed, lateness } = emission;
  const trigger: Trigger = emission.trigger ?? (kind === 'updates' ? repeatedlyTrigger(countTrigger(1)) : watermarkTrigger());
  const prompt = emission.trigger === undefined;
  const plain = prompt && kind !== 'updates';
  const { below, failed } = context;
  const careful = context.policy !== 'fail';

  let state: PaneState<Acc> | undefined;
  const about: { -readonly [N in keyof TriggerContext]: TriggerContext[N] } & { key: Key } = {
    key: '',
    window: { start: 0, end: 0 },
    time: 0,
    watermark: 0,
    now: 0,
    value: undefined,
    result: () => (state?.acc === undefined ? undefined : aggregate.result(state.acc)),
    timer: (at, domain) => context.timers(domain).set(about.key, timerName(about.window, at), at),
  };
  const asked = (of: PaneState<Acc>, signal: Signal, window: Window, key: Key, value: unknown, time: Time): Firing => {
    state = of;
    about.key = key;
    about.window = window;
    about.time = time;
    about.watermark = context.watermark();
    about.now = context.now();
    about.value = value;
    try {
      return tell(trigger, of.trigger, signal, about);
    } catch (cause) {
      // The record is in the window, so it is the trigger's failure for that window, not the record's.
      failed({ input: { key, window }, cause, time, attempts: 1 });
      return 'wait';
    }
  };

  const timeOf = (of: PaneState<Acc>, window: Window): Time => {
    if (kind === 'updates') return of.last;
    if (of.fresh > 0 && stamp !== 'end') return stamp === 'earliest' ? of.earliest : of.latest;
    return window.end === Number.POSITIVE_INFINITY ? of.last : window.end - 1;
  };
  const rowKey = (key: Key, window: Window): Key => (keyed ? [key, window.start, window.end] : [window.start, window.end]);

  const give = (of: PaneState<Acc>, window: Window, key: Key, timing: Pane['timing']): void => {
    const { acc } = of;
    if (acc === undefined || (of.fresh === 0 && kind !== 'panes')) return;
    const time = timeOf(of, window);
    let value: Out;
    try {
      value = aggregate.result(acc);
    } catch (cause) {
      return failed({ input: { key, window }, cause, time, attempts: 1 });
    }
    const { index } = of;
    of.fresh = 0;
    of.index++;
    if (kind === 'deltas') of.acc = aggregate.zero();
    if (kind === 'updates') {
      const before = of.sent?.value;
      of.sent = { value };
      const change: Change<Key, unknown> = { key: rowKey(key, window), before, after: value };
      return below.data(change, time);
    }
    const result: WindowResult<Key | undefined, Out> = { key: keyed ? key : undefined, window, value, pane: { index, timing } };
    below.data(result, time);
  };
  const act = (of: PaneState<Acc>, window: Window, key: Key, firing: Firing, timing: Pane['timing']): void => {
    if (firing === 'wait') return;
    give(of, window, key, timing);
    if (firing === 'finish') {
      delete of.acc;
      of.trigger = null;
    }
  };
  const timing = (window: Window): Pane['timing'] => (context.watermark() < window.end ? 'early' : 'late');

  return {
    prompt,
    zero: () => ({ acc: aggregate.zero(), fresh: 0, index: 0, trigger: trigger.zero() as unknown, earliest: Number.POSITIVE_INFINITY, latest: Number.NEGATIVE_INFINITY, last: Number.NEGATIVE_INFINITY }),
    add(of, value, time) {
      const { acc } = of;
      if (acc === undefined) return true;
      try {
        // Half an addition cannot be taken back: where the step goes on after a failure it is made on a copy.
        of.acc = aggregate.add(careful ? aggregate.merge(aggregate.zero(), acc) : acc, value, time);
      } catch (cause) {
        failed({ input: value, cause, time, attempts: 1 });
        return false;
      }
      if (of.fresh === 0) {
        of.earliest = time;
        of.latest = time;
      } else if (time < of.earliest) of.earliest = time;
      else if (time > of.latest) of.latest = time;
      of.fresh++;
      if (time > of.last) of.last = time;
      return true;
    },
    added(of, window, key, value, time) {
      if (plain) {
        // What the default trigger says, without asking it.
        if (context.watermark() >= window.end) give(of, window, key, 'late');
        return;
      }
      act(of, window, key, asked(of, 'record', window, key, value, time), timing(window));
    },
    timer(of, window, key, at, domain) {
      if (of.acc !== undefined) act(of, window, key, asked(of, { at, domain }, window, key, undefined, at), timing(window));
    },
    ask(of, window, key) {
      if (of.acc === undefined || (of.fresh === 0 && kind !== 'panes')) return;
      act(of, window, key, asked(of, 'ask', window, key, undefined, of.last), timing(window));
    },
    ended(of, window, key) {
      if (of.acc === undefined) return;
      act(of, window, key, asked(of, { at: window.end, domain: 'event' }, window, key, undefined, window.end), 'onTime');
      // A table is right when its window closes, however seldom it is told.
      if (kind === 'updates' && of.fresh > 0) give(of, window, key, 'onTime');
    },
    expired(of, window, key) {
      if (of.fresh > 0) give(of, window, key, lateness > 0 ? 'late' : 'onTime');
    },
    merge(into, from) {
      // Windows merge while they are open: both have what they were given.
      if (from.acc !== undefined) into.acc = aggregate.merge(into.acc ?? aggregate.zero(), from.acc);
      into.trigger = trigger.merge(into.trigger, from.trigger) as unknown;
      if (from.fresh > 0) {
        into.earliest = into.fresh > 0 ? Math.min(into.earliest, from.earliest) : from.earliest;
        into.latest = into.fresh > 0 ? Math.max(into.latest, from.latest) : from.latest;
      }
      into.fresh += from.fresh;
      into.index = Math.max(into.index, from.index);
      into.last = Math.max(into.last, from.last);
      return into;
    },
    deleted(of, window, key, time) {
      const { sent } = of;
      if (sent === undefined) return;
      delete of.sent;
      // The window that takes it in has a row to give, even if the record that joined them fails.
      of.fresh++;
      const change: Change<Key, unknown> = { key: rowKey(key, window), before: sent.value, after: undefined };
      below.data(change, time);
    },
    isFinished: of => of.acc === undefined,
  };
}

const timerName = (window: Window, at: Time): string => `${window.start}:${window.end}@${at}`;

/** The window a trigger's timer was set for; `undefined` for other names. */
export function windowOfTimer(name: string): Window | undefined {
  const [start, end] = (name.split('@')[0] ?? '').split(':').map(Number);
  return start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end) ? undefined : { start, end };
}

/** Key and window of a row of a windowed table; a window that cannot be for anything else. */
export function placeOf(row: Key, keyed: boolean): { readonly key: Key; readonly window: Window } {
  const parts: readonly Key[] = typeof row === 'object' ? row : [];
  const [start, end] = keyed ? parts.slice(1) : parts;
  return { key: keyed ? (parts[0] ?? 0) : 0, window: { start: Number(start), end: Number(end) } };
}
