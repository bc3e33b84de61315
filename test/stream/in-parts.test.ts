import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, collect, count, histogram, sum, tumbling, type Aggregate, type SomeAccumulator, type Windows } from '../../src/index.js';
import { errorOf, valuesOf } from '../operators/kit.js';

const numbers = Stream.from([1, 2, 3]).timestamps(n => n).keyBy(() => 'k');
const custom: Windows = { kind: 'merging', name: 'touching(5)', assign: time => ({ start: time, end: time + 5 }), joins: () => false };
const problemsOf = async (windows: Windows, aggregate: Aggregate<number, SomeAccumulator, unknown>, partial: number): Promise<readonly string[]> => {
  const error = await errorOf(numbers.window(windows).aggregate(aggregate, { partial }).collect());
  return error instanceof ConfigurationError ? error.problems.map(({ what }) => what) : expect.fail(String(error));
};

describe('a windowed aggregate in parts', () => {
  it('is two steps, the first named after the second', () => {
    const text = numbers.window(tumbling(10)).aggregate(count(), { name: 'counts', partial: 4 }).describe();
    expect(text).toContain('counts-parts');
    expect(text).toContain('4 parts merged: count');
  });
  it('is refused where two steps would not give the same', async () => {
    expect(await problemsOf(tumbling(10), collect(), 4)).toEqual([expect.stringContaining('collect, whose result depends on the order')]);
    expect(await problemsOf(custom, count(), 4)).toEqual([expect.stringContaining('touching(5), whose windows depend on all records')]);
    expect(await problemsOf(tumbling(10), count(), 0)).toEqual([expect.stringContaining('partial')]);
  });
  it('counts records in the first step: those skipped there are in no part', async () => {
    const of = sum((n: number) => {
      if (n === 2) throw new Error('two');
      return n;
    });
    expect((await valuesOf(numbers.window(tumbling(10)).aggregate(of, { partial: 2, onError: 'skip' }))).map(r => r.value)).toEqual([4]);
  });
  it('an aggregate with options that make no sense is found before the job starts, in parts or not', async () => {
    const wrong = histogram((n: number) => n, [2, 1]);
    expect(await errorOf(numbers.window(tumbling(10)).aggregate({ all: count(), wrong }).collect())).toMatchObject({ problems: [{ what: expect.stringContaining('2, 1') as string }] });
    expect(await problemsOf(tumbling(10), wrong, 2)).toHaveLength(1);
  });
});
