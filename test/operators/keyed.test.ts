import { describe, expect, it } from 'vitest';
import { Stream, count, sum, toArray, tumbling, type Aggregate, type Late, type Rejected } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, runAll, stepErrorOf, unlucky, valuesOf } from './kit.js';

const keyedBy = (key: (n: number) => unknown) => Stream.from([1, 2, 3]).timestamps(n => n).keyBy(key as (n: number) => string).window(tumbling(10));

describe('keyed', () => {
  it.each([undefined, null, Number.NaN, {}, [null], Symbol('s')])('the key %o is a failure of its record, with a hint', async key => {
    const clock = virtualClock();
    const job = await begin(keyedBy(() => key).aggregate(count(), { name: 'counts' }).to(toArray<unknown>([])), clock);
    const error = await stepErrorOf(clock.finish(job.done), 'counts');
    expect(error.input).toBe(1);
    expect(error.message).toContain('keyBy');
  });
  it('a selector that throws: fail, skip, branch', async () => {
    const dead: Rejected<number>[] = [];
    const key = (n: number): unknown => (n === 2 ? unlucky(n) : 'k');
    expect((await valuesOf(keyedBy(key).aggregate(count(), { onError: 'skip' }))).map(r => r.value)).toEqual([2]);
    await runAll(keyedBy(key).aggregate(count(), { onError: r => r.to(toArray(dead)) }).to(toArray<unknown>([])));
    expect(dead.map(r => r.input)).toEqual([2]);
    const clock = virtualClock();
    const job = await begin(keyedBy(key).aggregate(count(), { name: 'counts' }).to(toArray<unknown>([])), clock);
    expect((await stepErrorOf(clock.finish(job.done), 'counts')).input).toBe(2);
  });
  it('0 and -0 are one key, 1 and "1" and 1n are three', async () => {
    const keys = [0, -0, 1, '1', 1n, true, [1, 'a'], [1, 'a']];
    const results = await valuesOf(Stream.from(keys.map((key, at) => ({ key, at }))).timestamps(r => r.at).keyBy(r => r.key as string).window(tumbling(100)).aggregate(count()));
    expect(results.map(r => [r.key, r.value])).toEqual([[0, 2], [1, 1], ['1', 1], [1n, 1], [true, 1], [[1, 'a'], 2]]);
  });
  it.each(['zero', 'add', 'result'] as const)('an aggregate that throws in `%s` fails the step', async where => {
    const broken: Aggregate<number, { n: number }, number> = { name: 'broken', zero: () => (where === 'zero' ? unlucky(1) : { n: 0 }), add: (a, n) => (where === 'add' && n === 2 ? unlucky(n) : { n: a.n + n }), merge: (a, b) => ({ n: a.n + b.n }), result: a => (where === 'result' ? unlucky(1) : a.n) };
    const out = keyedBy(() => 'k').aggregate(broken, { name: 'agg' });
    const error = await stepErrorOf(runAll(out.to(toArray<unknown>([]))), 'agg');
    if (where === 'add') expect(error.input).toBe(2);
    if (where === 'result') expect(error.input).toEqual({ key: 'k', window: { start: 0, end: 10 } });
    if (where === 'add') expect((await valuesOf(keyedBy(() => 'k').aggregate(broken, { onError: 'skip' }))).map(r => r.value)).toEqual([4]);
  });
  it('L-count and L-sum: on time and late make the whole', async () => {
    const input = [5, 25, 3, 31, 12, 40, 1];
    const late: Late<number>[] = [];
    const results: { value: number }[] = [];
    await runAll(Stream.from(input).timestamps(n => n).window(tumbling(10), { late: l => l.to(toArray(late)) }).aggregate(sum((n: number) => n)).to(toArray<{ value: number }>(results)));
    expect(results.reduce((a, r) => a + r.value, 0) + late.reduce((a, l) => a + l.value, 0)).toBe(input.reduce((a, b) => a + b, 0));
    expect(late.map(l => l.value)).toEqual([3, 12, 1]);
  });
});
