import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, toArray } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, scripted, valuesOf } from './kit.js';

describe('calls', () => {
  it('L-bound: calls that never come back stop the source; a stop then names the step', async () => {
    const clock = virtualClock();
    const source = scripted<number>(Array.from({ length: 500 }, () => [1, 2, 3]));
    let made = 0;
    const job = await begin(Stream.from(source).mapAsync(() => (made++, new Promise<number>(() => {})), { name: 'stuck', concurrency: 3 }).to(toArray<number>([])), clock, { checkpoint: { every: '1h', timeout: '5s' } });
    await clock.advance('1m');
    expect(made).toBe(3);
    expect(source.reads).toBeLessThan(6);
    await expect(clock.finish(job.stop())).rejects.toThrow('"stuck"');
  });
  it('any mixture of answers at once and later, any concurrency and order: everything comes out and it ends', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(-1, 0, 1, 3), { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom('input' as const, 'none' as const), async (delays, concurrency, order) => {
        const clock = virtualClock();
        const input = delays.map((_, i) => i);
        const f = (i: number): Promise<number> => ((delays[i] ?? 0) < 0 ? (i as unknown as Promise<number>) : clock.sleep(delays[i] ?? 0).then(() => i));
        const values = await valuesOf(Stream.from(input).timestamps(i => i).mapAsync(f, { concurrency, order }), clock);
        expect(order === 'input' ? values : [...values].sort((a, b) => a - b)).toEqual(input);
      }),
      { numRuns: 60 },
    ));
});
