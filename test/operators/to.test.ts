import { describe, expect, it } from 'vitest';
import { Stream, toArray, type FailedWrite, type Rejected } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, recorder, runAll, scripted, stepErrorOf, unlucky } from './kit.js';

const lots = Array.from({ length: 5_000 }, (_, i) => i);

describe('to', () => {
  it('writes everything once, in order, with times; flushes and closes', async () => {
    const sink = recorder<number>();
    await runAll(Stream.from(lots).timestamps(n => n * 2).to(sink));
    expect(sink.values).toEqual(lots);
    expect(sink.times).toEqual(lots.map(n => n * 2));
    expect(sink.calls).toEqual(['open', 'flush', 'close done']);
  });
  it('H70: one write at a time, and a slow one stops the source', async () => {
    const clock = virtualClock();
    let [active, most] = [0, 0];
    const sink = recorder<number>({
      write: async () => {
        most = Math.max(most, ++active);
        await clock.sleep(1_000);
        active--;
      },
    });
    const source = scripted(Array.from({ length: 100 }, () => lots.slice(0, 1_000)));
    const job = await begin(Stream.from(source).to(sink), clock);
    await clock.advance(10);
    expect(source.reads).toBeLessThan(5);
    await clock.finish(job.done);
    expect(most).toBe(1);
    expect(sink.values).toHaveLength(100_000);
  });
  it('records a write lists as failed go to the policy of the step', async () => {
    const dead: Rejected<number>[] = [];
    const write = (values: readonly number[]): FailedWrite[] => values.flatMap((v, index) => (v === 3 ? [{ index, cause: new Error('no') }] : []));
    await runAll(Stream.from([1, 3, 5]).timestamps(n => n).to(recorder<number>({ write }), { name: 'out', onError: r => r.to(toArray(dead)) }));
    expect(dead).toMatchObject([{ input: 3, time: 3, step: 'out' }]);
    const clock = virtualClock();
    const job = await begin(Stream.from([1, 3]).to(recorder<number>({ write }), { name: 'out' }), clock);
    expect((await stepErrorOf(clock.finish(job.done), 'out')).input).toBe(3);
  });
  it('retry, then the policy', async () => {
    let calls = 0;
    const sink = recorder<number>({ write: async () => void (++calls < 3 && unlucky(1)) });
    const job = await runAll(Stream.from([1]).to(sink, { name: 'out', retry: { attempts: 3 } }));
    expect(calls).toBe(3);
    expect(job.metrics().steps['out']?.counters.retries).toBe(2);
  });
  it.each([
    ['open', { open: () => unlucky(1) }],
    ['write', { write: () => unlucky(1) }],
    ['write, later', { write: async () => unlucky(1) }],
    ['flush', { flush: () => unlucky(1) }],
    ['flush, later', { flush: async () => unlucky(1) }],
    ['prepare', { prepare: (): string => unlucky(1) }],
    ['commit', { prepare: (): string => 'token', commit: (): void => unlucky(1) }],
    ['close', { close: () => unlucky(1) }],
    ['close, later', { close: async () => unlucky(1) }],
  ] as const)('a throw in `%s` fails the job by its step and closes everything once', async (where, behave) => {
    const source = scripted<number>([[1]]);
    const sink = recorder<number>(behave);
    const other = recorder<number>();
    const stream = Stream.from(source);
    await stepErrorOf(runAll([stream.to(other, { name: 'other' }), stream.to(sink, { name: 'out' })], undefined, { name: 'job' }), 'out');
    expect(source.closed).toBe(source.opened);
    expect(other.calls.filter(c => c.startsWith('close'))).toHaveLength(1);
    expect(sink.calls.filter(c => c.startsWith('close'))).toHaveLength(where === 'open' ? 0 : 1);
  });
  it('H16: a dead-letter sink that fails, fails the job', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from([1]).map(unlucky, { onError: r => r.to(recorder({ write: async () => unlucky(2) }), { name: 'dead' }) }).to(toArray<never>([])), clock);
    await stepErrorOf(clock.finish(job.done), 'dead');
  });
  it('a stalled sink: stop ends by the checkpoint timeout with its name', async () => {
    const clock = virtualClock();
    const source = scripted(Array.from({ length: 1_000 }, () => lots.slice(0, 1_000)));
    const job = await begin(Stream.from(source).to(recorder<number>({ write: () => new Promise(() => {}) }), { name: 'stuck' }), clock, { checkpoint: { every: '1h', timeout: '7s' } });
    await clock.advance('1m');
    expect(source.reads).toBeLessThan(6);
    expect(job.metrics().steps['stuck']?.queue.depth).toBeLessThanOrEqual(1_024);
    const error = await errorOf(clock.finish(job.stop()));
    expect(String(error)).toContain('"stuck"');
    expect(clock.now()).toBe(67_000);
    expect(source.closed).toBe(1);
  });
});
