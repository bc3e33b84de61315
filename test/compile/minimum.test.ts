import { describe, expect, it } from 'vitest';
import { minimum } from '../../src/compile/minimum.js';

const watched = (): { readonly log: unknown[]; readonly min: ReturnType<typeof minimum> } => {
  const log: unknown[] = [];
  return { log, min: minimum({ watermark: t => (log.push(t), true), idle: () => void log.push('idle'), end: () => void log.push('end'), unfinished: () => {} }) };
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
});
