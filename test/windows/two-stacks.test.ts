import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from '../../src/index.js';
import { emptyStacks, foldOf, pushPart, shiftPart } from '../../src/windows/two-stacks.js';

describe('two stacks', () => {
  it('fold a queue in order, whatever comes and goes, also after a restart', () => {
    const aggregate = collect<number>();
    fc.assert(
      fc.property(fc.array(fc.constantFrom('push', 'push', 'shift', 'restart'), { maxLength: 60 }), script => {
        let stacks = emptyStacks(aggregate);
        const queue: number[] = [];
        let next = 0;
        for (const what of script) {
          if (what === 'push') {
            queue.push(next);
            pushPart(stacks, aggregate.add(aggregate.zero(), next++, 0), aggregate);
          } else if (what === 'restart') stacks = structuredClone(stacks);
          else if (queue.length > 0) {
            queue.shift();
            shiftPart(stacks, aggregate);
          }
          expect(aggregate.result(foldOf(stacks, aggregate))).toEqual(queue);
        }
      }),
    );
  });
  it('merge a constant number of times for each part', () => {
    let merges = 0;
    const counting = { ...collect<number>(), merge: (a: number[], b: number[]) => { merges++; return [...a, ...b].slice(-1); } };
    const stacks = emptyStacks(counting);
    for (let i = 0; i < 10_000; i++) {
      pushPart(stacks, [i], counting);
      if (i >= 1_000) shiftPart(stacks, counting);
      foldOf(stacks, counting);
    }
    expect(merges / 10_000).toBeLessThan(6);
  });
});
