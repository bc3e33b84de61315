import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConfigurationError, Stream, count, sum, toArray, tumbling, type Late, type WindowResult } from '../../src/index.js';
import { errorOf, runAll, valuesOf } from '../operators/kit.js';

const orders = Stream.from([
  { id: 'a', total: 1, at: 1 },
  { id: 'b', total: 2, at: 2 },
  { id: 'a', total: 4, at: 3 },
  { id: 'a', total: 8, at: 12 },
]).timestamps(o => o.at);

describe('a windowed stream', () => {
  it('one result per key and window, in order of window end', async () => {
    const results = await valuesOf(orders.keyBy(o => o.id).window(tumbling(10)).aggregate({ n: count(), spent: sum(o => o.total) }));
    expect(results.toSorted((x, y) => x.key.localeCompare(y.key) || x.window.end - y.window.end).map(r => [r.key, r.window.start, r.window.end, r.value])).toEqual([
      ['a', 0, 10, { n: 2, spent: 5 }],
      ['a', 10, 20, { n: 1, spent: 8 }],
      ['b', 0, 10, { n: 1, spent: 2 }],
    ]);
  });
  it('without keys there is one window for all', async () => {
    expect((await valuesOf(orders.window(tumbling(10)).aggregate(count()))).map(r => [r.key, r.value])).toEqual([[undefined, 3], [undefined, 1]]);
  });
  it('late records go where they are sent', async () => {
    const late: Late<number>[] = [];
    const counts = Stream.from([5, 25, 6]).timestamps(n => n).window(tumbling(10), { late: l => l.to(toArray(late)) }).aggregate(count());
    const results: unknown[] = [];
    await runAll(counts.map(r => r.window.start).to(toArray(results)));
    expect([results, late.map(l => l.value)]).toEqual([[0, 20], [6]]);
  });
  it('a wrong lateness or width is found before the job starts', async () => {
    expect(await errorOf(orders.window(tumbling(10), { lateness: -1 }).aggregate(count()).collect())).toBeInstanceOf(ConfigurationError);
    expect(await errorOf((async () => orders.window(tumbling(0)).aggregate(count()).collect())())).toBeInstanceOf(ConfigurationError);
  });
  it('types', () => {
    const windows = orders.keyBy(o => o.id).window(tumbling('1m'));
    expectTypeOf(windows.aggregate(sum(o => o.total))).toEqualTypeOf<Stream<WindowResult<string, number>>>();
    // @ts-expect-error no such field
    windows.aggregate({ s: sum(o => Number(o.totl)) });
    // @ts-expect-error a text cannot be summed
    windows.aggregate(sum(o => o.id));
  });
});
