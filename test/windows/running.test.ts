import { describe, expect, it } from 'vitest';
import { collect, sum, type Aggregate } from '../../src/index.js';
import { volatile } from '../../src/state/volatile.js';
import { running } from '../../src/windows/running.js';
import { slotLine, type Slot } from '../../src/windows/slots.js';

/** Slices of 10 with lists or numbers per key; pairs are numbered as they are set. */
function world<Acc>(aggregate: Aggregate<number, Acc, unknown>) {
  const store = volatile();
  const slots = slotLine<Acc>();
  const moving = running<Acc>(aggregate);
  let pairs = 0;
  let steps = 0;
  const put = (start: number, key: string, value: number): { readonly slot: Slot<Acc>; readonly before: Acc | undefined; readonly after: Acc } => {
    let slot = slots.get(start);
    if (slot === undefined) slots.add((slot = { slice: { start, end: start + 10 }, table: store.table('step', `s${start}`), name: `s${start}`, firstEnd: start + 10, lastEnd: start + 30, shared: true, arrivals: [], restored: false, dropped: false }));
    const old = slot.table.get(key);
    const before = old === undefined ? undefined : aggregate.merge(aggregate.zero(), old);
    if (old === undefined) slot.arrivals.push(pairs++);
    const after = aggregate.add(old ?? aggregate.zero(), value, start);
    slot.table.set(key, after);
    return { slot, before, after };
  };
  const late = (start: number, key: string, value: number): void => {
    const { slot, before, after } = put(start, key, value);
    moving.changed(slot, key, before, after);
  };
  const move = (start: number, end: number): readonly (readonly [unknown, unknown])[] => {
    for (const _ of moving.move({ start, end }, slots)) steps++;
    return moving.members().map(member => [member.key, aggregate.result(moving.value(member))]);
  };
  return { put, late, move, moving, slots, steps: () => steps };
}

describe.each([['subtraction', sum((x: number) => x), (values: readonly number[]): unknown => values.reduce((a, b) => a + b, 0)], ['two stacks', collect<number>(), (values: readonly number[]): unknown => values]] as const)('a window that moves, by %s', (_name, aggregate, of) => {
  const begun = () => world(aggregate as Aggregate<number, unknown, unknown>);
  it('holds what its slices hold, in the order in which keys came into it', () => {
    const { put, move } = begun();
    put(10, 'b', 1);
    put(0, 'a', 2); // came later, lies earlier
    put(20, 'a', 4);
    put(20, 'b', 8);
    expect(move(0, 20)).toEqual([['b', of([1])], ['a', of([2])]]);
    expect(move(10, 30)).toEqual([['b', of([1, 8])], ['a', of([4])]]);
    expect(move(20, 40)).toEqual([['a', of([4])], ['b', of([8])]]);
    expect(move(30, 50)).toEqual([]);
  });
  it('takes records into slices it holds, new keys and new slices too, and no others', () => {
    const { put, late, move, moving, slots } = begun();
    put(0, 'a', 1);
    put(20, 'a', 2);
    expect(move(0, 30)).toEqual([['a', of([1, 2])]]);
    late(10, 'a', 4);
    late(10, 'b', 8);
    late(20, 'a', 16);
    late(-10, 'c', 32);
    late(30, 'a', 64);
    // What is over may be dropped before the window moves on.
    slots.get(0)!.dropped = true;
    late(20, 'a', 128);
    expect(moving.wantsBefore(slots.get(30)!)).toBe(false);
    expect(move(10, 40)).toEqual([['a', of([4, 2, 16, 128, 64])], ['b', of([8])]]);
  });
  it('goes back, and leaps, as if it began', () => {
    const { put, move } = begun();
    for (const start of [0, 10, 20, 90]) put(start, 'a', start);
    expect(move(10, 30)).toEqual([['a', of([10, 20])]]);
    expect(move(0, 30)).toEqual([['a', of([0, 10, 20])]]);
    expect(move(90, 120)).toEqual([['a', of([90])]]);
  });
  it('counts restored keys before new ones', () => {
    const { put, move, slots } = begun();
    put(0, 'a', 1);
    put(10, 'b', 2);
    for (const slot of slots.line) {
      slot.restored = true;
      slot.arrivals = [];
    }
    put(0, 'c', 4);
    put(10, 'a', 8);
    expect(move(0, 20)).toEqual([['a', of([1, 8])], ['b', of([2])], ['c', of([4])]]);
    expect(move(10, 30)).toEqual([['b', of([2])], ['a', of([8])]]);
  });
  it('costs the same whatever it holds, and pauses', () => {
    const stepsOf = (wide: number): number => {
      const { put, move, steps } = begun();
      for (let i = 0; i < 3 * wide; i++) for (let key = 0; key < 10; key++) put(i * 10, `k${key}`, i);
      for (let i = 0; i < 3 * wide; i++) move((i - wide) * 10, i * 10);
      return steps() / wide;
    };
    expect(stepsOf(100)).toBeLessThan(stepsOf(10) * 1.5);
    expect(stepsOf(10)).toBeGreaterThan(1);
  });
});
