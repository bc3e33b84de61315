import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, DataError, Stream, count, disorder, toArray, tumbling, type Rejected, type TimestampsOptions, type WatermarkGenerator } from '../../src/index.js';
import { testing } from '../../src/testing/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, habits, hasty, probe, recorder, runAll, scripted, stepErrorOf, unlucky, valuesOf, type Seen } from './kit.js';

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
  it.each([undefined, null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '2024', '2024-02-30', '2024-06-01T00:00', new Date(Number.NaN), {}, Promise.resolve(1)])('H39 H40 H41 H42: %o is an error of its record and moves no watermark', async time => {
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
  it('H40: a time too far ahead of the clock is an error of its record', async () => {
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
  it('H44: a split whose reads come back empty is left out after `idle`, and comes back without moving anything backwards', async () => {
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

describe('wall-clock progress', () => {
  const inSilence = (options: TimestampsOptions<number> = {}) => {
    const t = testing();
    const source = t.source<number>('s');
    const log: Seen<number>[] = [];
    return { t, source, log, out: t.collect(probe(Stream.from<number>(source, { name: 's' }).timestamps(n => n, { disorder: '5s', progress: '1s', ...options }), log)) };
  };
  it('after so much silence the watermark goes on with the clock, from where the records left it', async () => {
    const { t, source, log, out } = inSilence();
    const job = await t.run(out);
    source.push(7_000);
    await job.settle();
    expect(watermarks(log)).toEqual([2_000]);
    await job.advance(900);
    expect(watermarks(log)).toEqual([2_000]);
    await job.advance(1_100);
    expect(watermarks(log).at(-1)).toBe(4_000);
    source.push(7_500); // less than the clock has come to: nothing goes back
    source.push(12_000);
    await job.settle();
    expect(watermarks(log).at(-1)).toBe(7_000);
    await job.stop();
  });
  it('silence begins with the last record, not with the look at the clock before it', async () => {
    const { t, source, log, out } = inSilence();
    const job = await t.run(out);
    await job.advance(240);
    source.push(7_000);
    await job.advance(1_010);
    expect(watermarks(log).at(-1)).toBe(3_010);
    await job.stop();
  });
  it('without a record there is nothing to go on from; a source that is behind stands still', async () => {
    const { t, log, out } = inSilence();
    const job = await t.run(out);
    await job.advance('1m');
    expect(log).toEqual([]);
    await job.stop();

    const clock = virtualClock();
    const seen: Seen<number>[] = [];
    let behind = true;
    const source = { name: 'behind', replayable: true, splits: () => ['0'], open: () => ({ read: async () => (await clock.sleep(500), behind ? { values: [], position: 0, behind: true } : ('idle' as const)), close: () => {} }) };
    const first = { name: 'first', replayable: true, splits: () => ['0'], open: () => { const reader = source.open(); let given = false; return { ...reader, read: async () => (given ? reader.read() : ((given = true), { values: [10_000], position: 0 })) }; } };
    const other = await begin(probe(Stream.from<number>(first).timestamps(n => n, { progress: '1s' }), seen).to(toArray<number>([])), clock);
    await clock.advance('1m');
    expect(watermarks(seen)).toEqual([10_000]);
    behind = false;
    await clock.advance('5s');
    expect(watermarks(seen).at(-1)).toBeGreaterThanOrEqual(13_000);
    await clock.finish(other.stop());
  });
  it('a job whose sink is stuck is not silent', async () => {
    const clock = virtualClock();
    const seen: Seen<number>[] = [];
    const stuck = recorder<number>({ write: () => new Promise(() => {}) });
    const job = await begin(probe(Stream.generate(n => n, { count: 100_000 }).timestamps(n => n, { progress: '1s' }), seen).to(stuck), clock);
    await clock.advance('1s');
    const { length } = watermarks(seen);
    await clock.advance('1m');
    expect(watermarks(seen)).toHaveLength(length);
    job.crash();
  });
  it('where the clock has come to survives a crash', async () => {
    const { t, source, out, log } = inSilence();
    const job = await t.run(out);
    source.push(7_000);
    await job.advance('3s');
    await job.checkpoint();
    await job.crash();
    source.push(9_500);
    await job.settle();
    expect(watermarks(log).at(-1)).toBe(5_000);
    await job.stop();
  });
  it('H46, L-replay: what comes within the bound of the clock is never late, and live and replayed results are equal', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 1_000 })), { minLength: 1, maxLength: 25 }), async pushes => {
        const t = testing({ now: 100_000 });
        const source = t.source<number>('s');
        const build = (name: string) => t.collect(Stream.from<number>(source, { name: 's' }).timestamps(n => n, { disorder: '1s', progress: '500ms' }).window(tumbling(700)).aggregate(count(), { name: 'w' }), { name });
        const live = build('live');
        const job = await t.run(live, { name: 'live' });
        for (const [pause, delay] of pushes) {
          await job.advance(pause);
          source.push(t.clock.now() - delay);
          await job.settle();
        }
        await job.advance('10s');
        expect(job.metrics().steps['w']?.late).toBe(0);
        // Silence alone has closed every window.
        const early = [...live.values];
        source.end();
        await job.settle();
        await job.done;
        expect(live.values).toEqual(early);
        const again = build('again');
        const replay = await t.run(again, { name: 'replay' });
        await replay.done;
        expect(again.values.map(r => [r.window.start, r.value])).toEqual(live.values.map(r => [r.window.start, r.value]));
      }),
      { numRuns: 40 },
    ));
});

describe('options of timestamps', () => {
  it('what is wrong with them, and with a generator, is told before anything runs', async () => {
    const wrong = { maxDrift: -1, progress: 0, allIdle: 'never' as 'hold', waking: 'late' as 'hold', watermark: disorder('soon' as '1s') };
    const error = (await errorOf(valuesOf(Stream.from([1]).timestamps(n => n, wrong)))) as ConfigurationError;
    expect(error.problems.map(p => /`(\w+)`/.exec(p.what)?.[1])).toEqual(['maxDrift', 'progress', 'allIdle', 'waking', 'watermark']);
  });
});
