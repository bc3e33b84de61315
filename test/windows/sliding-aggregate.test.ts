import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect, custom, mean, sum } from '../../src/index.js';
import { slidingAggregate } from '../../src/windows/sliding-aggregate.js';

describe('a row that slides', () => {
  const numbers = sum((x: number) => x);
  const list = collect<number>();
  it('subtracts only where the order makes no difference: what goes is the oldest part, and the law of subtract is about the newest', () => {
    expect([slidingAggregate(numbers).subtracts, slidingAggregate(mean((x: number) => x)).subtracts, slidingAggregate(list).subtracts]).toEqual([true, true, false]);
    expect(slidingAggregate(custom({ ...numbers, commutative: false })).subtracts).toBe(false);
  });
  it.each([['subtraction', numbers], ['two stacks', list]] as const)('%s: any pushes and shifts give the fold of what is left, and parts are not changed', (_name, aggregate) => {
    const { zero, add, merge } = aggregate as typeof list;
    const result = (aggregate as typeof list).result;
    const partOf = (x: number) => add(zero(), x, 0);
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined, freq: 2 }), { maxLength: 60 }), steps => {
        const way = slidingAggregate(aggregate as typeof list);
        let row = way.empty();
        const left: number[] = [];
        const parts: ReturnType<typeof zero>[] = [];
        for (const step of steps) {
          if (step !== undefined) {
            left.push(step);
            parts.push(partOf(step));
            row = way.push(row, parts.at(-1)!);
          } else if (left.length > 0) {
            row = way.shift(row, parts.shift()!);
            left.shift();
          }
          const whole = left.map(partOf).reduce((a, b) => merge(a, b), zero());
          expect(result(way.value(row))).toEqual(result(whole));
          expect(parts.map(result)).toEqual(left.map(x => result(partOf(x))));
        }
      }),
    );
  });
  it('says what a shift will cost', () => {
    const way = slidingAggregate(list);
    let row = way.empty();
    for (const x of [1, 2, 3]) row = way.push(row, [x]);
    expect(way.work(row)).toBe(3);
    row = way.shift(row, [1]);
    expect([way.work(row), way.value(row)]).toEqual([1, [2, 3]]);
  });
  it('costs at most five merges per part, its value included, whatever the length', () => {
    for (const length of [10, 1_000]) {
      let merges = 0;
      const way = slidingAggregate(custom({ ...list, merge: (a: number[], b: number[]) => (merges++, [...a, ...b].slice(0, 1)) }));
      let row = way.empty();
      for (let i = 0; i < length * 5; i++) {
        row = way.push(row, [i]);
        if (i >= length) row = way.shift(row, [i - length]);
        way.value(row);
      }
      expect(merges / (length * 5)).toBeLessThanOrEqual(5.1);
    }
  });
});
