import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, TimeoutError, toArray, type Rejected } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, habits, neverOvertaken, probe, runAll, stepErrorOf, unlucky, valuesOf, type Seen } from './kit.js';

const twice = async (n: number, failOn: (n: number) => boolean): Promise<number> => (failOn(n) ? unlucky(n) : n * 2);

describe('mapAsync in order', () => {
  habits({ build: (s, failOn, options) => s.mapAsync(n => twice(n, failOn), { ...options, concurrency: 4 }), oracle: values => values.map(n => n * 2) });
});
describe('mapAsync as they come', () => {
  habits({ build: (s, failOn, options) => s.mapAsync(n => twice(n, failOn), { ...options, concurrency: 3, order: 'none' }), oracle: values => values.map(n => n * 2), unordered: true });
});
describe('mapAsync', () => {
  it('never more calls at once than said; watermarks never overtake; nothing is lost', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), fc.constantFrom('input' as const, 'none' as const), async (delays, concurrency, order) => {
        const clock = virtualClock();
        const log: Seen<number>[] = [];
        let [active, most] = [0, 0];
        const out = Stream.from(delays.map((_, i) => i))
          .timestamps(i => i)
          .mapAsync(
            async i => {
              most = Math.max(most, ++active);
              await clock.sleep(delays[i] ?? 0);
              active--;
              return i;
            },
            { concurrency, order },
          );
        const values = await valuesOf(probe(out, log), clock);
        expect(order === 'input' ? values : [...values].sort((a, b) => a - b)).toEqual(delays.map((_, i) => i));
        expect(most).toBeLessThanOrEqual(concurrency);
        expect(neverOvertaken(log)).toBe(true);
      }),
      { numRuns: 40 },
    ));
  it('a time limit aborts the call and fails the record', async () => {
    const clock = virtualClock();
    const signals: AbortSignal[] = [];
    const dead: Rejected<number>[] = [];
    const out = Stream.from([1]).mapAsync((_, signal) => (signals.push(signal), new Promise<number>(() => {})), { concurrency: 1, timeout: '2s', retry: { attempts: 3, backoff: 100 }, onError: r => r.to(toArray(dead)) });
    await runAll(out.to(toArray<number>([])), clock);
    expect(dead[0]?.cause).toBeInstanceOf(TimeoutError);
    expect(dead[0]?.attempts).toBe(3);
    expect(signals.map(s => s.aborted)).toEqual([true, true, true]);
  });
  it('H17: retry with backoff, jittered (here by one half)', async () => {
    const clock = virtualClock();
    const at: number[] = [];
    const values = await valuesOf(Stream.from([7]).mapAsync(async n => (at.push(clock.now()) < 4 ? unlucky(n) : n), { concurrency: 1, retry: { attempts: 4, backoff: 100 } }), clock);
    expect(values).toEqual([7]);
    expect(at).toEqual([0, 50, 150, 350]);
  });
  it('the signal is aborted when the job ends', async () => {
    const clock = virtualClock();
    let heard: AbortSignal | undefined;
    const job = await begin(Stream.from([1, 2]).mapAsync(async (n, signal) => (n === 1 ? ((heard = signal), new Promise<number>(() => {})) : unlucky(n)), { concurrency: 2, order: 'none' }).to(toArray<number>([])), clock);
    await errorOf(clock.finish(job.done));
    expect(heard?.aborted).toBe(true);
  });
  it('per key: one at a time and in order, keys beside each other', async () => {
    const clock = virtualClock();
    const busy = new Set<number>();
    const values: number[] = [];
    const input = Array.from({ length: 60 }, (_, i) => i);
    await runAll(
      Stream.from(input)
        .keyBy(i => i % 5)
        .mapAsync(
          async i => {
            expect(busy.has(i % 5)).toBe(false);
            busy.add(i % 5);
            await clock.sleep((i * 7) % 11);
            busy.delete(i % 5);
            return i;
          },
          { concurrency: 4 },
        )
        .process<{ n: number }, number>({ name: 'out', emits: {}, init: () => ({ n: 0 }), onData: (_, v, c) => c.emit(v) })
        .to(toArray(values)),
      clock,
    );
    for (let key = 0; key < 5; key++) expect(values.filter(v => v % 5 === key)).toEqual(input.filter(v => v % 5 === key));
  });
  it.each([undefined, null, Number.NaN, {}])('per key: the key %o is a failure of its record, with a hint', async key => {
    const clock = virtualClock();
    const job = await begin(
      Stream.from([1]).keyBy(() => key as never).mapAsync(async n => n, { concurrency: 1, name: 'mine' }).process<object, number>({ name: 'out', emits: {}, init: () => ({}), onData: () => {} }).to(toArray<number>([])),
      clock,
    );
    const error = await stepErrorOf(clock.finish(job.done), 'mine');
    expect(error.input).toBe(1);
    expect(error.message).toContain('keyBy');
  });
  it('per key twice: dead letters show the record, not the element with its key', async () => {
    const dead: Rejected<number>[] = [];
    await runAll(
      Stream.from([1])
        .keyBy(n => n)
        .mapAsync(async n => n * 10, { concurrency: 1 })
        .mapAsync(async n => unlucky(n), { concurrency: 1, onError: r => r.to(toArray(dead)) })
        .process<object, number>({ name: 'out', emits: {}, init: () => ({}), onData: () => {} })
        .to(toArray<number>([])),
    );
    expect(dead.map(r => r.input)).toEqual([10]);
  });
});
