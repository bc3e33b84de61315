import { describe, expect, it } from 'vitest';
import { volatile } from '../../src/state/volatile.js';
import { slotLine, type Slot } from '../../src/windows/slots.js';

const store = volatile();
const slot = (start: number): Slot<number> => ({ slice: { start, end: start + 10 }, table: store.table('step', `s${start}`), name: `s${start}`, firstEnd: start + 10, lastEnd: start + 30, shared: true, arrivals: [], restored: false, dropped: false });

describe('the line of slots', () => {
  const line = slotLine<number>();
  const slots = [20, 0, 40, 10].map(slot);
  for (const each of slots) line.add(each);
  const starts = (): readonly number[] => line.line.map(each => each.slice.start);

  it('is in order of time, whatever the order they come in', () => expect(starts()).toEqual([0, 10, 20, 40]));
  it('finds places and slots', () => {
    expect([line.from(-5), line.from(10), line.from(11), line.from(99)]).toEqual([0, 1, 2, 4]);
    expect([line.withWindowAfter(29), line.withWindowAfter(30), line.withWindowAfter(70)]).toEqual([0, 1, 4]);
    expect([line.get(20)?.slice.start, line.get(21)]).toEqual([20, undefined]);
  });
  it('lets the first ones go, and any other', () => {
    line.dropFirst(2);
    line.remove(slots[2]!);
    expect([starts(), line.get(0), line.get(40), line.get(20)?.slice.start]).toEqual([[20], undefined, undefined, 20]);
  });
});
