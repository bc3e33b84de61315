import { describe, expect, it } from 'vitest';
import { Stream, count, toArray, tumbling, type Rejected } from '../../src/index.js';

describe('the keyed runtime', () => {
  it('leaves the record in hand its place of origin, though a watermark went through', async () => {
    const rejected: Rejected<{ at: number }>[] = [];
    const odd = Stream.from([1, 2, 13, 24].map(at => ({ at })))
      .tap(({ at }) => {
        if (at === 13) throw new Error('unlucky');
      }, { onError: r => r.to(toArray(rejected)) })
      .timestamps(({ at }) => at)
      .window(tumbling(10))
      .aggregate(count());
    expect((await odd.collect()).map(r => r.value)).toEqual([2, 1]);
    expect(rejected.map(r => r.origin)).toEqual([{ source: 'from', split: '0', position: 2 }]);
  });
  it.each([undefined, null, Number.NaN, {}, () => 1])('refuses %s as a key, naming what to do', async key => {
    const job = Stream.from([{ at: 0 }]).timestamps(r => r.at).keyBy(() => key as string).window(tumbling(10)).aggregate(count(), { name: 'w' });
    await expect(job.collect()).rejects.toMatchObject({ step: 'w', cause: { code: 'key', message: expect.stringMatching(/keyBy/) as unknown } });
  });
});
