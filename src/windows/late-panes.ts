/** Late panes: windows that have fired and still take records, each once more for the key of a record that came. */
import type { KeyedContext } from '../core/keyed.js';
import type { StateTable } from '../core/state.js';
import type { Aggregate } from '../core/aggregate.js';
import type { Key, Time } from '../core/values.js';
import type { Window } from '../core/window.js';
import { afterAll, sameWindow, windowBefore, type Sequence } from './cursor.js';
import { slidingAggregate } from './sliding-aggregate.js';
import type { Slot, Slots } from './slots.js';

/** How many panes a key has had in a window; kept only of keys with late ones. */
interface Panes {
  readonly panes: number;
}

/** Tables of late panes, one per window. */
export interface LatePanes<Acc> {
  /** Gives `emit` each closed window over the slot whose lateness lasts, with the aggregate of the key in it. `first`: the key had nothing in this slot before. */
  fire(slot: Slot<Acc>, key: Key, first: boolean, now: Time): void;
  /** When the next table can go, plus lateness; `Infinity` if there is none. */
  readonly next: Time;
  clean(time: Time): void;
}

const nameOf = (window: Window): string => `p${window.start}:${window.end}`;

export function latePanes<Acc>(context: KeyedContext<never>, aggregate: Aggregate<never, Acc, unknown>, sequence: Sequence, slots: Slots<Acc>, lateness: number, emit: (window: Window, key: Key, acc: Acc, index: number) => boolean): LatePanes<Acc> {
  const way = slidingAggregate(aggregate);
  /** Windows with a table, by end, then start. */
  const known: Window[] = [];
  const tableOf = (window: Window): StateTable<Panes> => {
    let at = known.length;
    for (let before = known[at - 1]; before !== undefined && !windowBefore(before, window) && !sameWindow(before, window); before = known[at - 1]) at--;
    const before = known[at - 1];
    if (before === undefined || !sameWindow(before, window)) known.splice(at, 0, window);
    return context.table<Panes>(nameOf(window));
  };
  for (const name of context.tables()) if (name.startsWith('p')) tableOf(windowOf(name));

  const give = (window: Window, key: Key, acc: Acc, fired: boolean): void => {
    const table = tableOf(window);
    const index = table.get(key)?.panes ?? (fired ? 1 : 0);
    if (emit(window, key, acc, index)) table.set(key, { panes: index + 1 });
  };

  return {
    get next() {
      const [first] = known;
      return first === undefined ? Number.POSITIVE_INFINITY : first.end + lateness;
    },
    clean(time) {
      let gone = 0;
      for (const window of known) {
        if (window.end + lateness > time) break;
        context.drop(nameOf(window));
        gone++;
      }
      known.splice(0, gone);
    },
    fire(slot, key, first, now) {
      const { line } = slots;
      let row: unknown;
      let parts: Acc[] = [];
      /** Places in the line of the slots from which the row is made, and how many of its parts are gone. */
      let [from, to, gone] = [0, 0, 0];
      let held: Window | undefined;
      for (let window = sequence.next(slot.slice, afterAll(now - lateness)); window !== undefined && window.end <= now; window = sequence.next(slot.slice, window)) {
        if (sameWindow(window, slot.slice)) {
          const acc = slot.table.get(key);
          if (acc !== undefined) give(window, key, acc, !first);
          continue;
        }
        if (held === undefined || window.start < held.start) {
          row = way.empty();
          parts = [];
          gone = 0;
          from = to = slots.from(window.start);
        }
        held = window;
        for (let next = line[to]; next !== undefined && next.slice.start < window.end; next = line[++to]) {
          const part = next.table.get(key);
          if (part === undefined) continue;
          row = way.push(row, part);
          parts.push(part);
        }
        for (let old = line[from]; old !== undefined && old.slice.start < window.start; old = line[++from]) {
          if (old.table.get(key) !== undefined) row = way.shift(row, parts[gone++] as Acc); // one part per slot with this key
        }
        give(window, key, way.value(row), parts.length - gone > (first ? 1 : 0));
      }
    },
  };
}

/** The window in the name of a table. */
export function windowOf(name: string): Window {
  const [start, end] = name.slice(1).split(':').map(Number);
  return { start: start ?? Number.NaN, end: end ?? Number.NaN };
}
