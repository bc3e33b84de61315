/**
 * Windows a record is assigned to, with any trigger and emission. Window-major like `aligned.ts`: one table per window, dropped whole when the window ends for good. Each window has panes of its own, so
 * the cost of a record grows with the number of windows it is in; the fast path, by slices, is for what most jobs ask for.
 */
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { StateTable } from '../core/state.js';
import type { Key, Time } from '../core/values.js';
import type { Emission, Late, Window } from '../core/window.js';
import { LATE } from './late.js';
import { panes, placeOf, windowOfTimer, type PaneState } from './pane.js';

/** The windows of a record; none: it lies outside all of them. */
export type Assign = (time: Time, value: unknown) => readonly Window[];

interface Slot<Acc> {
  readonly window: Window;
  readonly name: string;
  readonly table: StateTable<PaneState<Acc>>;
  /** The watermark has passed its end. */
  ended: boolean;
}

/** Something that is due at `at`: the end of a window, or its end for good. */
interface Due<Acc> {
  readonly at: Time;
  readonly slot: Slot<Acc>;
  readonly what: 'end' | 'expire';
}

const nameOf = (window: Window): string => `w${window.start}:${window.end}`;

/** The keyed stage of windows given by `assign`. */
export function assignedStage<In, Acc, Out>(assign: Assign, aggregate: Aggregate<In, Acc, Out>, emission: Emission): KeyedStage<unknown> {
  return { version: 1, signature: emission.signature, open: context => openAssigned(assign, aggregate, emission, context) };
}

function openAssigned<In, Acc, Out>(assign: Assign, aggregate: Aggregate<In, Acc, Out>, emission: Emission, context: KeyedContext<unknown>): KeyedPort {
  const { pace } = context;
  const { lateness } = emission;
  const late = context.side(LATE);
  const lateCount = context.counter('late');
  const outside = context.counter('outside');
  const droppedPanes = context.counter('droppedPanes');
  const of = panes(aggregate, emission, context);

  const slots = new Map<string, Slot<Acc>>();
  /** By time; at the same time by end, then start. */
  const agenda: Due<Acc>[] = [];
  let firing: { readonly due: Due<Acc>; readonly rows: Iterator<readonly [Key, unknown, PaneState<Acc>]> } | undefined;

  const before = (a: Due<Acc>, b: Due<Acc>): boolean => a.at < b.at || (a.at === b.at && (a.slot.window.end < b.slot.window.end || (a.slot.window.end === b.slot.window.end && a.slot.window.start < b.slot.window.start)));
  const plan = (due: Due<Acc>): void => {
    let at = agenda.length;
    for (let earlier = agenda[at - 1]; earlier !== undefined && before(due, earlier); earlier = agenda[at - 1]) at--;
    agenda.splice(at, 0, due);
  };
  const openSlot = (window: Window): Slot<Acc> => {
    const name = nameOf(window);
    const slot: Slot<Acc> = { window, name, table: context.table(name), ended: window.end <= context.watermark() };
    slots.set(name, slot);
    if (!slot.ended) plan({ at: window.end, slot, what: 'end' });
    plan({ at: window.end + lateness, slot, what: 'expire' });
    return slot;
  };
  for (const name of context.tables()) {
    const window = name.startsWith('w') ? windowOfTimer(name.slice(1)) : undefined;
    if (window !== undefined) openSlot(window);
  }

  /** Does what is due, key by key in the order in which they entered; `false` if it has to stop. */
  const done = (due: Due<Acc>): boolean => {
    const { slot, what } = due;
    // Where every record past the end has brought its pane, nothing is left to give.
    if (what === 'expire' && of.prompt) return true;
    firing ??= { due, rows: slot.table.scan()[Symbol.iterator]() };
    while (pace.go()) {
      const next = firing.rows.next();
      if (next.done === true) {
        firing = undefined;
        return true;
      }
      const [key] = next.value;
      const state = slot.table.edit(key);
      if (state === undefined) continue;
      if (what === 'end') of.ended(state, slot.window, key);
      else of.expired(state, slot.window, key);
    }
    return false;
  };

  emission.trigger?.attach?.(() => context.outside(() => {
    for (const slot of slots.values()) {
      for (const [key] of slot.table.scan()) {
        const state = slot.table.edit(key);
        if (state !== undefined) of.ask(state, slot.window, key);
      }
    }
  }));
  if (emission.lookup !== undefined) {
    emission.lookup.get = row => {
      const { key, window: { start, end } } = placeOf(row, emission.keyed);
      return slots.get(nameOf({ start, end }))?.table.get(key)?.sent?.value;
    };
  }

  return {
    data(_input, key, element, time) {
      const value = element as In; // the fluent face has checked that the types meet
      let windows: readonly Window[];
      try {
        windows = assign(time, value);
      } catch (cause) {
        return context.failed({ input: value, cause, time, attempts: 1 });
      }
      if (windows.length === 0) {
        outside.value++;
        return;
      }
      const watermark = context.watermark();
      let open = 0;
      for (const window of windows) if (window.end + lateness > watermark || window.end === Number.POSITIVE_INFINITY) open++;
      droppedPanes.value += windows.length - open;
      if (open === 0) {
        lateCount.value++;
        const record: Late<In> = { value, time, watermark };
        return late.data(record, time);
      }
      for (const window of windows) {
        if (window.end + lateness <= watermark && window.end !== Number.POSITIVE_INFINITY) continue;
        const { table } = slots.get(nameOf(window)) ?? openSlot(window);
        let state = table.edit(key);
        const fresh = state === undefined;
        state ??= of.zero();
        if (of.isFinished(state)) {
          droppedPanes.value++;
          continue;
        }
        if (!of.add(state, value, time)) return;
        if (fresh) table.set(key, state);
        of.added(state, window, key, value, time);
      }
    },
    timer(key, name, at, domain) {
      const window = windowOfTimer(name);
      const slot = window === undefined ? undefined : slots.get(nameOf(window));
      const state = slot?.table.edit(key);
      if (slot !== undefined && state !== undefined) of.timer(state, slot.window, key, at, domain);
    },
    why(key) {
      const open = agenda.filter(due => due.what === 'end' && (key === undefined || due.slot.table.get(key) !== undefined)).map(({ at, slot: { window } }) => ({ what: `window [${window.start}, ${window.end})`, until: at }));
      return { open, buffered: { windows: open.length }, lateness };
    },
    watermark(time) {
      for (let due = agenda[0]; due !== undefined && due.at <= time; due = agenda[0]) {
        if (!done(due)) return false;
        agenda.shift();
        if (due.what === 'end') due.slot.ended = true;
        else {
          slots.delete(due.slot.name);
          context.drop(due.slot.name);
        }
      }
      return true;
    },
  };
}
