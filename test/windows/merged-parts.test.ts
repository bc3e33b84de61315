/** One step and two give the same: the oracle is the aggregate alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, count, max, memory, sum, toArray, tumbling, variance, type Late, type StateBackend, type StateStore, type WindowResult, type Windows } from '../../src/index.js';
import { crashAfterEach, testing, type Testing } from '../../src/testing/index.js';
import { hasty, inReads, runAll, scripted } from '../operators/kit.js';

interface Row {
  readonly key: string;
  readonly at: number;
  readonly x: number;
}
/** Windows of `by * wide` every `by`. */
const overlapping = (by: number, wide: number): Windows => ({
  kind: 'aligned',
  name: `overlapping(${by}, ${wide})`,
  slice: time => ({ start: Math.floor(time / by) * by, end: Math.floor(time / by) * by + by }),
  over: slice => Array.from({ length: wide }, (_, i) => ({ start: slice.start - i * by, end: slice.start + (wide - i) * by })).reverse(),
});
const rows = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'hot', 'hot', 'hot'), at: fc.integer({ min: -40, max: 40 }), x: fc.integer({ min: -5, max: 5 }) }), { maxLength: 40 });

describe('parts merged', () => {
  it.each([1, 3])('are the whole: %i window(s) per record, any order, lateness, number of parts, sizes of reads, a budget of nothing', wide =>
    fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 0, max: 30 }), fc.constantFrom(0, 5, 25), fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }), async (input, disorder, lateness, parts, withKeys, sizes) => {
        const give = async (partial: number | undefined) => {
          const late: Late<Row>[] = [];
          const results: WindowResult<string | undefined, unknown>[] = [];
          const stream = Stream.from(scripted(inReads(input, sizes))).timestamps(r => r.at, { disorder });
          const options = { lateness, late: (l: Stream<Late<Row>>) => l.to(toArray(late)) };
          const windows = overlapping(10, wide);
          const aggregate = { n: count(), x: sum((r: Row) => r.x), most: max((r: Row) => r.x), v: variance((r: Row) => r.x) };
          const out = withKeys ? stream.keyBy(r => r.key).window(windows, options).aggregate(aggregate, { partial }) : stream.window(windows, options).aggregate(aggregate, { partial });
          await runAll((out as Stream<WindowResult<string | undefined, unknown>>).to(toArray(results)), hasty(), { budget: 1 });
          return { late, results };
        };
        const whole = await give(undefined);
        const inParts = await give(parts);
        expect(inParts.late).toEqual(whole.late);
        const sorted = (results: readonly WindowResult<string | undefined, unknown>[]) => results.toSorted((a, b) => a.window.end - b.window.end || a.pane.index - b.pane.index || String(a.key).localeCompare(String(b.key)));
        expect(sorted(inParts.results)).toEqual(sorted(whole.results));
        const ends = inParts.results.filter(r => r.pane.timing === 'onTime').map(r => r.window.end);
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
      }),
      { numRuns: 60 },
    ));

  const build = (t: Testing) =>
    t.collect(Stream.from(t.source<Row>('rows')).keyBy(r => r.key).window(tumbling(10), { lateness: 10 }).aggregate({ n: count(), x: sum(r => r.x) }, { name: 'sums', partial: 3 }));
  it('crash after every input, a late record, two keys interleaved', async () => {
    const { values } = await crashAfterEach(build, t => {
      const source = t.source<Row>('rows');
      const push = (key: string, at: number, x: number) => () => source.push({ key, at, x }, at);
      return [push('a', 1, 1), push('b', 2, 2), push('a', 3, 4), push('a', 4, 8), push('a', 5, 16), () => source.watermark(10), push('a', 6, 32), push('b', 7, 64), push('c', 8, 128), () => source.watermark(20), push('a', 9, 256), push('a', 21, 512), () => source.end()];
    });
    expect(values.map(({ key, window, value, pane }) => [key, window.start, value.n, value.x, pane.index, pane.timing])).toEqual([
      ['a', 0, 4, 29, 0, 'onTime'],
      ['b', 0, 1, 2, 0, 'onTime'],
      ['a', 0, 5, 61, 1, 'late'],
      ['b', 0, 2, 66, 1, 'late'],
      ['c', 0, 1, 128, 0, 'late'],
      ['a', 20, 1, 512, 0, 'onTime'],
    ]);
  });
  it('forgets a window when its lateness is over', async () => {
    const t = testing();
    const stores: StateStore[] = [];
    const backend = memory();
    const state: StateBackend = {
      async open(job, environment) {
        const store = await backend.open(job, environment);
        stores.push(store);
        return store;
      },
    };
    const job = await t.run(build(t), { state });
    const held = (): number => stores.flatMap(store => [...store.tables()].flatMap(([step, table]) => [...store.table(step, table).scan()])).length;
    const source = t.source<Row>('rows');
    for (let i = 0; i < 100; i++) source.push({ key: `k${i}`, at: i, x: 1 }, i);
    source.watermark(100);
    await job.settle();
    expect(held()).toBeGreaterThan(0);
    source.watermark(110);
    await job.settle();
    expect(held()).toBe(0);
    await job.stop();
  });
});
