/** Which window over a slice comes next, for all aligned windows: those with a cursor of their own, and those that only list their windows. */
import type { Window, WindowCursor, Windows } from '../core/window.js';
import type { Time } from '../core/values.js';

type Aligned = Extract<Windows, { readonly kind: 'aligned' }>;

/** {@link WindowCursor} after a window instead of a time, because windows that are only listed may end together. */
export interface Sequence {
  /** Whether windows that end later start later too: then the earliest slice with a window left has the next one. */
  readonly inOrder: boolean;
  /** The first window over the slice after another, by end, then start. */
  next(slice: Window, after: Window): Window | undefined;
  count(slice: Window, time: Time): number;
  lastEnd(slice: Window): Time;
}

/** Before every window. */
export const BEFORE_ALL: Window = { start: Number.NEGATIVE_INFINITY, end: Number.NEGATIVE_INFINITY };
/** After the windows that end at `time`. */
export const afterAll = (time: Time): Window => ({ start: Number.POSITIVE_INFINITY, end: time });

/** Is `a` before `b`, by end, then start? */
export const windowBefore = (a: Window, b: Window): boolean => a.end < b.end || (a.end === b.end && a.start < b.start);
export const sameWindow = (a: Window, b: Window): boolean => a.start === b.start && a.end === b.end;

/** The sequence of any aligned windows. */
export function sequenceOf(windows: Aligned): Sequence {
  const { cursor } = windows;
  if (cursor !== undefined) return { inOrder: true, next: (slice, after) => cursor.next(slice, after.end), count: cursor.count, lastEnd: cursor.lastEnd };
  // A slice object is asked for its windows once, for as long as it lives.
  const lists = new WeakMap<Window, readonly Window[]>();
  const list = (slice: Window): readonly Window[] => {
    let over = lists.get(slice);
    if (over === undefined) lists.set(slice, (over = windows.over(slice)));
    return over;
  };
  return {
    inOrder: false,
    next: (slice, after) => list(slice).find(window => windowBefore(after, window)),
    count: (slice, time) => list(slice).filter(window => window.end <= time).length,
    lastEnd: slice => list(slice).reduce((last, window) => Math.max(last, window.end), Number.NEGATIVE_INFINITY),
  };
}

/** The cursor of windows that are one slice each. */
export const oneEach: WindowCursor = {
  next: (slice, time) => (slice.end > time ? slice : undefined),
  count: (slice, time) => (slice.end <= time ? 1 : 0),
  lastEnd: slice => slice.end,
};
