import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, collect, count, fold, hopping, max, mean, sum, toArray, type Duration, type HoppingOptions, type Late, type Output, type Window, type WindowResult } from '../../src/index.js';
import { crashAfterEach, windowsSuite, type Testing } from '../../src/testing/index.js';
import { hasty, inReads, runAll, scripted, valuesOf } from '../operators/kit.js';

const made = (size: Duration, options: HoppingOptions) => {
  const windows = hopping(size, options);
  if (windows.kind !== 'aligned') throw new Error('not aligned');
  return windows;
};
const DAY = 86_400_000;

describe('hopping', () => {
  for (const [size, options] of [['1m', { every: '30s' }], ['1m', { every: '7s' }], ['1m', { every: '59s', offset: '-13s' }], [3, { every: 10 }], [7, { every: 10, offset: 4 }], ['40d', { every: '1d', offset: '6h' }], [10, { every: 5, floor: 0 }], [1, { every: 1 }]] as const) {
    describe(`of ${size}, ${JSON.stringify(options)}`, () => {
      for (const { name, run } of windowsSuite(() => hopping(size, options))) it(name, run);
    });
  }

  it('finds the windows that plain counting finds, and at most two slices per hop', () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: -29, max: 29 }), fc.option(fc.integer({ min: -60, max: 60 }), { nil: undefined }), fc.integer({ min: -100, max: 100 }), (size, every, rawOffset, floor, time) => {
        const offset = rawOffset % every;
        const expected: Window[] = [];
        for (let start = offset - 1_000 * every; start <= time; start += every) if (start + size > time && start >= (floor ?? -Infinity)) expected.push({ start, end: start + size });
        const { slice, over, cursor } = made(size, { every, offset, floor });
        const part = slice(time);
        expect(over(part)).toEqual(expected);
        expect(part.start <= time && time < part.end).toBe(true);
        const borders = new Set<number>();
        for (let t = 0; t < every; t++) borders.add(slice(t).start);
        expect(borders.size).toBeLessThanOrEqual(3);
        // The cursor says the same as the list.
        const walked: Window[] = [];
        for (let window = cursor?.next(part, -Infinity); window !== undefined; window = cursor?.next(part, window.end)) walked.push(window);
        expect(walked).toEqual(expected);
        expect(cursor?.lastEnd(part)).toBe(expected.at(-1)?.end ?? -Infinity);
        for (const upTo of [-Infinity, time - 5, time, time + 7, Infinity]) expect(cursor?.count(part, upTo)).toBe(expected.filter(w => w.end <= upTo).length);
      }),
    ));
  it('may be longer than any timer, and knows no -0', () => {
    expect(made('40d', { every: '20d' }).over(made('40d', { every: '20d' }).slice(0))).toEqual([{ start: -20 * DAY, end: 20 * DAY }, { start: 0, end: 40 * DAY }]);
    expect(made(10, { every: 5, offset: -0 }).slice(-0)).toEqual({ start: 0, end: 5 });
    expect(made(10, { every: 5 }).over({ start: 0, end: 5 })[1]).toEqual({ start: 0, end: 10 });
  });
  it('has a name to be shown', () => expect([hopping('1h', { every: '5m' }).name, hopping(10, { every: 5, offset: 1, floor: 0 }).name]).toEqual(['hopping(1h, every 5m)', 'hopping(10, every 5, offset 1, floor 0)']));
  it.each<[Duration, HoppingOptions, number]>([
    [1, { every: 0 }, 1],
    [-1, { every: 1 }, 1],
    [1, { every: -1 }, 1],
    [-1, { every: -1 }, 2],
    [0.5, { every: 1 }, 1],
    ['1h', { every: 'soon' as Duration }, 1],
    ['1h', { every: '5m', offset: '5m' }, 1],
    ['1h', { every: '5m', offset: NaN }, 1],
    ['1h', { every: '5m', floor: NaN }, 1],
    ['1h', undefined as unknown as HoppingOptions, 1],
  ])('reports the size %s with %o as problems, and does not throw', (size, options, problems) => expect(hopping(size, options).problems).toHaveLength(problems));
});

interface Row {
  readonly key: string;
  readonly at: number;
}
interface Expected {
  readonly panes: readonly { readonly key: string; readonly window: Window; readonly value: readonly number[]; readonly index: number; readonly timing: string }[];
  readonly late: readonly Row[];
  readonly outside: number;
  readonly dropped: number;
}

/** Every record against every window, one after the other, with the watermark as it is when it comes. */
function naive(rows: readonly Row[], windowsOf: (at: number) => readonly Window[], disorder: number, lateness: number): Expected {
  const open = new Map<string, { readonly window: Window; readonly keys: Map<string, { readonly values: number[]; panes: number }>; fired: boolean }>();
  const panes: Expected['panes'][number][] = [];
  const late: Row[] = [];
  let [watermark, outside, dropped] = [Number.NEGATIVE_INFINITY, 0, 0];
  const advance = (to: number): void => {
    if (to <= watermark) return;
    watermark = to;
    for (const state of [...open.values()].sort((a, b) => a.window.end - b.window.end)) {
      if (state.fired || state.window.end > watermark) continue;
      state.fired = true;
      for (const [key, held] of state.keys) panes.push({ key, window: state.window, value: [...held.values], index: held.panes++, timing: 'onTime' });
    }
  };
  for (const row of rows) {
    const windows = windowsOf(row.at);
    const taking = windows.filter(w => w.end + lateness > watermark);
    if (windows.length === 0) outside++;
    else if (taking.length === 0) late.push(row);
    dropped += windows.length - taking.length;
    for (const window of taking) {
      const state = open.get(`${window.start}`) ?? { window, keys: new Map<string, { readonly values: number[]; panes: number }>(), fired: window.end <= watermark };
      open.set(`${window.start}`, state);
      const held = state.keys.get(row.key) ?? { values: [], panes: 0 };
      state.keys.set(row.key, held);
      held.values.push(row.at);
      if (state.fired) panes.push({ key: row.key, window, value: [...held.values], index: held.panes++, timing: 'late' });
    }
    advance(row.at - disorder);
  }
  advance(Number.POSITIVE_INFINITY);
  return { panes, late, outside, dropped };
}

const rows = (keys: number, length: number) => fc.array(fc.record({ key: fc.integer({ min: 0, max: keys - 1 }).map(n => `k${n}`), at: fc.integer({ min: -80, max: 80 }) }), { maxLength: length });
const shapes = fc.record({ size: fc.integer({ min: 1, max: 40 }), every: fc.integer({ min: 1, max: 25 }), shift: fc.integer({ min: -24, max: 24 }), floor: fc.constantFrom(undefined, undefined, 0, -7) });
const ascending = (a: number, b: number): number => a - b;
/** Its value tells which records it holds; it is commutative and cannot subtract. */
const bag = fold<Row, number[], readonly number[]>({
  name: 'bag',
  commutative: true,
  zero: () => [],
  add: (list, { at }) => (list.push(at), list),
  merge: (a, b) => (a.push(...b), a),
  result: list => list.toSorted(ascending),
});

describe('hopping windows against nested loops', () => {
  const numRuns = 150;
  it('every pane, in order: sizes, hops, offsets, gaps, lateness, disorder, keys, late records, outside; two stacks and subtraction', () =>
    fc.assert(
      fc.asyncProperty(rows(4, 50), shapes, fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 3, 30), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }), async (input, { size, every, shift, floor }, disorder, lateness, sizes) => {
        const windows = made(size, { every, offset: shift % every, floor });
        const late: Late<Row>[] = [];
        const stacks: WindowResult<string, readonly number[]>[] = [];
        const figures: WindowResult<string, { readonly n: number; readonly sum: number; readonly mean: number | undefined }>[] = [];
        const keyed = Stream.from(scripted(inReads(input, sizes)))
          .timestamps(r => r.at, { disorder })
          .keyBy(r => r.key);
        const outputs: Output[] = [
          keyed.window(windows, { lateness, late: l => l.to(toArray(late)) }).aggregate(bag, { name: 'bags' }).to(toArray(stacks)),
          keyed.window(windows, { lateness }).aggregate({ n: count(), sum: sum(r => r.at), mean: mean(r => r.at) }, { name: 'figures' }).to(toArray(figures)),
        ];
        const job = await runAll(outputs, hasty(), { budget: 1 });
        const expected = naive(input, at => windows.over(windows.slice(at)), disorder, lateness);
        const shown = <R>(results: readonly WindowResult<string, R>[]) => results.map(({ key, window, value, pane }) => ({ key, window, value, ...pane }));
        expect(shown(stacks)).toEqual(expected.panes.map(pane => ({ ...pane, value: pane.value.toSorted(ascending) })));
        const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
        expect(shown(figures)).toEqual(expected.panes.map(pane => ({ ...pane, value: { n: pane.value.length, sum: total(pane.value), mean: total(pane.value) / pane.value.length } })));
        expect(late.map(l => l.value)).toEqual(expected.late);
        const counters = job.metrics().steps['bags']?.counters;
        expect([counters?.late ?? 0, counters?.outside ?? 0, counters?.droppedPanes ?? 0]).toEqual([expected.late.length, expected.outside, expected.dropped]);
      }),
      { numRuns },
    ));
  it('an aggregate that depends on the order has slices in order of time, and within a slice the order of arrival', () =>
    fc.assert(
      fc.asyncProperty(rows(2, 40), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 12 }), async (input, size, every) => {
        const windows = made(size, { every });
        const results = await valuesOf(Stream.from(input).timestamps(r => r.at, { disorder: 200 }).keyBy(r => r.key).window(windows).aggregate(collect(r => r.at)));
        for (const { key, window, value } of results) {
          const inSlices = input.filter(r => r.key === key && r.at >= window.start && r.at < window.end).map((r, i) => ({ at: r.at, i, slice: windows.slice(r.at).start }));
          expect(value).toEqual(inSlices.sort((a, b) => a.slice - b.slice || a.i - b.i).map(r => r.at));
        }
      }),
      { numRuns: 60 },
    ));
  it('crash after every input: two keys interleaved, late records, a key that is forgotten', () =>
    fc.assert(
      fc.asyncProperty(rows(3, 14), fc.constantFrom([10, 5], [10, 3], [30, 4], [3, 10]), fc.constantFrom(0, 12), async (input, [size = 1, every = 1], lateness) => {
        const build = (t: Testing) => {
          const keyed = Stream.from(t.source<Row>('rows')).timestamps(r => r.at, { disorder: 15 }).keyBy(r => r.key);
          return [
            t.collect(keyed.window(hopping(size, { every }), { lateness }).aggregate({ n: count(), sum: sum(r => r.at) }, { name: 'figures' })),
            t.collect(keyed.window(hopping(size, { every }), { lateness }).aggregate({ most: max(r => r.at), all: bag }, { name: 'stacks' })),
          ];
        };
        await crashAfterEach(build, t => {
          const source = t.source<Row>('rows');
          return [...input.map(row => () => source.push(row, row.at)), () => source.end()];
        });
      }),
      { numRuns: 12 },
    ));
  it('the same from one split and from several', () =>
    fc.assert(
      fc.asyncProperty(rows(3, 30), fc.integer({ min: 1, max: 3 }), async (input, splits) => {
        const results = async (parts: number): Promise<readonly string[]> => {
          const streams = Array.from({ length: parts }, (_, part) => Stream.from(input.filter((_row, i) => i % parts === part)).timestamps(r => r.at, { disorder: 200 }));
          const [first, ...others] = streams;
          const all = others.reduce((merged, other) => merged.merge(other), first!);
          const found = await valuesOf(all.keyBy(r => r.key).window(hopping(20, { every: 6 })).aggregate(bag));
          return found.map(r => JSON.stringify(r)).sort();
        };
        expect(await results(splits)).toEqual(await results(1));
      }),
      { numRuns: 30 },
    ));
  it('a thousand windows per record, with a pause in the data', async () => {
    const input = [0, 1, 2, 5_000, 5_001].map(at => ({ key: 'a', at }));
    const results = await valuesOf(Stream.from(input).timestamps(r => r.at).keyBy(r => r.key).window(hopping(1_000, { every: 1 })).aggregate(count()));
    expect(results).toHaveLength(1_002 + 1_001);
    expect(results.reduce((all, { value }) => all + value, 0)).toBe(5_000);
  });
  it('keys that are tuples, texts and numbers do not meet', async () => {
    const keys = [['a', 1], 'a', 1, '1', ['a', '1'], 1n, true] as const;
    const results = await valuesOf(Stream.from(keys.flatMap(key => [{ key, at: 1 }, { key, at: 6 }])).timestamps(r => r.at, { disorder: 10 }).keyBy(r => r.key as string).window(hopping(10, { every: 5, floor: 0 })).aggregate(count()));
    expect(results.map(r => r.value)).toEqual([...keys.map(() => 2), ...keys.map(() => 1)]);
    expect(results.slice(0, keys.length).map(r => r.key)).toEqual(keys);
  });
  it('a failed addition leaves nothing behind where failures are skipped, also behind the watermark', async () => {
    const failing = fold<Row, number[], readonly number[]>({
      zero: () => [],
      add(list, { key, at }) {
        list.push(at);
        if (key === 'bad') throw new Error('bad');
        return list;
      },
      merge: (a, b) => (a.push(...b), a),
      result: list => [...list],
    });
    const input = [['a', 1], ['bad', 2], ['a', 12], ['bad', 7], ['a', 8], ['a', 30]].map(([key, at]) => ({ key: key as string, at: at as number }));
    const results = await valuesOf(Stream.from(input).timestamps(r => r.at).window(hopping(10, { every: 5 }), { lateness: 100 }).aggregate(failing, { onError: 'skip' }));
    expect(results.filter(r => r.window.start === 0).map(r => [r.value, r.pane.timing])).toEqual([[[1], 'onTime'], [[1, 8], 'late']]);
    expect(results.filter(r => r.window.start === 5).map(r => [r.value, r.pane.timing])).toEqual([[[8, 12], 'onTime']]);
  });
});
