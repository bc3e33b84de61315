import { describe, expect, it } from 'vitest';
import { Stream, toArray } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, habits, runAll, scripted, stepErrorOf, unlucky, valuesOf } from './kit.js';

describe('enrich', () => {
  habits({
    build: (s, failOn, options) => s.enrich(async (key: number) => (failOn(key) ? unlucky(key) : key % 3 === 0 ? undefined : `v${key}`), { ...options, key: n => n }),
    oracle: values => values.map(n => ({ value: n, found: n % 3 === 0 ? undefined : `v${n}` })),
  });

  it('one call in flight per key, then from the cache; both are hits', async () => {
    const clock = virtualClock();
    const asked: string[] = [];
    const values: string[] = [];
    const out = Stream.from(['a', 'b', 'a', 'a']).enrich(async (key: string) => (asked.push(key), await clock.sleep(5), key.toUpperCase()), { name: 'mine', key: v => v, with: (v, found) => `${v}${found}` });
    const job = await runAll(out.to(toArray(values)), clock);
    expect(asked).toEqual(['a', 'b']);
    expect(values).toEqual(['aA', 'bB', 'aA', 'aA']);
    expect(job.metrics().steps['mine']?.counters).toMatchObject({ hits: 2, misses: 2 });
  });
  it('keeps found and not found for their own times', async () => {
    const clock = virtualClock(1_000);
    const asked: [number, string][] = [];
    const source = Stream.interval(10, { make: () => ['there', 'missing'] }).flatMap(keys => keys);
    const out = source.enrich(async (key: string) => (asked.push([clock.now(), key]), key === 'there' ? 1 : undefined), { key: v => v, cache: { ttl: 35, negativeTtl: 15 } });
    const job = await begin(out.to(toArray<unknown>([])), clock);
    await clock.advance(60);
    await clock.finish(job.stop());
    expect(asked.filter(([, key]) => key === 'there').map(([at]) => at)).toEqual([1_010, 1_050]);
    expect(asked.filter(([, key]) => key === 'missing').map(([at]) => at)).toEqual([1_010, 1_030, 1_050]);
  });
  it('a failure is not kept: thrown at once, rejected, or out of time, the next attempt asks anew', async () => {
    for (const fail of [() => unlucky(1), async () => unlucky(1), () => new Promise<number>(() => {})]) {
      let calls = 0;
      const values = await valuesOf(Stream.from(['k']).enrich(() => (++calls < 3 ? fail() : Promise.resolve(7)), { key: v => v, timeout: 20, retry: { attempts: 3 }, with: (_, found) => found }));
      expect([values, calls]).toEqual([[7], 3]);
    }
  });
  it('a key that is none, and a `with` that throws, fail their record', async () => {
    const clock = virtualClock();
    const run = async (key: unknown, withThrows: boolean) => {
      const job = await begin(Stream.from([5]).enrich(async () => 1, { name: 'mine', key: () => key as string, with: n => (withThrows ? unlucky(n) : n) }).to(toArray<number>([])), clock);
      return stepErrorOf(clock.finish(job.done), 'mine');
    };
    for (const key of [undefined, null, Number.NaN, {}]) expect((await run(key, false)).input).toBe(5);
    expect((await run('k', true)).input).toBe(5);
  });
  it('keeps no more than `max`, the least recently used goes first', async () => {
    const asked: number[] = [];
    await valuesOf(Stream.from(scripted([[1], 'later', [2], 'later', [1], 'later', [3], 'later', [1], 'later', [2]])).enrich(async (key: number) => (asked.push(key), key), { key: n => n, concurrency: 1, cache: { max: 2 } }));
    expect(asked).toEqual([1, 2, 3, 2]);
  });
});
