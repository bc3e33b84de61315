import fc from 'fast-check';
import { Stream } from 'millrace';
import { crashAfterEach, testing, type Collected } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

describe('a rate limit per key', () => {
  it('lets no more through in any span than twice its records, and all of a slow key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 60 }), async (records, times) => {
        const sorted = times.toSorted((a, b) => a - b);
        const passed = await Stream.from(sorted).timestamps(time => time).keyBy(() => 'k').rateLimit({ name: 'l', records, per: 100 }).collect();
        for (const from of passed) expect(passed.filter(time => time >= from && time < from + 100).length).toBeLessThanOrEqual(2 * records);
        const slow = sorted.filter((time, index) => index === 0 || time - (sorted[index - 1] ?? 0) >= 100 / records);
        if (slow.length === sorted.length) expect(passed).toEqual(sorted);
      }),
    );
  });
  it('a burst, then as tokens come; the others go to a branch; keys apart; forgotten and counted', async () => {
    const t = testing();
    const source = t.source<{ readonly key: string; readonly at: number }>('rows');
    let limited: Collected<unknown> | undefined;
    const out = t.collect(Stream.from(source).timestamps(row => row.at).keyBy(row => row.key).rateLimit({ name: 'l', records: 2, per: 100, limited: rows => (limited = t.collect(rows)).output }));
    const job = await t.run(out);
    for (const [key, at] of [['a', 0], ['a', 0], ['a', 0], ['b', 0], ['a', 49], ['a', 50], ['a', 50], ['a', 400], ['a', 400], ['a', 400]] as const) source.push({ key, at }, 0);
    await job.settle();
    expect(out.values.map(({ key, at }) => `${key}${at}`)).toEqual(['a0', 'a0', 'b0', 'a50', 'a400', 'a400']);
    expect(limited?.values).toHaveLength(4);
    expect(job.metrics().steps['l']?.counters.dropped).toBe(4);
    await job.stop();
  });
  it('survives a crash after every input', async () => {
    const { values } = await crashAfterEach(
      t => t.collect(Stream.from(t.source<number>('times')).keyBy(() => 'k').rateLimit({ name: 'l', records: 1, per: 10 })),
      t => [...[0, 5, 10, 11, 40].map(time => () => { t.source<number>('times').push(time, time); t.source<number>('times').watermark(time); }), () => t.source<number>('times').end()],
    );
    expect(values).toEqual([0, 10, 40]);
  });
  it.each([[{ records: 0, per: 5 }, 'records'], [{ records: 1 }, 'per'], [{ per: 1 }, 'records'], [{ records: 1, per: -1 }, 'per']])('%j is refused', async (options, message) => {
    await expect(Stream.from([1]).timestamps(n => n).keyBy(() => 1).rateLimit({ name: 'l', ...options } as never).collect()).rejects.toThrow(message);
  });
});
