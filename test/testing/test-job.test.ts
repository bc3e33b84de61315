import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigurationError, Stream, TimeoutError, count, sum, tumbling, type, type Late, type WindowResult } from 'millrace';
import { expectRecords, pane, testing, type CheckpointPhase, type Collected } from 'millrace/testing';

const real = ['setTimeout', 'setInterval'] as const;
beforeEach(() => real.forEach(name => vi.spyOn(globalThis, name)));
afterEach(() => {
  for (const name of real) expect(vi.mocked(globalThis[name])).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

interface Order {
  readonly id: string;
  readonly customer: string;
  readonly total: number;
}
const order = (customer: string, total: number): Order => ({ id: '1', customer, total });

describe('time in a test', () => {
  it('is that of asynchronous steps: time limit, retry with backoff, results in order', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const calls: [n: number, at: number, aborted: boolean][] = [];
    const out = t.collect(
      Stream.from(source).mapAsync(
        async (n, signal) => {
          const attempt = calls.filter(([m]) => m === n).length;
          calls.push([n, t.clock.now(), signal.aborted]);
          if (n === 1 && attempt < 2) await t.clock.sleep(10_000, signal);
          else await t.clock.sleep(100, signal);
          return n * 10;
        },
        { concurrency: 2, timeout: '1s', retry: { attempts: 3, backoff: '200ms' }, name: 'call' },
      ),
    );
    const job = await t.run(out);
    source.push(1, 1);
    source.push(2, 2);
    await job.advance(999);
    expect([calls, out.values]).toEqual([[[1, 0, false], [2, 0, false]], []]);
    await job.advance('10s');
    expectRecords(out, [[10, 1], [20, 2]]);
    const times = calls.filter(([n]) => n === 1).map(([, at]) => at);
    expect(times).toHaveLength(3);
    expect(times[1]).toBeGreaterThanOrEqual(1_000);
    expect(times[1]).toBeLessThanOrEqual(1_200);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeLessThanOrEqual(1_400);
    expect(job.metrics().steps['call']?.counters.retries).toBe(2);
    await job.stop();
  });

  it('fails the job when the last attempt is over time', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const out = t.collect(Stream.from(source).mapAsync(() => new Promise<never>(() => {}), { concurrency: 1, timeout: '1s', retry: { attempts: 2 }, name: 'stuck' }));
    const job = await t.run(out);
    source.push(7);
    await expect(job.advance('5s')).rejects.toMatchObject({ step: 'stuck', input: 7, cause: expect.any(TimeoutError) as unknown });
    await expect(job.done).rejects.toThrow('stuck');
  });

  it('has the same jitter for the same seed', async () => {
    const play = async (seed: number): Promise<number[]> => {
      const t = testing({ seed });
      const source = t.source<number>('s');
      const at: number[] = [];
      const out = t.collect(
        Stream.from(source).mapAsync(
          async () => {
            at.push(t.clock.now());
            throw new Error('no');
          },
          { concurrency: 1, retry: { attempts: 4, backoff: '1s' }, onError: 'skip' },
        ),
      );
      const job = await t.run(out);
      source.push(1);
      await job.advance('1m');
      return at;
    };
    expect(await play(1)).toEqual(await play(1));
    expect(await play(1)).not.toEqual(await play(2));
    expect(await play(1)).toHaveLength(4);
  });

  it('is that of batches that wait for company', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const out = t.collect(Stream.from(source).mapBatch(async values => values.map(v => [v, values.length]), { size: 3, within: '100ms' }));
    const job = await t.run(out);
    source.push(1);
    source.push(2);
    await job.advance(99);
    expect(out.values).toEqual([]);
    await job.advance(1);
    expect(out.values).toEqual([[1, 2], [2, 2]]);
    for (const n of [3, 4, 5]) source.push(n);
    await job.settle();
    expect(out.values.slice(2)).toEqual([[3, 3], [4, 3], [5, 3]]);
  });

  it('is that of a rate limit', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const seen: number[] = [];
    const out = t.collect(Stream.from(source).rateLimit({ records: 2, per: '1s' }).tap(() => seen.push(t.clock.now())));
    const job = await t.run(out);
    for (let n = 0; n < 6; n++) source.push(n);
    await job.advance('10s');
    expect(seen).toEqual([0, 0, 500, 1_000, 1_500, 2_000]);
  });

  it('is that of a cache', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const asked: number[] = [];
    const out = t.collect(
      Stream.from(source).enrich(
        async key => {
          asked.push(t.clock.now());
          return key.toUpperCase();
        },
        { key: (value: string) => value, cache: { ttl: '1m' } },
      ),
    );
    const job = await t.run(out);
    for (let i = 0; i < 5; i++) {
      source.push('a');
      await job.advance('25s');
    }
    expect(asked).toEqual([0, 75_000]);
    expect(out.values).toEqual(Array.from({ length: 5 }, () => ({ value: 'a', found: 'A' })));
  });

  it('is that of interval sources', async () => {
    const t = testing();
    const out = t.collect(Stream.interval('10s'));
    const job = await t.run(out);
    await job.advance('35s');
    expectRecords(out, [[0, 10_000], [1, 20_000], [2, 30_000]]);
    await job.stop();
  });

  it('is that of a split that falls silent', async () => {
    const t = testing();
    const source = t.source<{ at: number }>('s');
    const [left, right] = [source.split('left'), source.split('right')];
    const out = t.collect(Stream.from(source).timestamps(r => r.at, { idle: '30s' }).window(tumbling('1m')).aggregate(count(), { name: 'c' }));
    const job = await t.run(out);
    left.push({ at: 10 });
    right.push({ at: 20 });
    await job.advance('20s');
    left.push({ at: 60_000 });
    expect(out.values).toEqual([]);
    await job.advance('15s');
    expect(out.values).toEqual([pane(undefined, [0, 60_000], 2)]);
  });

  it('is that of timers in a process, by event time and by the clock', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const out = t.collect(
      Stream.from(source)
        .keyBy(key => key)
        .process({
          name: 'timers',
          emits: type<string>(),
          init: () => ({ n: 0 }),
          onData(state, value, context) {
            state.n++;
            context.timer('event', context.time + 1_000);
            context.timer('clock', context.now + 5_000, 'processing');
            context.emit(`${value}${state.n}`);
          },
          onTimer(_, timer, context) {
            context.emit(`${context.key} ${timer} ${context.now}`);
          },
        }),
    );
    const job = await t.run(out);
    source.push('a', 100);
    await job.advance(4_999);
    expect(out.values).toEqual(['a1']);
    source.watermark(1_099);
    expect(out.values).toEqual(['a1']);
    source.watermark(1_100);
    expect(out.values.slice(1)).toEqual(['a event 4999']);
    await job.advance(1);
    expect(out.values.slice(2)).toEqual(['a clock 5000']);
  });

  it('is that of checkpoint intervals', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const out = t.collect(Stream.from(source));
    const job = await t.run(out, { checkpoint: '10s' });
    source.push(1);
    await job.advance('9s');
    expect(out.committed).toEqual([]);
    await job.advance('1s');
    expect([out.committed, job.metrics().checkpoints.completed]).toEqual([[1], 1]);
  });

  it('bounds how long a checkpoint may take, and how long the last one', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const out = t.collect(Stream.from(source).mapAsync(() => new Promise<never>(() => {}), { concurrency: 1, name: 'stuck' }));
    const job = await t.run(out, { checkpoint: { every: '1d', timeout: '10s' }, onEvent: () => {} });
    source.push(1);
    const stuck = { step: 'stuck', cause: expect.any(TimeoutError) as unknown };
    await expect(job.checkpoint()).rejects.toMatchObject({ code: 'checkpoint-failed', cause: stuck });
    expect([t.clock.now(), job.metrics().status]).toEqual([10_000, 'running']);
    await expect(job.stop()).rejects.toMatchObject(stuck);
    await expect(job.done).rejects.toThrow('stuck');
  });
});

describe('windows in a test', () => {
  it('give late records their panes, and those that come later still their branch', async () => {
    const t = testing();
    const source = t.source<string>('s');
    let late: Collected<Late<string>> | undefined;
    const out = t.collect(
      Stream.from(source)
        .keyBy(key => key)
        .window(tumbling('1m'), { lateness: '10s', late: stream => (late = t.collect(stream)).output })
        .aggregate(count(), { name: 'counts' }),
    );
    await t.run(out);
    source.push('a', 0);
    source.push('b', 59_999);
    source.watermark(60_000);
    source.push('a', 30_000);
    source.watermark(70_000);
    source.push('a', 10);
    expectRecords(out, [
      [pane('a', [0, 60_000], 1), 59_999],
      [pane('b', [0, 60_000], 1), 59_999],
      [pane('a', [0, 60_000], 2, { index: 1, timing: 'late' }), 59_999],
    ]);
    expect(late?.records).toEqual([{ value: { value: 'a', time: 10, watermark: 70_000 }, time: 10 }]);
  });
});

describe('a crash in a test', () => {
  const totals = (source: Parameters<typeof Stream.from<Order>>[0]): Stream<WindowResult<string, number>> =>
    Stream.from<Order>(source)
      .keyBy(o => o.customer)
      .window(tumbling('1m'))
      .aggregate(sum(o => o.total), { name: 'sums' });

  it('is survived by what was pushed and not yet checkpointed (program 11)', async () => {
    const t = testing();
    const source = t.source<Order>('orders');
    const out = t.collect(totals(source));
    const job = await t.run(out.output);
    source.push(order('a', 5), 0);
    await job.crash();
    source.watermark(60_000);
    await job.advance('1m');
    expect(out.values[0]?.value).toBe(5);
    expect(out.values).toHaveLength(1);
  });

  it('is survived by windows half full', async () => {
    const t = testing();
    const source = t.source<Order>('orders');
    const out = t.collect(totals(source));
    const job = await t.run(out);
    source.push(order('a', 5), 0);
    await job.checkpoint();
    source.push(order('a', 7), 1);
    await job.crash();
    source.push(order('a', 1), 2);
    await job.checkpoint();
    await job.crash();
    await job.crash();
    source.watermark(60_000);
    expectRecords(out, [[pane('a', [0, 60_000], 13), 59_999]]);
    await job.crash();
    expectRecords(out, [[pane('a', [0, 60_000], 13), 59_999]]);
    await job.checkpoint();
    await job.crash();
    source.end();
    await job.done;
    expectRecords(out, [[pane('a', [0, 60_000], 13), 59_999]]);
  });

  const phases: readonly CheckpointPhase[] = ['pause', 'drain', 'flush', 'prepare', 'encode', 'write', 'commit', 'acknowledge', 'resume'];
  it.each(phases)('in phase %s of a checkpoint loses nothing and doubles nothing', async at => {
    const t = testing();
    const source = t.source<Order>('orders');
    const out = t.collect(totals(source));
    const job = await t.run(out);
    source.push(order('a', 5), 0);
    source.watermark(60_000);
    source.push(order('a', 7), 60_000);
    await job.crash({ at });
    const durable = ['commit', 'acknowledge', 'resume'].includes(at);
    expect(out.committed).toEqual(durable ? [pane('a', [0, 60_000], 5)] : []);
    source.push(order('a', 1), 60_001);
    await job.crash({ at });
    source.watermark(120_000);
    source.end();
    await job.done;
    expectRecords(out, [
      [pane('a', [0, 60_000], 5), 59_999],
      [pane('a', [60_000, 120_000], 8), 119_999],
    ]);
    expect(out.committed).toHaveLength(2);
  });

  it('repeats asynchronous calls that were under way', async () => {
    const t = testing();
    const source = t.source<number>('s');
    let calls = 0;
    const out = t.collect(
      Stream.from(source).mapAsync(
        async n => {
          calls++;
          await t.clock.sleep(1_000);
          return n;
        },
        { concurrency: 4 },
      ),
    );
    const job = await t.run(out);
    source.push(1);
    source.push(2);
    await job.advance(500);
    await job.crash();
    await job.advance(500);
    expect(out.values).toEqual([]);
    await job.advance(500);
    expect([calls, out.values]).toEqual([4, [1, 2]]);
  });

  it('keeps timers', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const out = t.collect(
      Stream.from(source)
        .keyBy(key => key)
        .process({
          name: 'timers',
          emits: type<string>(),
          init: () => 0,
          onData(_, __, context) {
            context.timer('event', 1_000);
            context.timer('clock', 5_000, 'processing');
          },
          onTimer(_, timer, context) {
            context.emit(`${timer} at ${context.time}`);
          },
        }),
    );
    const job = await t.run(out);
    source.push('a', 0);
    await job.checkpoint();
    await job.crash();
    await job.advance('10s');
    source.watermark(1_000);
    expect(out.values.map(v => v.split(' ')[0])).toEqual(['clock', 'event']);
  });

  it('starts a failed job again, and an ended one', async () => {
    const t = testing();
    const source = t.source<number>('s');
    let broken = true;
    const out = t.collect(
      Stream.from(source).map(
        n => {
          if (broken && n === 2) throw new Error('two');
          return n;
        },
        { name: 'careful' },
      ),
    );
    const job = await t.run(out);
    source.push(1);
    await job.checkpoint();
    source.push(2);
    await expect(job.done).rejects.toMatchObject({ step: 'careful', input: 2 });
    broken = false;
    await job.crash();
    source.push(3);
    expect(out.values).toEqual([1, 2, 3]);
    await job.stop();
    expect(job.metrics().status).toBe('done');
    await job.crash();
    source.push(4);
    source.end();
    await job.done;
    expect(out.values).toEqual([1, 2, 3, 4]);
  });
});

describe('a job in a test', () => {
  it('drains', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const out = t.collect(Stream.from(source).window(tumbling('1m')).aggregate(count(), { name: 'c' }));
    const job = await t.run(out);
    source.push('a', 0);
    await job.stop({ drain: true });
    expect(out.committed).toEqual([pane(undefined, [0, 60_000], 1)]);
    await job.done;
  });

  it('stops when its windows are open, and the next goes on with them', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const out = t.collect(Stream.from(source).window(tumbling('1m')).aggregate(count(), { name: 'c' }));
    const job = await t.run(out);
    source.push('a', 0);
    await job.stop();
    expect(out.values).toEqual([]);
    source.push('b', 1);
    const next = await t.run(out);
    source.end();
    await next.done;
    expect(out.values).toEqual([pane(undefined, [0, 60_000], 2)]);
  });

  it('takes several outputs, of either kind', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const [even, odd] = Stream.from(source).split(n => n % 2 === 0);
    const [evens, odds] = [t.collect(even), t.collect(odd)];
    const job = await t.run([evens, odds.output]);
    for (const n of [1, 2, 3]) source.push(n);
    expect([evens.values, odds.values]).toEqual([[2], [1, 3]]);
    expect(job.report.sinks).toHaveLength(2);
  });

  it('ends by itself where no time has to pass', async () => {
    const t = testing();
    const out = t.collect(Stream.from([1, 2, 3]).mapAsync(async n => n + 1, { concurrency: 2 }));
    const job = await t.run(out);
    await job.done;
    expect(out.committed).toEqual([2, 3, 4]);
  });

  it('does not start when its plan is wrong', async () => {
    const t = testing();
    await expect(t.run(t.collect(Stream.from([1]).rateLimit({ records: -1, per: '1s' })))).rejects.toBeInstanceOf(ConfigurationError);
  });

  it('says so when it never rests', async () => {
    const t = testing();
    let over = false;
    const endless = function* (): Generator<number> {
      for (let n = 0; !over; n++) yield n;
    };
    const starting = t.run(t.collect(Stream.from(endless()).filter(() => false)));
    await expect(starting).rejects.toMatchObject({ code: 'never-rests' });
    over = true; // the process has other tests to run
  });
});
