import { describe, expect, it } from 'vitest';
import type { Window } from '../../src/core/window.js';
import { BEFORE_ALL, afterAll, oneEach, sequenceOf, windowBefore } from '../../src/windows/cursor.js';

const slice = { start: 0, end: 10 };
const listed: readonly Window[] = [slice, { start: 0, end: 20 }];

describe('the sequence of windows', () => {
  it('of windows that only list themselves: each list is made once per slice', () => {
    let lists = 0;
    const { next, count, lastEnd, inOrder } = sequenceOf({ kind: 'aligned', name: 'listed', slice: () => slice, over: () => (lists++, listed) });
    const first = next(slice, BEFORE_ALL);
    expect([first, next(slice, first ?? BEFORE_ALL), next(slice, afterAll(10)), next(slice, afterAll(20))]).toEqual([listed[0], listed[1], listed[1], undefined]);
    expect([count(slice, 9), count(slice, 10), count(slice, Infinity), lastEnd(slice), inOrder, lists]).toEqual([0, 1, 2, 20, false, 1]);
  });
  it('of windows with a cursor asks that', () => {
    const { next, inOrder } = sequenceOf({ kind: 'aligned', name: 'each', slice: () => slice, over: () => [slice], cursor: oneEach });
    expect([inOrder, next(slice, BEFORE_ALL), next(slice, slice), oneEach.count(slice, 10), oneEach.count(slice, 9), oneEach.lastEnd(slice)]).toEqual([true, slice, undefined, 1, 0, 10]);
  });
  it('goes by end, then start', () => expect([windowBefore({ start: 5, end: 8 }, { start: 0, end: 9 }), windowBefore({ start: 5, end: 9 }, { start: 0, end: 9 }), windowBefore(slice, slice)]).toEqual([true, false, false]));
});
