import { describe, expect, it } from 'vitest';
import { top } from '../../src/aggregates/top.js';
import { passesSuite, resultOf } from './kit.js';

interface Page {
  readonly url: string;
  readonly views: number;
}
const pages: readonly Page[] = [{ url: 'a', views: 3 }, { url: 'b', views: 9 }, { url: 'c', views: 5 }, { url: 'd', views: 9 }, { url: 'e', views: NaN }];
const views = (page: Page): number => page.views;
const ranked = (values: readonly Page[], times: readonly number[], n: number): readonly Page[] =>
  values
    .map((value, i) => ({ value, i, time: times[i] ?? 0 }))
    .filter(({ value }) => !Number.isNaN(value.views))
    .toSorted((a, b) => b.value.views - a.value.views || a.time - b.time || a.i - b.i)
    .slice(0, n)
    .map(({ value }) => value);

describe('top', () => {
  for (const n of [1, 2, 10]) describe(`of ${n}`, () => passesSuite(() => top(n, views), { samples: pages, oracle: (values, times) => ranked(values, times, n) }));
  it('breaks ties by event time, then by arrival', () => {
    const tied = ['x', 'y', 'z'].map(url => ({ url, views: 1 }));
    expect(resultOf(top(2, views), tied, [5, 3, 5]).map(p => p.url)).toEqual(['y', 'x']);
  });
  it('keeps no more than it must', () => {
    const aggregate = top(3, (x: number) => x);
    let acc = aggregate.zero();
    for (let i = 0; i < 100; i++) acc = aggregate.add(acc, (i * 37) % 101, i);
    expect(acc).toHaveLength(3);
  });
});
