import { describe, expect, expectTypeOf, it } from 'vitest';
import { Stream, toArray } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, habits, probe, runAll, scripted, valuesOf, type Seen } from './kit.js';

describe('merge with nothing', () => {
  habits({ build: s => s.merge(Stream.from<number>([]).timestamps(n => n)), oracle: values => values, cannotFail: true });
});
describe('merge', () => {
  it('a diamond gets each record on both ways, from one reading', async () => {
    const source = scripted([[1, 2, 3]]);
    const shared = Stream.from(source);
    const values = await valuesOf(shared.map(n => n).merge(shared.map(n => -n)));
    expect([...values].sort((a, b) => a - b)).toEqual([-3, -2, -1, 1, 2, 3]);
    expect(source.opened).toBe(1);
  });
  it('a stream merged with itself gives everything twice', async () => {
    const shared = Stream.from([1, 2]);
    expect((await valuesOf(shared.merge(shared))).sort((a, b) => a - b)).toEqual([1, 1, 2, 2]);
  });
  it('the watermark is the lowest of those that are not idle', async () => {
    const clock = virtualClock();
    const log: Seen<number>[] = [];
    const a = scripted<number>([{ watermark: 10 }, 'never'], { name: 'a', watermarks: true });
    const b = scripted<number>([{ watermark: 5 }, 'later', { watermark: 7 }, 'later', { idle: true }, 'never'], { name: 'b', watermarks: true });
    const job = await begin(probe(Stream.from(a, { name: 'a' }).merge(Stream.from(b, { name: 'b' })), log).to(toArray<number>([])), clock);
    await clock.settle();
    expect(log.map(s => (typeof s === 'object' && 'watermark' in s ? s.watermark : s))).toEqual([5, 7, 10]);
    await clock.finish(job.stop());
  });
  it('ends when all have ended; types are united', async () => {
    const both = Stream.from([1]).merge(Stream.from(['a']));
    expectTypeOf(both).toEqualTypeOf<Stream<string | number>>();
    const log: Seen<string | number>[] = [];
    await runAll(probe(both, log).to(toArray<string | number>([])));
    expect(log.filter(s => s === 'end')).toHaveLength(1);
  });
});
