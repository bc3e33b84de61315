/**
 * Windows that grow together: sessions. A key's open windows stand in one entry, nearly always one of them; an event-time timer for each key says when to look at it next. A window that grows leaves the
 * timer where it is, and is looked at again when that fires, so that most records touch one entry and nothing else. A key without open windows is forgotten.
 */
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { Key, Time } from '../core/values.js';
import type { Emission, Late, Window, Windows } from '../core/window.js';
import { cutting } from './cut.js';
import { LATE } from './late.js';
import { panes, placeOf, windowOfTimer, type PaneState } from './pane.js';

type Merging = Extract<Windows, { readonly kind: 'merging' }>;

interface Open<Acc> {
  start: Time;
  end: Time;
  /** The watermark has passed its end. */
  ended: boolean;
  pane: PaneState<Acc>;
}
interface Entry<Acc> {
  /** By start; no two of them join. */
  open: Open<Acc>[];
  /** When the timer is set. */
  next: Time;
}

const TABLE = 'windows';
/** Name of the timer of a key; those of triggers are named after their window. */
const LOOK = '';

/** The keyed stage of windows that merge. */
export function mergingStage<In, Acc, Out>(windows: Merging, aggregate: Aggregate<In, Acc, Out>, emission: Emission): KeyedStage<unknown> {
  const { longest } = windows;
  if (longest !== undefined) return cutting(longest, aggregate, emission, (rows, cut) => mergingStage({ ...windows, longest: undefined }, rows, cut));
  return { version: 1, signature: emission.signature, open: context => openMerging(windows, aggregate, emission, context) };
}

function openMerging<In, Acc, Out>(windows: Merging, aggregate: Aggregate<In, Acc, Out>, emission: Emission, context: KeyedContext<unknown>): KeyedPort {
  const { lateness } = emission;
  const table = context.table<Entry<Acc>>(TABLE);
  const timers = context.timers('event');
  const late = context.side(LATE);
  const lateCount = context.counter('late');
  const droppedPanes = context.counter('droppedPanes');
  const of = panes(aggregate, emission, context);
  const merges = emission.kind === 'updates';

  const arm = (key: Key, entry: Entry<Acc>): void => {
    let next = Number.POSITIVE_INFINITY;
    for (const { end, ended } of entry.open) next = Math.min(next, ended ? end + lateness : end);
    entry.next = next;
    timers.set(key, LOOK, next);
  };
  const settle = (key: Key, entry: Entry<Acc>): void => {
    if (entry.open.length > 0) return;
    table.delete(key);
    // Without a trigger there is one timer, and it has fired or is over.
    if (emission.trigger === undefined) return timers.cancel(key, LOOK);
    timers.clear(key);
    context.timers('processing').clear(key);
  };
  /** Finished windows are forgotten at once: what comes later begins another one. */
  const drop = (key: Key, entry: Entry<Acc>, gone: Open<Acc>): void => {
    entry.open.splice(entry.open.indexOf(gone), 1);
    settle(key, entry);
  };
  const finished = (key: Key, entry: Entry<Acc>, window: Open<Acc>): boolean => {
    if (!of.isFinished(window.pane)) return false;
    drop(key, entry, window);
    return true;
  };

  emission.trigger?.attach?.(() => context.outside(() => {
    for (const [key] of [...table.scan()]) {
      const entry = table.edit(key);
      for (const window of [...(entry?.open ?? [])]) {
        of.ask(window.pane, { start: window.start, end: window.end }, key);
        if (entry !== undefined) finished(key, entry, window);
      }
    }
  }));
  if (emission.lookup !== undefined) {
    emission.lookup.get = row => {
      const { key, window: { start, end } } = placeOf(row, emission.keyed);
      return table.get(key)?.open.find(window => window.start === start && window.end === end)?.pane.sent?.value;
    };
  }

  return {
    data(_input, key, element, time) {
      const value = element as In; // the fluent face has checked that the types meet
      let alone: Window;
      try {
        alone = windows.assign(time, value);
      } catch (cause) {
        return context.failed({ input: value, cause, time, attempts: 1 });
      }
      let { start, end } = alone;
      let entry = table.edit(key);
      const fresh = entry === undefined;
      // Nearly always: none, or the one that it lengthens.
      let joined: Open<Acc> | undefined;
      let more: Open<Acc>[] | undefined;
      if (entry !== undefined) {
        for (const window of entry.open) {
          if (!windows.joins(window, alone)) continue;
          if (window.start < start) start = window.start;
          if (window.end > end) end = window.end;
          if (joined === undefined) joined = window;
          else (more ??= []).push(window);
        }
      }
      const watermark = context.watermark();
      if (end + lateness <= watermark) {
        lateCount.value++;
        droppedPanes.value++;
        const record: Late<In> = { value, time, watermark };
        return late.data(record, time);
      }
      if (joined === undefined) {
        const pane = of.zero();
        if (!of.add(pane, value, time)) return;
        joined = { start, end, ended: end <= watermark, pane };
        if (entry === undefined) entry = { open: [joined], next: Number.POSITIVE_INFINITY };
        else insert(entry.open, joined);
      } else if (entry !== undefined) {
        const parts = more === undefined ? [joined] : [joined, ...more];
        if (merges) for (const part of parts) if (part.start !== start || part.end !== end) of.deleted(part.pane, { start: part.start, end: part.end }, key, part.pane.last);
        if (more !== undefined) {
          for (const part of more) {
            of.merge(joined.pane, part.pane);
            entry.open.splice(entry.open.indexOf(part), 1);
          }
        }
        const { pane } = joined;
        // What failed is not in it, but what it would have joined stays joined.
        const added = of.add(pane, value, time);
        joined.start = start;
        // One that reaches past the watermark is open again and will be on time once more.
        if (end > joined.end || more !== undefined) joined.ended = end <= watermark;
        joined.end = end;
        if (!added) {
          if (joined.ended || end < entry.next) arm(key, entry);
          return;
        }
      }
      if (entry === undefined || joined === undefined) return;
      if (fresh) table.set(key, entry);
      if ((joined.ended ? end + lateness : end) < entry.next) arm(key, entry);
      of.added(joined.pane, { start, end }, key, value, time);
      finished(key, entry, joined);
    },
    timer(key, name, at, domain) {
      const entry = table.edit(key);
      if (entry === undefined) return;
      if (name !== LOOK) {
        const asked = windowOfTimer(name);
        const window = asked === undefined ? undefined : entry.open.find(({ start, end }) => start <= asked.start && asked.end <= end);
        if (window === undefined) return;
        of.timer(window.pane, { start: window.start, end: window.end }, key, at, domain);
        finished(key, entry, window);
        return;
      }
      for (const window of entry.open.length === 1 ? entry.open : [...entry.open]) {
        const { start, end, pane } = window;
        if (!window.ended && end <= at) {
          window.ended = true;
          of.ended(pane, { start, end }, key);
          if (finished(key, entry, window)) continue;
        }
        if (window.ended && end + lateness <= at) {
          if (pane.fresh > 0) of.expired(pane, { start, end }, key);
          drop(key, entry, window);
        }
      }
      if (entry.open.length > 0) arm(key, entry);
    },
    why(key) {
      const entries = key === undefined ? [...table.scan()].map(([, , entry]) => entry) : [table.get(key)];
      const windows = entries.flatMap(entry => entry?.open.filter(window => !window.ended) ?? []).sort((a, b) => a.end - b.end);
      return { open: windows.map(({ start, end }) => ({ what: `window [${start}, ${end})`, until: end })), buffered: { windows: windows.length }, lateness };
    },
  };
}

/** Into a list by start. */
function insert<Acc>(open: Open<Acc>[], window: Open<Acc>): void {
  let at = open.length;
  for (let before = open[at - 1]; before !== undefined && before.start > window.start; before = open[at - 1]) at--;
  open.splice(at, 0, window);
}
