/** Sessions with a greatest length are cut in order of time when they close, in whatever order their records came. */
import fc from 'fast-check';
import { Stream, collect, session } from 'millrace';
import { describe, expect, it } from 'vitest';

const pieces = async (times: readonly number[], stamp: 'end' | 'earliest' | 'latest' = 'end') =>
  Stream.from(times.map(at => ({ at })))
    .timestamps(row => row.at, { disorder: 1_000 })
    .window(session(10, { max: 25 }))
    .aggregate(collect<{ at: number }>(), { name: 's', stamp })
    .collect();

describe('a session with a greatest length', () => {
  it('is cut at the first record so far behind the first of its piece', async () => {
    const results = await pieces([0, 8, 16, 24, 32, 40, 49, 100]);
    expect(results.map(({ window, value }) => [window.start, window.end, value.map(({ at }) => at)])).toEqual([[0, 25, [0, 8, 16, 24]], [32, 57, [32, 40, 49]], [100, 110, [100]]]);
  });
  it('has the same pieces in any order of arrival', async () => {
    const times = [0, 3, 9, 18, 25, 26, 33, 41, 50, 58, 90];
    const sorted = await pieces(times);
    await fc.assert(fc.asyncProperty(fc.shuffledSubarray(times, { minLength: times.length }), async shuffled => {
      expect(await pieces(shuffled)).toEqual(sorted);
    }), { numRuns: 30 });
  });
  it('a failure of the aggregate goes to the policy of its step', async () => {
    const failing = { name: 'failing', zero: () => 0, add: (): number => { throw new Error('no'); }, merge: (a: number) => a, result: (a: number) => a };
    expect(await Stream.from([1]).timestamps(n => n).window(session(5, { max: 5 })).aggregate(failing, { onError: 'skip' }).collect()).toEqual([]);
  });
});
