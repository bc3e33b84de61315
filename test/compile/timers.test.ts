import fc from 'fast-check';
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

describe('more timers than memory holds', () => {
  interface Set {
    readonly at: number;
    readonly order: number;
  }
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), key: fc.integer({ min: 0, max: 40 }), name: fc.constantFrom('', 'a', 'b'), ahead: fc.integer({ min: 0, max: 60 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), key: fc.integer({ min: 0, max: 40 }), name: fc.constantFrom('', 'a', 'b') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), key: fc.integer({ min: 0, max: 40 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('fire' as const), by: fc.integer({ min: 0, max: 30 }), budget: fc.integer({ min: 1, max: 9 }), meanwhile: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  );
  it('fire as if all of them were there, whatever is set, moved, cancelled and begun anew, also while the table is read', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 6 }), (steps, most) => {
        const table = volatile().table<Armed>('k', 'timers');
        const fired: string[] = [];
        const start = () => timerQueue(table, 'event', (key, name, at) => void fired.push(`${String(key)} ${name} ${at}`), most);
        let q = start();
        const model = new Map<string, Set>();
        const expected: string[] = [];
        let now = 0;
        let order = 0;
        const set = (key: number, name: string, at: number): void => {
          q.set(key, name, at);
          model.set(`${key} ${name}`, { at, order: order++ });
        };
        const due = (): void => {
          for (const [id, { at }] of [...model].filter(([, { at }]) => at <= now).sort(([, a], [, b]) => a.at - b.at || a.order - b.order)) {
            expected.push(`${id} ${at}`);
            model.delete(id);
          }
        };
        for (const each of steps) {
          if (each.kind === 'set') set(each.key, each.name, now + 1 + each.ahead);
          else if (each.kind === 'cancel') {
            q.cancel(each.key, each.name);
            model.delete(`${each.key} ${each.name}`);
          } else if (each.kind === 'clear') {
            q.clear(each.key);
            for (const name of ['', 'a', 'b']) model.delete(`${each.key} ${name}`);
          } else if (each.kind === 'restart') q = start();
          else {
            now += each.by;
            let left = each.budget;
            let extra = 0;
            while (!q.fire(now, { go: () => left-- > 0 })) {
              left = each.budget;
              // What processing time brings while the watermark is unfinished; a key of its own, for what has fired already cannot be moved.
              if (extra++ < 3) set(100 + order, 'late', now + each.meanwhile);
            }
            due();
            expect(q.next()).toBeLessThanOrEqual(Math.min(Number.POSITIVE_INFINITY, ...[...model.values()].map(s => s.at)));
          }
          expect(q.waiting()).toBeLessThanOrEqual(2 * most + 1);
        }
        now = 1e6;
        q.fire(now, always);
        due();
        expect(fired).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
  it('are read in turns, and nothing may be committed in the middle', () => {
    const fired: unknown[] = [];
    const q = timerQueue(volatile().table<Armed>('k', 'timers'), 'event', key => void fired.push(key), 4);
    for (let key = 0; key < 100; key++) q.set(key, 't', key);
    let turns = 0;
    let middle = 0;
    for (let left = 10; !q.fire(100, { go: () => left-- > 0 }); left = 10) {
      turns++;
      if (q.reading()) middle++;
    }
    expect(fired).toEqual(Array.from({ length: 100 }, (_, key) => key));
    expect([turns > 20, middle > 5, q.reading(), q.next()]).toEqual([true, true, false, Infinity]);
  });
});
