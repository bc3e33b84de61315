import { describe, expect, it, vi } from 'vitest';
import { Stream, stopOnSignals, toArray, type Sink } from 'millrace';
import { testing } from 'millrace/testing';

const listeners = (): number => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');

describe('stopOnSignals', () => {
  it('H12: stops the job at the first signal, with a checkpoint, and listens no more', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const before = listeners();
    const job = await t.run(Stream.from(source).to(toArray<number>([])));
    const codes: number[] = [];
    stopOnSignals(job, { exit: code => codes.push(code) });
    expect(listeners()).toBe(before + 2);
    process.emit('SIGTERM', 'SIGTERM');
    await job.done;
    expect([job.metrics().status, job.metrics().checkpoints.completed, codes]).toEqual(['done', 1, []]);
    expect(listeners()).toBe(before);
  });
  it('H14: in the middle of a checkpoint waits for it', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const seen: number[] = [];
    const job = await t.run(Stream.from(source).to(toArray(seen)));
    stopOnSignals(job, { exit: () => {} });
    source.push(1);
    const checkpoint = job.checkpoint();
    process.emit('SIGINT', 'SIGINT');
    await checkpoint;
    await job.done;
    expect([seen, job.metrics().status]).toEqual([[1], 'done']);
  });
  it('H14: ends the process at the second signal, and when the grace time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const t = testing();
      const source = t.source<number>('s');
      const stuck: Sink<number> = { name: 'stuck', guarantee: 'append', open: () => ({ write: () => new Promise<void>(() => {}), flush: () => {}, close: () => {} }) };
      const job = await t.run(Stream.from(source).to(stuck));
      source.push(1);
      await job.settle();
      const codes: number[] = [];
      const release = stopOnSignals(job, { grace: '20s', exit: code => codes.push(code) });
      process.emit('SIGTERM', 'SIGTERM');
      await vi.advanceTimersByTimeAsync(19_999);
      expect(codes).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(codes).toEqual([1]);
      process.emit('SIGINT', 'SIGINT');
      process.emit('SIGTERM', 'SIGTERM');
      expect(codes).toEqual([1, 130, 143]);
      release();
      await job.crash();
    } finally {
      vi.useRealTimers();
    }
  });
  it('refuses a grace time that is none', () => {
    expect(() => stopOnSignals({} as never, { grace: 'soon' as never })).toThrow('stopOnSignals: grace');
  });
});
