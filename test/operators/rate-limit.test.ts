import { describe, expect, it } from 'vitest';
import { Subject } from 'rxjs';
import { Stream, toArray } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, habits, runAll, scripted } from './kit.js';

describe('rateLimit', () => {
  habits({ build: (s, _, options) => s.rateLimit({ ...options, records: 10_000, per: '1s' }), oracle: values => values, cannotFail: true });

  it('lets a bucket full through at once, then one per share of the span', async () => {
    const clock = virtualClock();
    const at: number[] = [];
    await runAll(Stream.from([1, 2, 3, 4, 5, 6]).rateLimit({ records: 2, per: '1s' }).tap(() => void at.push(clock.now())).to(toArray<number>([])), clock);
    expect(at).toEqual([0, 0, 500, 1_000, 1_500, 2_000]);
  });
  it('what waits is given once, also when handing on wakes what brings more', async () => {
    const clock = virtualClock();
    const subject = new Subject<number>();
    const values: number[] = [];
    const job = await begin(
      Stream.from(subject)
        .rateLimit({ records: 1, per: 100 })
        .tap(n => void (n < 20 && subject.next(n + 20)))
        .to(toArray(values)),
      clock,
    );
    for (let n = 0; n < 10; n++) subject.next(n);
    await clock.advance('5s');
    expect([...values].sort((a, b) => a - b)).toEqual([...Array.from({ length: 10 }, (_, i) => i), ...Array.from({ length: 10 }, (_, i) => i + 20)]);
    await clock.finish(job.stop());
  });
  it('the source waits too', async () => {
    const clock = virtualClock();
    const source = scripted<number>(Array.from({ length: 1_000 }, () => Array.from({ length: 10 }, () => 1)));
    const job = await begin(Stream.from(source).rateLimit({ records: 1, per: '1s' }).to(toArray<number>([])), clock, { checkpoint: { every: '1h', timeout: '5m' } });
    await clock.advance('10s');
    expect(source.reads).toBeLessThan(15);
    await clock.finish(job.stop());
  });
});
