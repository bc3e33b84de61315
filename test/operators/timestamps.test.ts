import { describe, expect, it } from 'vitest';
import { ConfigurationError, DataError, Stream, count, toArray, tumbling, type Rejected, type WatermarkGenerator } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, habits, hasty, probe, runAll, scripted, stepErrorOf, unlucky, valuesOf, type Seen } from './kit.js';

describe('timestamps', () => {
  habits({ build: (s, failOn, options) => s.timestamps(n => (failOn(n) ? unlucky(n) : n), { ...options, disorder: 12 }), oracle: values => values, ownWatermark: true });
});
const watermarks = <T>(log: readonly Seen<T>[]): readonly number[] => log.filter((s): s is { watermark: number } => typeof s === 'object' && 'watermark' in s).map(s => s.watermark);

describe('timestamps and watermarks', () => {
  it('the watermark moves after each record, never back, and is Infinity at the end', async () => {
    const log: Seen<number>[] = [];
    await valuesOf(probe(Stream.from([10, 30, 20, 40]).timestamps(n => n, { disorder: 5 }), log));
    expect(log).toEqual([{ value: 10, time: 10 }, { watermark: 5 }, { value: 30, time: 30 }, { watermark: 25 }, { value: 20, time: 20 }, { value: 40, time: 40 }, { watermark: 35 }, { watermark: Infinity }, 'end']);
  });
  it('takes dates', async () => {
    const log: Seen<number>[] = [];
    await valuesOf(probe(Stream.from([5]).timestamps(n => new Date(n)), log));
    expect(log[0]).toEqual({ value: 5, time: 5 });
  });
  it.each([undefined, null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '2024', new Date(Number.NaN), {}, Promise.resolve(1)])('%o is an error of its record and moves no watermark', async time => {
    for (const maxFuture of [undefined, Number.POSITIVE_INFINITY]) {
      const log: Seen<number>[] = [];
      const dead: Rejected<number>[] = [];
      const stream = Stream.from([1, 2, 3]).timestamps(n => (n === 2 ? (time as number) : n), { maxFuture, onError: r => r.to(toArray(dead)) });
      await runAll(probe(stream, log).to(toArray<number>([])));
      expect(dead.map(r => r.input)).toEqual([2]);
      expect(dead[0]?.cause).toBeInstanceOf(DataError);
      expect(watermarks(log)).toEqual([1, 3, Infinity]);
    }
  });
  it('a time too far ahead of the clock is an error of its record', async () => {
    const clock = virtualClock(1_000);
    const error = (await errorOf(valuesOf(Stream.from([2_001]).timestamps(n => n, { maxFuture: '1s' }), virtualClock(1_000)))) as Error;
    expect((error.cause as DataError).code).toBe('timestamp-future');
    expect(await valuesOf(Stream.from([2_000]).timestamps(n => n, { maxFuture: '1s' }), clock)).toEqual([2_000]);
  });
  it.each(['record', 'watermark', 'make'] as const)('a generator that throws in `%s` fails the step', async where => {
    const generator = (): WatermarkGenerator<number> => ({ record: () => where === 'record' && unlucky(1), watermark: () => (where === 'watermark' ? unlucky(1) : 0), save: () => null, restore: () => {} });
    const clock = virtualClock();
    const run = (async () => {
      const job = await begin(Stream.from([7]).timestamps(n => n, { name: 'times', watermark: () => (where === 'make' ? unlucky(1) : generator()) }).to(toArray<number>([])), clock);
      await clock.finish(job.done);
    })();
    const error = await stepErrorOf(run, 'times');
    expect(error.input).toBe(where === 'make' ? undefined : 7);
  });
  it('a split whose reads come back empty is left out after `idle`, and comes back without moving anything backwards', async () => {
    const clock = virtualClock();
    const log: Seen<number>[] = [];
    const fast = scripted<number>([[100], 'never'], { name: 'fast' });
    let wake: ((batch: { values: number[]; position: number } | 'idle') => void) | undefined;
    const slow = { name: 'slow', replayable: true, splits: () => ['0'], open: () => ({ read: async () => (await Promise.race([clock.sleep(500), new Promise<void>(r => (wake = () => r()))]), 'idle' as const), close: () => {} }) };
    const out = Stream.from(fast, { name: 'fast' }).timestamps(n => n).merge(Stream.from<number>(slow, { name: 'slow' }).timestamps(n => n, { idle: '2s' }));
    const job = await begin(probe(out, log).to(toArray<number>([])), clock);
    await clock.advance(1_400);
    expect(watermarks(log)).toEqual([]);
    await clock.advance(2_000);
    expect(watermarks(log)).toEqual([100]);
    void wake;
    await clock.finish(job.stop());
  });
  it('splits are combined by minimum; timestamps below a merge are refused', async () => {
    const log: Seen<number>[] = [];
    await runAll(probe(Stream.from(scripted<number>([[1], 'later', [5]], { splits: ['a', 'b', 'c'] })).timestamps(n => n), log).to(toArray<number>([])));
    expect(watermarks(log)).toEqual([1, 5, Infinity]);
    expect(await errorOf(valuesOf(Stream.from([1]).merge(Stream.from([2])).timestamps(n => n)))).toBeInstanceOf(ConfigurationError);
  });
  it('a window fed by a watermark in small budgets loses nothing that one record above made meanwhile', async () => {
    const out = Stream.from([0, 100, 200]).flatMap(n => Array.from({ length: 50 }, (_, i) => ({ key: `${i}`, at: n + (i % 10) }))).timestamps(r => r.at, { disorder: 10 }).keyBy(r => r.key).window(tumbling(50)).aggregate(count());
    const results = await valuesOf(out, hasty(), { budget: 1 });
    expect(results.reduce((n, r) => n + r.value, 0)).toBe(150);
  });
});
