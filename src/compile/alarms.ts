/**
 * The earliest alarms, in memory, in order: at most `2 * most` of them. When there are more, the later half is let go, and what is not before the `horizon` from then on is not here; the table of timers has it.
 * So a step with more timers than memory holds looks through its table once for every `most` timers that fire, and one with fewer never does.
 */
import type { Time } from '../core/values.js';

/** What a checkpoint keeps of a timer. `sequence` orders timers of one instant as they were set. */
export interface Armed {
  readonly at: Time;
  readonly sequence: number;
}

export const before = (a: Armed, b: Armed): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence);

export interface Alarms<A extends Armed> {
  /** All that is before it is here; `undefined`: everything is. */
  horizon(): Armed | undefined;
  size(): number;
  top(): A | undefined;
  push(alarm: A): void;
  pop(): void;
  /** Begins anew, without a horizon. */
  clear(): void;
}

/** Alarms looked at to find the middle of all. */
const SAMPLE = 256;

export function earliest<A extends Armed>(most: number): Alarms<A> {
  let heap: A[] = [];
  let horizon: Armed | undefined;

  const sift = (start: number, last: A): void => {
    let i = start;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      const least = right !== undefined && before(right, left) ? right : left;
      if (least === right) child++;
      if (!before(least, last)) break;
      heap[i] = least;
      i = child;
    }
    heap[i] = last;
  };
  /** Lets go of about half, in one pass each: sorting would hold the event loop. */
  const trim = (): void => {
    const step = Math.max(1, Math.floor(heap.length / SAMPLE));
    const sample = heap.filter((_, i) => i % step === 0).sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
    const middle = sample[sample.length >> 1];
    const first = heap[0];
    // Never all of them: whoever looks next must find the earliest.
    if (middle === undefined || first === undefined || !before(first, middle)) return;
    horizon = { at: middle.at, sequence: middle.sequence };
    heap = heap.filter(alarm => before(alarm, middle));
    for (let i = (heap.length >> 1) - 1; i >= 0; i--) {
      const alarm = heap[i];
      if (alarm !== undefined) sift(i, alarm);
    }
  };

  return {
    horizon: () => horizon,
    size: () => heap.length,
    top: () => heap[0],
    push(alarm) {
      if (horizon !== undefined && !before(alarm, horizon)) return;
      let i = heap.length;
      heap.push(alarm);
      while (i > 0) {
        const parent = (i - 1) >> 1;
        const above = heap[parent];
        if (above === undefined || !before(alarm, above)) break;
        heap[i] = above;
        i = parent;
      }
      heap[i] = alarm;
      if (heap.length > 2 * most) trim();
    },
    pop() {
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) sift(0, last);
    },
    clear() {
      heap = [];
      horizon = undefined;
    },
  };
}
