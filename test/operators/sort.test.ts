import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OverflowError, Stream, toArray, type Late, type SortOptions, type Time } from '../../src/index.js';
import { crashAfterEach, testing } from '../../src/testing/index.js';
import { errorOf, hasty, inReads, neverOvertaken, probe, runAll, scripted, stepErrorOf, valuesOf, type Seen } from './kit.js';

interface Timed {
  readonly id: number;
  readonly at: Time;
}
const timed = (times: readonly Time[]): readonly Timed[] => times.map((at, id) => ({ id, at }));

/** Records within the bound by time, ties by arrival; the others late. A record is late if one newer by more than the bound came before it. */
const oracle = (records: readonly Timed[], bound: number): { readonly sorted: readonly Timed[]; readonly late: readonly Timed[] } => {
  let newest = Number.NEGATIVE_INFINITY;
  const sorted: Timed[] = [];
  const late: Timed[] = [];
  for (const record of records) {
    if (record.at < newest - bound) late.push(record);
    else sorted.push(record);
    newest = Math.max(newest, record.at);
  }
  return { sorted: sorted.sort((a, b) => a.at - b.at || a.id - b.id), late };
};

describe('sort', () => {
  it('by the watermark or within a bound of its own: order, ties, late records, whatever the reads and the budget', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -20, max: 60 }), { maxLength: 60 }), fc.integer({ min: 0, max: 30 }), fc.boolean(), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }), async (times, bound, own, sizes) => {
        const records = timed(times);
        const late: Late<Timed>[] = [];
        const log: Seen<Timed>[] = [];
        const source = Stream.from(scripted(inReads(records, sizes))).timestamps(r => r.at, { disorder: own ? 1_000 : bound });
        const sorted = source.sort({ name: 'sorted', ...(own ? { within: bound } : {}), late: stream => stream.to(toArray(late)) });
        const values: Timed[] = [];
        const job = await runAll(probe(sorted, log).to(toArray(values)), hasty(), { budget: 1 });
        const expected = oracle(records, bound);
        expect(values).toEqual(expected.sorted);
        expect(late.map(l => l.value)).toEqual(expected.late);
        expect(late.every(l => l.time < l.watermark)).toBe(true);
        expect(job.metrics().steps['sorted']?.late).toBe(expected.late.length);
        expect(neverOvertaken(log)).toBe(true);
      }),
      { numRuns: 60 },
    ));
  it('empty, one', async () => {
    expect(await valuesOf(Stream.from<Timed>([]).timestamps(r => r.at).sort({ name: 's' }))).toEqual([]);
    expect(await valuesOf(Stream.from(timed([5])).timestamps(r => r.at).sort({ name: 's' }))).toEqual(timed([5]));
  });
  it('full: fails with its name, or hands the oldest on early', async () => {
    const source = (): Stream<Timed> => Stream.from(timed([30, 20, 10, 40, 25])).timestamps(r => r.at, { disorder: 100 });
    const error = await stepErrorOf(valuesOf(source().sort({ name: 'small', maxRecords: 2 })), 'small');
    expect(error.cause).toBeInstanceOf(OverflowError);
    expect(error.input).toEqual({ id: 2, at: 10 });
    const late: Late<Timed>[] = [];
    const values = await valuesOf(source().sort({ name: 'small', maxRecords: 2, whenFull: 'emit', late: l => l.to(toArray(late)) }));
    expect([values.map(v => v.at), late.map(l => l.time)]).toEqual([[10, 20, 25, 30, 40], []]);
    const more = await valuesOf(Stream.from(timed([30, 20, 40, 10])).timestamps(r => r.at, { disorder: 100 }).sort({ name: 'small', maxRecords: 2, whenFull: 'emit' }));
    expect(more.map(v => v.at)).toEqual([20, 30, 40]);
  });
  it('crashes after every input change nothing', async () => {
    for (const options of [{}, { within: 20 }, { maxRecords: 2, whenFull: 'emit' }] satisfies SortOptions<Timed>[]) {
      const sorted = await crashAfterEach(
        t => t.collect(Stream.from<Timed>(t.source<Timed>('s'), { name: 's' }).sort({ name: 'sorted', ...options })),
        t => {
          const s = t.source<Timed>('s');
          return [() => s.push({ id: 1, at: 30 }, 30), () => s.push({ id: 2, at: 10 }, 10), () => s.push({ id: 3, at: 30 }, 30), () => s.watermark(20), () => s.push({ id: 4, at: 15 }, 15), () => s.push({ id: 5, at: 25 }, 25), () => s.watermark(30), () => s.push({ id: 6, at: 30 }, 30), () => s.end()];
        },
      );
      expect(sorted.records.every((r, i, all) => i === 0 || r.time >= (all[i - 1]?.time ?? 0))).toBe(true);
    }
  });
  it('tells what waits', async () => {
    const t = testing();
    const s = t.source<Timed>('s');
    const job = await t.run(t.collect(Stream.from<Timed>(s).sort({ name: 'sorted' })));
    for (const at of [30, 10]) s.push({ id: at, at }, at);
    await job.settle();
    expect(job.why('sorted')).toMatchObject({ waitingFor: 10, buffered: { records: 2 } });
    await job.stop();
  });
  it('keeps nothing that it has handed on', async () => {
    const t = testing();
    const s = t.source<number>('s');
    const job = await t.run(t.collect(Stream.from<number>(s).sort({ name: 'sorted' })));
    for (let at = 0; at < 500; at++) s.push(at, at);
    s.watermark(500);
    await job.settle();
    expect(job.why('sorted').buffered).toEqual({ records: 0 });
    await job.stop();
  });
  it('wrong options are told before anything runs', async () => {
    const error = await errorOf(valuesOf(Stream.from(timed([1])).timestamps(r => r.at).sort({ name: 's', within: -1, maxRecords: 0, whenFull: 'drop' as 'fail' })));
    expect(error).toMatchObject({ problems: [{ where: 's' }, { where: 's' }, { where: 's' }] });
  });
});
