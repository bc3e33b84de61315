/**
 * The second of two steps that share the work of a window: parts of each key's records were folded apart, as many windows of `[key, part]`, and are merged here, per key and window.
 * The law behind it stands in `aggregates/partial.ts`. Windows fire, take late records and are forgotten as they would be in one step; that the results are equal is a property test.
 */
import type { Aggregate } from '../core/aggregate.js';
import type { KeyedContext, KeyedPort, KeyedStage } from '../core/keyed.js';
import type { StateTable } from '../core/state.js';
import type { Key } from '../core/values.js';
import type { Emission, Pane, Window, WindowResult } from '../core/window.js';

/** What one key has in one window: the accumulator of each part, and how many panes there were. */
interface Parts<Acc> {
  readonly accumulators: (Acc | null)[];
  panes: number;
}
/** What the first step gives. */
type Part<Acc> = WindowResult<readonly [Key, number], Acc>;

const nameOf = ({ start, end }: Window): string => `w${start}:${end}`;
const spanOf = (name: string): Window => {
  const [start, end] = name.slice(1).split(':').map(Number);
  return { start: start ?? Number.NaN, end: end ?? Number.NaN };
};

/** The keyed stage that merges parts, `parts` of them per key. */
export function mergedParts<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, emission: Emission, parts: number): KeyedStage<WindowResult<Key | undefined, Out>> {
  return { version: 1, signature: emission.signature, open: context => openParts(aggregate, emission, parts, context) };
}

function openParts<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, { lateness, keyed }: Emission, parts: number, context: KeyedContext<WindowResult<Key | undefined, Out>>): KeyedPort {
  const { below, pace, failed } = context;
  const windows = new Map<string, { readonly window: Window; readonly table: StateTable<Parts<Acc>>; fired: boolean }>();
  let now = context.watermark();
  let firing: { readonly name: string; readonly keys: Iterator<readonly [Key, unknown, Parts<Acc>]> } | undefined;

  const opened = (name: string, window: Window) => {
    const of = { window, table: context.table<Parts<Acc>>(name), fired: window.end <= now };
    windows.set(name, of);
    return of;
  };
  for (const name of context.tables()) opened(name, spanOf(name));

  const emit = (window: Window, table: StateTable<Parts<Acc>>, key: Key, timing: Pane['timing']): void => {
    const held = table.edit(key);
    if (held === undefined) return;
    let value: Out;
    try {
      let whole = aggregate.zero();
      for (const acc of held.accumulators) if (acc !== null) whole = aggregate.merge(whole, acc);
      value = aggregate.result(whole);
    } catch (cause) {
      return failed({ input: { key, window }, cause, time: window.end - 1, attempts: 1 });
    }
    below.data({ key: keyed ? key : undefined, window, value, pane: { index: held.panes++, timing } }, window.end - 1);
  };
  const fire = (name: string, window: Window, table: StateTable<Parts<Acc>>): boolean => {
    if (firing?.name !== name) firing = { name, keys: table.scan()[Symbol.iterator]() };
    while (pace.go()) {
      const next = firing.keys.next();
      if (next.done === true) {
        firing = undefined;
        return true;
      }
      emit(window, table, next.value[0], 'onTime');
    }
    return false;
  };

  return {
    data(_input, key, element) {
      const { key: path, window, value } = element as Part<Acc>; // what the step above gives
      const name = nameOf(window);
      const { table } = windows.get(name) ?? opened(name, window);
      const held = table.edit(key);
      if (held !== undefined) held.accumulators[path[1]] = value;
      else table.set(key, { accumulators: Array.from({ length: parts }, (_, part) => (part === path[1] ? value : null)), panes: 0 });
      if (window.end <= now) emit(window, table, key, 'late');
    },
    timer: () => {},
    watermark(time) {
      const due = [...windows].filter(([, { window, fired }]) => !fired && window.end <= time);
      due.sort(([, a], [, b]) => a.window.end - b.window.end || a.window.start - b.window.start);
      for (const [name, of] of due) {
        if (!fire(name, of.window, of.table)) return false;
        of.fired = true;
      }
      now = time;
      for (const [name, { window }] of windows) {
        if (window.end + lateness > time) continue;
        windows.delete(name);
        context.drop(name);
      }
      return true;
    },
  };
}

