/** Places in time, the earliest first, ties as they came: a binary heap. It stands beside a table, says what in it is next, and is made anew from it. */
import type { Time } from './values.js';

export interface Place {
  readonly time: Time;
  /** Orders places of one time. */
  readonly sequence: number;
}

/** Is `a` before `b`? */
export const before = (a: Place, b: Place): boolean => a.time < b.time || (a.time === b.time && a.sequence < b.sequence);

/** Adds a place; `heap[0]` is the earliest. */
export function push<P extends Place>(heap: P[], place: P): void {
  let at = heap.length;
  heap.push(place);
  while (at > 0) {
    const up = (at - 1) >> 1;
    const above = heap[up];
    if (above === undefined || !before(place, above)) break;
    heap[at] = above;
    at = up;
  }
  heap[at] = place;
}

/** Takes the earliest place away. */
export function pop<P extends Place>(heap: P[]): P | undefined {
  const [first] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) break;
    const less = right !== undefined && before(right, left) ? right : left;
    if (!before(less, last)) break;
    heap[at] = less;
    at = 2 * at + (less === left ? 1 : 2);
  }
  heap[at] = last;
  return first;
}
