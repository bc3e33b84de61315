import { describe, expect, it } from 'vitest';
import { Stream, count, toArray, tumbling, type Batch, type Source, type Time } from '../../src/index.js';
import { testing } from '../../src/testing/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, probe, type Seen } from '../operators/kit.js';

interface Timed {
  readonly split: string;
  readonly at: Time;
}

/** Splits that give `step`, `2 * step`, ... one record per read, as fast as they are asked, each up to its last. */
const counters = (splits: { readonly [split: string]: { readonly step: number; readonly last: number; readonly silent?: boolean } }): Source<Timed> & { readonly read: Map<string, number> } => {
  const read = new Map<string, number>();
  return {
    name: 'counters',
    replayable: true,
    read,
    splits: () => Object.keys(splits),
    open(split, from) {
      const { step, last, silent } = splits[split]!;
      let n = typeof from === 'number' ? from : 0;
      return {
        async read(): Promise<Batch<Timed> | 'idle' | 'end'> {
          if (silent === true) return 'idle';
          if (n * step >= last) return 'end';
          n++;
          read.set(split, n);
          return { values: [{ split, at: n * step }], position: n };
        },
        close: () => {},
      };
    },
  };
};

/** The furthest a split was ahead of the slowest, seen record by record; splits count once they have given something. */
const spread = (log: readonly Seen<Timed>[], splits: readonly string[]): number => {
  const at = new Map<string, number>();
  let most = 0;
  for (const seen of log) {
    if (typeof seen === 'string' || !('value' in seen)) continue;
    at.set(seen.value.split, seen.value.at);
    if (splits.every(s => at.has(s))) most = Math.max(most, seen.value.at - Math.min(...splits.map(s => at.get(s)!)));
  }
  return most;
};

describe('alignment', () => {
  it('keeps a fast split within the drift of the slowest, and everything comes', async () => {
    const far = async (maxDrift: number | undefined): Promise<{ apart: number; records: number }> => {
      const clock = virtualClock();
      const log: Seen<Timed>[] = [];
      const source = counters({ slow: { step: 1, last: 200 }, fast: { step: 50, last: 200 } });
      const job = await begin(probe(Stream.from(source).timestamps(r => r.at, { maxDrift }), log).to(toArray<Timed>([])), clock);
      await clock.finish(job.done);
      return { apart: spread(log, ['slow', 'fast']), records: log.filter(s => typeof s === 'object' && 'value' in s).length };
    };
    expect((await far(undefined)).apart).toBeGreaterThan(100);
    // The record that goes beyond the bound is the last before it waits.
    expect((await far(20)).apart).toBeLessThanOrEqual(20 + 50);
    expect((await far(20)).records).toBe(204);
  });
  it('an ended split holds nobody', async () => {
    const clock = virtualClock();
    const job = await begin(Stream.from(counters({ short: { step: 1, last: 5 }, long: { step: 1, last: 500 } })).timestamps(r => r.at, { maxDrift: 10 }).to(toArray<Timed>([])), clock);
    await clock.finish(job.done);
    expect(job.metrics().status).toBe('done');
  });
  it('an idle split holds nobody; one that has not spoken yet and is not idle does', async () => {
    const t = testing();
    const source = t.source<Timed>('s');
    const [a, b] = [source.split('a'), source.split('b')];
    const seen = t.collect(Stream.from<Timed>(source).timestamps(r => r.at, { maxDrift: 10, idle: '1s' }));
    const job = await t.run(seen);
    for (const at of [1, 100, 200, 300]) a.push({ split: 'a', at });
    await job.settle();
    expect(seen.records).toHaveLength(1);
    await job.advance('2s');
    expect(seen.records).toHaveLength(4);
    b.push({ split: 'b', at: 150 });
    a.push({ split: 'a', at: 400 });
    a.push({ split: 'a', at: 500 });
    await job.settle();
    expect(seen.records.map(r => r.time)).toEqual([1, 100, 200, 300, 150, 400]);
    b.end();
    await job.settle();
    expect(seen.records).toHaveLength(7);
    await job.stop();
  });
  it('a checkpoint does not wait for who waits, and a restart goes on waiting', async () => {
    const t = testing();
    const source = t.source<Timed>('s');
    const [a, b] = [source.split('a'), source.split('b')];
    const counts = t.collect(Stream.from<Timed>(source, { name: 's' }).timestamps(r => r.at, { maxDrift: 10, name: 'times' }).window(tumbling(100)).aggregate(count(), { name: 'w' }));
    const job = await t.run(counts);
    b.push({ split: 'b', at: 1 });
    for (const at of [1, 150, 250]) a.push({ split: 'a', at });
    await job.settle();
    expect(job.why('w').splits.map(s => s.aligned)).toEqual([false, true]);
    await job.checkpoint();
    await job.crash();
    a.push({ split: 'a', at: 350 });
    await job.settle();
    expect(job.why('w').splits.map(s => s.aligned)).toEqual([false, true]);
    source.end();
    await job.settle();
    await job.done;
    expect(counts.values.map(r => [r.window.start, r.value])).toEqual([[0, 2], [100, 1], [200, 1], [300, 1]]);
  });
  it('a split taken away holds nobody; streams of one word wait for each other', async () => {
    const clock = virtualClock();
    const log: Seen<Timed>[] = [];
    const left = Stream.from(counters({ l: { step: 1, last: 100 } }), { name: 'left' }).timestamps(r => r.at, { maxDrift: 5, alignWith: 'both' });
    const right = Stream.from(counters({ r: { step: 20, last: 400 } }), { name: 'right' }).timestamps(r => r.at, { maxDrift: 5, alignWith: 'both' });
    const job = await begin(probe(left.merge(right), log).to(toArray<Timed>([])), clock);
    await clock.finish(job.done);
    expect(spread(log.slice(0, 100), ['l', 'r'])).toBeLessThanOrEqual(5 + 20);
  });
  it('many more splits than may be open at once come to their end', async () => {
    const clock = virtualClock();
    const values: Timed[] = [];
    const splits = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`s${i}`, { step: 10 + (i % 7), last: 100 }]));
    const job = await begin(Stream.from(counters(splits)).timestamps(r => r.at, { maxDrift: 10 }).to(toArray(values)), clock);
    await clock.finish(job.done);
    expect(new Set(values.map(v => v.split)).size).toBe(150);
  });
});
