import { describe, expect, it } from 'vitest';
import type { Windows } from '../../../src/core/window.js';
import { windowsSuite } from '../../../src/testing/suites/windows.js';
import { failing } from './kit.js';

const aligned = (change: Partial<Extract<Windows, { kind: 'aligned' }>> = {}): Windows => ({
  kind: 'aligned',
  name: 'tens',
  slice: time => ({ start: Math.floor(time / 10) * 10, end: Math.floor(time / 10) * 10 + 10 }),
  over: slice => [slice, { start: slice.start, end: slice.end + 10 }],
  ...change,
});
const merging = (change: Partial<Extract<Windows, { kind: 'merging' }>> = {}): Windows => ({
  kind: 'merging',
  name: 'gaps',
  assign: time => ({ start: time, end: time + 10 }),
  joins: (a, b) => a.start < b.end && b.start < a.end,
  ...change,
});

describe('the contract suite of windows', () => {
  for (const { name, run } of [...windowsSuite(() => aligned()), ...windowsSuite(() => merging())]) it(name, run);
  let calls = 0;
  it.each<[string, Windows]>([
    ['no name', aligned({ name: '' })],
    ['problems', aligned({ problems: ['size'] })],
    ['truncation instead of floor', aligned({ slice: time => ({ start: Math.trunc(time / 10) * 10, end: Math.trunc(time / 10) * 10 + 10 }) })],
    ['an end that belongs to the slice', aligned({ slice: time => ({ start: Math.ceil(time / 10) * 10 - 10, end: Math.ceil(time / 10) * 10 }) })],
    ['slices of 32 bits', aligned({ slice: time => ({ start: ((time / 10) | 0) * 10, end: ((time / 10) | 0) * 10 + 10 }) })],
    ['windows in the wrong order', aligned({ over: slice => [{ start: slice.start, end: slice.end + 10 }, slice] })],
    ['windows that cut a slice', aligned({ over: slice => [{ start: slice.start + 1, end: slice.end }] })],
    ['windows that end within a slice', aligned({ over: slice => [{ start: slice.start, end: slice.end + 5 }] })],
    ['slices that depend on who asks', aligned({ slice: time => { const start = Math.floor(time / 10) * 10 + (calls++ > 80 ? 1 : 0); return { start, end: start + 10 }; } })],
    ['a window without its time', merging({ assign: time => ({ start: time + 1, end: time + 10 }) })],
    ['a join that depends on the order', merging({ joins: (a, b) => a.start <= b.start && b.start < a.end })],
    ['a window that does not join itself', merging({ joins: () => false })],
  ])('sees %s', async (_, windows) => expect(await failing(windowsSuite(() => windows))).not.toEqual([]));
});
