import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, collect, sum, toArray, tumbling, type Late, type Window, type WindowResult, type Windows } from '../../src/index.js';
import { hasty, inReads, runAll, scripted, valuesOf } from '../operators/kit.js';

/** Windows of `by * wide` every `by`, as slices of `by`. */
const sliding = (by: number, wide: number): Windows => ({
  kind: 'aligned',
  name: `sliding(${by}, ${wide})`,
  slice: time => ({ start: Math.floor(time / by) * by, end: Math.floor(time / by) * by + by }),
  over: slice => Array.from({ length: wide }, (_, i): Window => ({ start: slice.start - i * by, end: slice.start + (wide - i) * by })).reverse(),
});
interface Row {
  readonly key: string;
  readonly at: number;
}
/** Every record against every window, with the watermark as it was when it came. */
function bruteForce(rows: readonly Row[], windowsOf: (at: number) => readonly Window[], disorder: number, lateness: number) {
  let watermark = Number.NEGATIVE_INFINITY;
  const kept: (Row & { readonly window: Window })[] = [];
  const late: Row[] = [];
  for (const row of rows) {
    const windows = windowsOf(row.at);
    const open = windows.filter(w => w.end + lateness > watermark);
    if (open.length === 0) late.push(row);
    for (const window of open) kept.push({ ...row, window });
    watermark = Math.max(watermark, row.at - disorder);
  }
  return { kept, late };
}
const lastPanes = (results: readonly WindowResult<string, readonly number[]>[]): Map<string, readonly number[]> => new Map(results.map(r => [`${r.key}@${r.window.start}-${r.window.end}`, [...r.value].sort((a, b) => a - b)]));
const expected = (kept: readonly (Row & { readonly window: Window })[]): Map<string, readonly number[]> => {
  const all = new Map<string, number[]>();
  for (const { key, at, window } of kept) all.set(`${key}@${window.start}-${window.end}`, [...(all.get(`${key}@${window.start}-${window.end}`) ?? []), at].sort((a, b) => a - b));
  return all;
};
const rows = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), at: fc.integer({ min: -60, max: 60 }) }), { maxLength: 40 });

describe('aligned windows against brute force', () => {
  it.each([1, 3])('%i window(s) per slice: any order, lateness, offset, negative times, sizes of reads and budgets', wide =>
    fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 0, max: 30 }), fc.constantFrom(0, 5, 25), fc.integer({ min: -9, max: 9 }), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }), async (input, disorder, lateness, offset, sizes) => {
        const windows = wide === 1 ? tumbling(10, { offset }) : sliding(10, wide);
        if (windows.kind !== 'aligned') return expect.fail('they are aligned');
        const late: Late<Row>[] = [];
        const results: WindowResult<string, readonly number[]>[] = [];
        const out = Stream.from(scripted(inReads(input, sizes)))
          .timestamps(r => r.at, { disorder })
          .keyBy(r => r.key)
          .window(windows, { lateness, late: l => l.to(toArray(late)) })
          .aggregate(collect((r: Row) => r.at));
        await runAll(out.to(toArray<WindowResult<string, readonly number[]>>(results)), hasty(), { budget: 1 });
        const oracle = bruteForce(input, at => windows.over(windows.slice(at)), disorder, lateness);
        expect(late.map(l => l.value)).toEqual(oracle.late);
        expect(lastPanes(results)).toEqual(expected(oracle.kept));
        const onTime = results.filter(r => r.pane.timing === 'onTime').map(r => r.window.end);
        expect(onTime).toEqual([...onTime].sort((a, b) => a - b));
        if (lateness === 0) expect(results.every(r => r.pane.index === 0 && r.pane.timing === 'onTime')).toBe(true);
      }),
      { numRuns: 60 },
    ));
  it('late panes count on, each the whole window so far', async () => {
    const results = await valuesOf(Stream.from([1, 15, 2, 3]).timestamps(n => n).window(tumbling(10), { lateness: 100 }).aggregate(sum((n: number) => n)));
    expect(results.map(r => [r.value, r.pane.index, r.pane.timing])).toEqual([[1, 0, 'onTime'], [3, 1, 'late'], [6, 2, 'late'], [15, 0, 'onTime']]);
  });
  it('slices with a gap between them: what falls there is counted as outside', async () => {
    const gaps: Windows = { kind: 'aligned', name: 'gaps', slice: t => ({ start: Math.floor(t / 10) * 10, end: Math.floor(t / 10) * 10 + 5 }), over: s => [s] };
    const values: number[] = [];
    const job = await runAll(Stream.from([1, 7, 12]).timestamps(n => n).window(gaps).aggregate(sum((n: number) => n), { name: 'w' }).map(r => r.value).to(toArray(values)));
    expect(values).toEqual([1, 12]);
    expect(job.metrics().steps['w']?.counters.outside).toBe(1);
  });
  it('without a key there is one result per window', async () => {
    const [result] = await valuesOf(Stream.from([1, 2]).timestamps(n => n).window(tumbling(10)).aggregate(sum((n: number) => n)));
    expect(result).toEqual({ key: undefined, window: { start: 0, end: 10 }, value: 3, pane: { index: 0, timing: 'onTime' } });
  });
});
