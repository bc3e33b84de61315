import { describe, expect, it } from 'vitest';
import { timerQueue, type Armed } from '../../src/compile/timers.js';
import { volatile } from '../../src/state/volatile.js';

const always = { go: () => true };
const queue = (fired: unknown[], more: (q: ReturnType<typeof timerQueue>, at: number) => void = () => {}): ReturnType<typeof timerQueue> => {
  const q = timerQueue(volatile().table<Armed>('k', 'timers'), 'event', (key, name, at) => {
    fired.push([key, name, at]);
    more(q, at);
  });
  return q;
};

describe('timers', () => {
  it('fire in order of time, then as they were set, and only what is due', () => {
    const fired: unknown[] = [];
    const q = queue(fired);
    q.set('b', 't', 20);
    q.set('a', 't', 10);
    q.set('c', 't', 10);
    q.set('d', 't', 30);
    expect([q.next(), q.fire(20, always), q.next()]).toEqual([10, true, 30]);
    expect(fired).toEqual([['a', 't', 10], ['c', 't', 10], ['b', 't', 20]]);
  });
  it('moved later or earlier fire once, at the new time; cancelled ones not at all', () => {
    const fired: unknown[] = [];
    const q = queue(fired);
    q.set('later', 't', 10);
    q.set('later', 't', 25);
    q.set('earlier', 't', 30);
    q.set('earlier', 't', 5);
    q.set('gone', 't', 7);
    q.cancel('gone', 't');
    q.fire(20, always);
    expect(fired).toEqual([['earlier', 't', 5]]);
    q.fire(40, always);
    expect(fired).toEqual([['earlier', 't', 5], ['later', 't', 25]]);
  });
  it('that are gone leave nothing, however far ahead they were set; the others still fire, in order', () => {
    const fired: unknown[] = [];
    const q = queue(fired);
    q.set('stays', 't', 500);
    q.set('stays', '', 400);
    for (let i = 0; i < 20_000; i++) {
      q.set('again', 't', 1e9 + i);
      q.cancel('again', 't');
      q.set(`once ${i}`, 't', 1e9);
      q.set(`once ${i}`, '', 1e9);
      q.clear(`once ${i}`);
      q.set('earlier', 't', 2e9 - i);
    }
    expect(q.waiting()).toBeLessThan(4_000);
    q.fire(1_000, always);
    expect(fired).toEqual([['stays', '', 400], ['stays', 't', 500]]);
    q.fire(3e9, always);
    expect(fired.slice(2)).toEqual([['earlier', 't', 2e9 - 19_999]]);
  });
  it('stop when the pace says so and go on where they were', () => {
    const fired: unknown[] = [];
    const q = queue(fired);
    for (const key of ['a', 'b']) q.set(key, 't', 1);
    let left = 1;
    expect([q.fire(1, { go: () => left-- > 0 }), fired.length, q.fire(1, always), fired.length]).toEqual([false, 1, true, 2]);
  });
  it('a timer that sets itself at its own instant is a loop after 1,000 times', () => {
    const fired: unknown[] = [];
    const q = queue(fired, (self, at) => self.set('a', 't', at));
    q.set('a', 't', 1);
    expect(() => q.fire(1, always)).toThrow(expect.objectContaining({ code: 'timer-loop' }));
    expect(fired).toHaveLength(1_001);
  });
});
