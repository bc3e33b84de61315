/** The slices that hold something, in order of time: found by their start for each record, by their place for each window. */
import type { StateTable } from '../core/state.js';
import type { Time } from '../core/values.js';
import type { Window } from '../core/window.js';

/** One slice and its table. */
export interface Slot<Acc> {
  readonly slice: Window;
  readonly table: StateTable<Acc>;
  readonly name: string;
  /** End of the first of its windows: from then on a record makes late panes. */
  readonly firstEnd: Time;
  /** End of the last of its windows: the slice is kept until then, plus lateness. */
  readonly lastEnd: Time;
  /** Whether its windows hold other slices too. */
  readonly shared: boolean;
  /** When each key of the table came, in the order of the table, counted over all slices; only if `shared`. A cache: keys that were restored have none until somebody counts them. */
  arrivals: number[];
  restored: boolean;
  /** Its table is gone, because its windows are over. */
  dropped: boolean;
}

/** So many slots are looked at for a record. */
const LATELY = 16;

/** Slots by start. */
export interface Slots<Acc> {
  get(start: Time): Slot<Acc> | undefined;
  /** The slot a time lies in, if it is among the last few: that of nearly every record. */
  lately(time: Time): Slot<Acc> | undefined;
  add(slot: Slot<Acc>): void;
  /** Takes the first `count` away. */
  dropFirst(count: number): void;
  remove(slot: Slot<Acc>): void;
  /** In order of time; not to be kept. */
  readonly line: readonly Slot<Acc>[];
  /** Place of the first slot that does not start before `time`. */
  from(time: Time): number;
  /** Place of the first slot whose last window ends after `time`, where later slices have later windows. */
  withWindowAfter(time: Time): number;
}

export function slotLine<Acc>(): Slots<Acc> {
  const byStart = new Map<Time, Slot<Acc>>();
  const line: Slot<Acc>[] = [];
  const search = (isBefore: (slot: Slot<Acc>) => boolean): number => {
    let low = 0;
    let high = line.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slot = line[middle];
      if (slot !== undefined && isBefore(slot)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** The starts of the line. */
  const starts: Time[] = [];
  const from = (time: Time): number => search(slot => slot.slice.start < time);
  return {
    line,
    from,
    withWindowAfter: time => search(slot => slot.lastEnd <= time),
    get: start => byStart.get(start),
    add(slot) {
      byStart.set(slot.slice.start, slot);
      const last = line.at(-1);
      const at = last === undefined || last.slice.start < slot.slice.start ? line.length : from(slot.slice.start);
      line.splice(at, 0, slot);
      starts.splice(at, 0, slot.slice.start);
    },
    lately(time) {
      for (let i = starts.length - 1, least = i - LATELY; i >= 0 && i > least; i--) {
        if ((starts[i] ?? 0) > time) continue;
        const slot = line[i];
        return slot !== undefined && time < slot.slice.end ? slot : undefined;
      }
      return undefined;
    },
    dropFirst(count) {
      starts.splice(0, count);
      for (const slot of line.splice(0, count)) byStart.delete(slot.slice.start);
    },
    remove(slot) {
      byStart.delete(slot.slice.start);
      const at = line.indexOf(slot);
      if (at < 0) return;
      line.splice(at, 1);
      starts.splice(at, 1);
    },
  };
}
