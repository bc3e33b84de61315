import { describe, expect, it } from 'vitest';
import { Stream, count, tumbling, type SuppressOptions } from 'millrace';
import { crashAfterEach, expectRecords, testing, type Testing } from 'millrace/testing';

interface Row {
  id: string;
  n: number | null;
}
const build = (t: Testing, options: Omit<SuppressOptions, 'name'>) =>
  t.collect(Stream.from(t.source<Row>('rows')).table({ name: 'rows', key: r => r.id, deleted: r => r.n === null }).suppress({ name: 'quiet', ...options }).changes().map(({ key, before, after }) => [key, before?.n, after?.n]));

describe('suppress', () => {
  it('counts from the first change; releases at exactly the limit; keeps deletions', async () => {
    const t = testing();
    const quiet = build(t, { until: 10 });
    await t.run(quiet);
    const rows = t.source<Row>('rows');
    rows.push({ id: 'a', n: 1 }, 0);
    rows.push({ id: 'a', n: 2 }, 8);
    rows.watermark(9);
    expectRecords(quiet, []);
    rows.watermark(10);
    expectRecords(quiet, [[['a', undefined, 2], 8]]);
    rows.push({ id: 'a', n: null }, 11);
    rows.watermark(21);
    expectRecords(quiet, [[['a', undefined, 2], 8], [['a', 2, undefined], 11]]);
  });

  it('a full buffer gives its oldest row', async () => {
    const t = testing();
    const quiet = build(t, { until: Number.POSITIVE_INFINITY, maxRows: 1 });
    await t.run(quiet);
    const rows = t.source<Row>('rows');
    rows.push({ id: 'a', n: 1 }, 0);
    rows.push({ id: 'a', n: 2 }, 1);
    rows.push({ id: 'b', n: 3 }, 2);
    expectRecords(quiet, [[['a', undefined, 2], 1]]);
    rows.end();
    expectRecords(quiet, [[['a', undefined, 2], 1], [['b', undefined, 3], 2]]);
  });

  it('or fails the job', async () => {
    const t = testing();
    const job = await t.run(build(t, { until: 10, maxRows: 1, whenFull: 'fail' }));
    t.source<Row>('rows').push({ id: 'a', n: 1 }, 0);
    t.source<Row>('rows').push({ id: 'b', n: 1 }, 0);
    await expect(job.done).rejects.toMatchObject({ step: 'quiet', cause: { code: 'overflow' } });
  });

  const windows = (t: Testing) => t.collect(Stream.from(t.source<string>('in')).keyBy(k => k).window(tumbling(10), { lateness: 5 }).table(count(), { name: 'counts' }).suppress({ name: 'final', until: 'close' }).changes());
  it('close: one change per key and window, after its lateness', async () => {
    const t = testing();
    const final = windows(t);
    await t.run(final);
    const source = t.source<string>('in');
    source.push('a', 1);
    source.push('a', 2);
    source.watermark(12);
    source.push('a', 3);
    source.watermark(14);
    expectRecords(final, []);
    source.watermark(15);
    expect(final.values).toEqual([{ key: ['a', 0, 10], before: undefined, after: 3 }]);
  });

  it('keeps nothing outside its tables', async () => {
    const inputs = (t: Testing) => {
      const rows = t.source<Row>('rows');
      return [() => rows.push({ id: 'a', n: 1 }, 0), () => rows.push({ id: 'b', n: 2 }, 1), () => rows.push({ id: 'a', n: 3 }, 2), () => rows.push({ id: 'c', n: 3 }, 3), () => rows.watermark(11), () => rows.push({ id: 'b', n: null }, 12), () => rows.end()];
    };
    await crashAfterEach(t => build(t, { until: 10 }), inputs);
    await crashAfterEach(t => build(t, { until: 10, maxRows: 2 }), inputs);
    await crashAfterEach(windows, t => {
      const source = t.source<string>('in');
      return [() => source.push('a', 1), () => source.push('b', 1), () => source.watermark(12), () => source.push('a', 2), () => source.watermark(20), () => source.end()];
    });
  });

  it('lists wrong options', () => expect(Stream.from([{ id: 'a' }]).table({ name: 'rows', key: r => r.id }).suppress({ name: 'quiet', until: 'close', maxRows: -1 }).changes().collect()).rejects.toThrow(/has none[^]*maxRows/));
});
