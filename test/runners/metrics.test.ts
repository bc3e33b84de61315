import { describe, expect, it } from 'vitest';
import { Stream, count, toArray, tumbling } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, runAll, scripted } from '../operators/kit.js';

describe('the figures of a job', () => {
  it('count what goes in and out, rejected and late', async () => {
    const job = await runAll(
      Stream.from([5, 25, 6, -1], { name: 'in' })
        .filter(n => n !== 99, { name: 'all' })
        .map(n => { if (n < 0) throw new Error('negative'); return n; }, { name: 'checked', onError: 'skip' })
        .timestamps(n => n, { name: 't' })
        .window(tumbling(10))
        .aggregate(count(), { name: 'w' })
        .to(toArray<unknown>([]), { name: 'out' }),
    );
    const { steps, status } = job.metrics();
    expect(status).toBe('done');
    expect(steps).toMatchObject({ in: { out: 4 }, all: { in: 4, out: 4 }, checked: { in: 4, out: 3, rejected: 1 }, w: { in: 3, out: 2, late: 1 }, out: { in: 2, out: 0 } });
  });
  it('rates are since the last time someone asked, lag is clock minus watermark', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from(scripted<number>([[1, 2, 3], 'never']), { name: 'in' }).timestamps(n => n, { name: 't' }).to(toArray<number>([]), { name: 'out' }), clock);
    await clock.advance('2s');
    const first = job.metrics();
    expect([first.status, first.uptime, first.steps['out']!.inPerSecond]).toEqual(['running', 2_000, 1.5]);
    await clock.advance('1s');
    const then = job.metrics().steps;
    expect([then['out']!.in, then['out']!.inPerSecond]).toEqual([3, 0]);
    expect(then['t']!.watermarkLag).toBe(clock.now() - then['t']!.watermark);
    await clock.finish(job.stop());
    expect(job.metrics().status).toBe('done');
  });
});
