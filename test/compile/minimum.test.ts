import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minimum } from '../../src/compile/minimum.js';
import type { IdleRules } from '../../src/index.js';

const watched = (rules?: IdleRules): { readonly log: unknown[]; readonly min: ReturnType<typeof minimum> } => {
  const log: unknown[] = [];
  return { log, min: minimum({ watermark: t => (log.push(t), true), idle: () => void log.push('idle'), end: () => void log.push('end'), unfinished: () => {} }, rules) };
};

describe('the minimum of watermarks', () => {
  it('rises with the slowest input, never backwards', () => {
    const { log, min } = watched();
    const [a, b] = [min.input(), min.input()];
    min.advance(a, 10);
    min.advance(b, 4);
    min.advance(b, 3);
    min.advance(b, 20);
    expect(log).toEqual([4, 10]);
  });
  it('leaves idle inputs out; when all are idle it says so once; one that comes back pulls nothing back', () => {
    const { log, min } = watched();
    const [a, b] = [min.input(), min.input()];
    min.advance(a, 10);
    min.idle(b);
    min.idle(a);
    min.idle(a);
    expect(log).toEqual([10, 'idle']);
    min.advance(b, 5);
    min.advance(b, 12);
    expect(log).toEqual([10, 'idle', 10, 12]); // 10 again: what is below must count this one again
  });
  it('while open the end of those known is not the end; close makes it one', () => {
    const { log, min } = watched();
    min.open = true;
    const a = min.input();
    min.advance(a, Number.POSITIVE_INFINITY);
    min.end(a);
    expect(log).toEqual([]);
    expect(min.close()).toBe(true);
    expect(log).toEqual([Number.POSITIVE_INFINITY, 'end']);
  });

  it('an input that comes back is told below even if it says nothing new, and idleness again after that', () => {
    const { log, min } = watched();
    const a = min.input();
    min.advance(a, 10);
    min.idle(a);
    min.active(a);
    min.idle(a);
    min.advance(a, 10);
    expect(log).toEqual([10, 'idle', 'idle', 10]);
  });
  it('hold: the watermark stays when the last input goes idle; flush: it rises to the highest', () => {
    for (const [allIdle, expected] of [['hold', [3, 'idle']], ['flush', [3, 10, 'idle']]] as const) {
      const { log, min } = watched({ allIdle });
      const inputs = [10, 5, 3].map(w => {
        const input = min.input();
        return { input, w };
      });
      for (const { input, w } of inputs) min.advance(input, w);
      for (const { input } of inputs) min.idle(input);
      expect(log).toEqual(expected);
    }
  });
  it('flush: in whatever order inputs go idle, the end is the same', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }).chain(ws => fc.tuple(fc.constant(ws), fc.shuffledSubarray(ws.map((_, i) => i), { minLength: ws.length }))), ([ws, order]) => {
        const { min } = watched({ allIdle: 'flush' });
        const inputs = ws.map(() => min.input());
        ws.forEach((w, i) => min.advance(inputs[i]!, w));
        for (const i of order) min.idle(inputs[i]!);
        expect(min.current).toBe(Math.max(...ws));
      }),
    ));
  it('hold: one that wakes with an older watermark holds the others; catchUp: they go on until it is there', () => {
    for (const [waking, expected] of [['hold', [20, 25]], ['catchUp', [20, 25, 30, 31]]] as const) {
      const { log, min } = watched({ waking });
      const [a, b] = [min.input(), min.input()];
      min.idle(b);
      min.advance(a, 20);
      min.advance(b, 5);
      if (waking === 'hold') min.advance(b, 25);
      min.advance(a, 25);
      min.advance(a, 30);
      if (waking === 'catchUp') {
        min.advance(b, 31);
        min.advance(a, 40);
      }
      expect(log).toEqual(expected);
    }
  });
  it('catchUp: what is behind is awake all the same, and its going idle flushes nothing', () => {
    const { log, min } = watched({ waking: 'catchUp', allIdle: 'flush' });
    const [a, b] = [min.input(), min.input()];
    min.idle(b);
    min.advance(a, 20);
    min.advance(b, 5);
    min.idle(a);
    expect(log).toEqual([20]);
    min.idle(b);
    expect(log).toEqual([20, 'idle']);
  });
});
