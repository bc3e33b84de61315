/** Windows that merge against nested loops: any order of arrival, lateness and disorder; after a crash; and forgotten when done. */
import fc from 'fast-check';
import { Stream, collect, count, session, trigger, type Late, type WindowResult } from 'millrace';
import { crashAfterEach, testing } from 'millrace/testing';
import { describe, expect, it } from 'vitest';
import { sessionModel } from '../laws/models/session.js';
import type { Seen } from '../laws/subject.js';

interface Arrival {
  readonly key: string;
  readonly id: number;
  readonly time: number;
}
/** What a step sees of these. */
const seenOf = (rows: readonly Arrival[], disorder: number): readonly Seen[] => {
  let watermark = Number.NEGATIVE_INFINITY;
  const seen = rows.flatMap(({ key, id, time }): readonly Seen[] => {
    const row = { row: { key, id, at: time, x: 0, side: 'left' as const } };
    if (time - disorder <= watermark) return [row];
    watermark = time - disorder;
    return [row, { watermark }];
  });
  return [...seen, { watermark: Number.POSITIVE_INFINITY }];
};
const collected = { name: 'rows', aggregate: collect<unknown>(), naive: (rows: readonly unknown[]) => rows };

const arrivals = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), time: fc.integer({ min: -40, max: 60 }) }), { maxLength: 40 }).map(rows => rows.map((row, id): Arrival => ({ ...row, id })));
const shown = ({ key, window, value }: WindowResult<string, readonly Arrival[]>): string => `${key} ${window.start}-${window.end} ${value.map(({ id }) => id).toSorted((a, b) => a - b).join(' ')}`;

describe('sessions', () => {
  it('are those of nested loops, pane by pane, and so are the late records', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, fc.record({ gap: fc.integer({ min: 1, max: 12 }), touch: fc.boolean(), lateness: fc.constantFrom(0, 7, 100), disorder: fc.integer({ min: 0, max: 30 }) }), async (rows, options) => {
        const t = testing();
        const source = t.source<Arrival>('rows');
        const late: Late<Arrival>[] = [];
        const out = t.collect(
          Stream.from(source)
            .timestamps(row => row.time, { disorder: options.disorder })
            .keyBy(row => row.key)
            .window(session(options.gap, { merge: options.touch ? 'touch' : 'overlap' }), { lateness: options.lateness, late: records => t.collect(records.tap(record => void late.push(record))).output })
            .aggregate(collect<Arrival>(), { name: 'sessions' }),
        );
        const job = await t.run(out);
        for (const row of rows) source.push(row, 0);
        source.end();
        await job.settle();
        const byHand = sessionModel(seenOf(rows, options.disorder), { ...options, folded: collected });
        expect(out.values.map(shown).toSorted()).toEqual(byHand.results.map(([pane]) => shown(pane as WindowResult<string, readonly Arrival[]>)).toSorted());
        expect(late.map(({ value }) => value.id)).toEqual(byHand.late);
        const onTime = out.values.filter(({ pane }) => pane.timing === 'onTime').map(({ window }) => window.end);
        if (options.lateness === 0) expect(onTime).toEqual(onTime.toSorted((a, b) => a - b));
        await job.stop();
      }),
      { numRuns: 200 },
    );
  });

  it('the last change of each row of a table is the last pane, and what was merged away is deleted', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async rows => {
        const t = testing();
        const source = t.source<Arrival>('rows');
        const windowed = Stream.from(source).timestamps(row => row.time, { disorder: 200 }).keyBy(row => row.key).window(session(8));
        const panes = t.collect(windowed.aggregate(count(), { name: 'panes' }));
        const table = windowed.table(count(), { name: 'table' });
        const changes = t.collect(table.changes());
        const job = await t.run([panes, changes]);
        for (const row of rows) source.push(row, 0);
        await job.settle();
        const rowsNow = new Map<string, number>();
        for (const { key, before, after } of changes.values) {
          const name = key.join(' ');
          expect(rowsNow.get(name)).toBe(before);
          if (after === undefined) rowsNow.delete(name);
          else rowsNow.set(name, after);
        }
        for (const [name, value] of rowsNow) {
          const [key = '', start, end] = name.split(' ');
          expect(table.get([key, Number(start), Number(end)])).toBe(value);
        }
        source.end();
        await job.settle();
        expect(Object.fromEntries(rowsNow)).toEqual(Object.fromEntries(panes.values.map(({ key, window, value }) => [`${key} ${window.start} ${window.end}`, value])));
        await job.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('survive a crash after every input, with a trigger too', async () => {
    for (const given of [undefined, trigger.watermark({ early: trigger.count(2) })]) {
      const { values } = await crashAfterEach(
        t => t.collect(Stream.from(t.source<Arrival>('rows')).keyBy(row => row.key).window(session(10), { lateness: 5 }).aggregate(collect<Arrival>(), { name: 'sessions', trigger: given })),
        t => {
          const rows = t.source<Arrival>('rows');
          const push = (key: string, id: number, time: number) => () => rows.push({ key, id, time }, time);
          return [push('a', 1, 0), push('a', 2, 20), push('b', 3, 3), push('a', 4, 11), push('a', 5, 9), () => rows.watermark(31), push('a', 6, 25), push('b', 7, 1), push('a', 8, 40), () => rows.end()];
        },
      );
      expect(values.map(shown).toSorted()).toEqual(given === undefined ? ['a 0-35 1 2 4 5 6', 'a 40-50 8', 'b 3-13 3', 'a 0-30 1 2 4 5'].toSorted() : ['a 11-30 2 4', 'a 0-30 1 2 4 5', 'a 0-30 1 2 4 5', 'a 0-35 1 2 4 5 6', 'a 40-50 8', 'b 3-13 3'].toSorted());
    }
  });

  it('a finished one is closed: what comes later begins another', async () => {
    const t = testing();
    const source = t.source<number>('times');
    const out = t.collect(Stream.from(source).keyBy(() => 'k').window(session(10)).aggregate(count(), { name: 's', trigger: trigger.count(2) }));
    const job = await t.run(out);
    for (const time of [1, 2, 7, 9]) source.push(time, time);
    await job.settle();
    expect(out.values.map(({ window }) => window)).toEqual([{ start: 1, end: 12 }, { start: 7, end: 19 }]);
    await job.stop();
  });

  it('a processing-time delay keeps the earliest deadline of what merged', async () => {
    const t = testing();
    const source = t.source<number>('times');
    const out = t.collect(Stream.from(source).keyBy(() => 'k').window(session(10)).aggregate(count(), { name: 's', trigger: trigger.delay(5) }));
    const job = await t.run(out);
    source.push(1, 1);
    await job.advance(2);
    source.push(3, 3);
    await job.advance(2);
    expect(out.values).toEqual([]);
    await job.advance(1);
    expect(out.values.map(({ window, value }) => [window, value])).toEqual([[{ start: 1, end: 13 }, 2]]);
    await job.stop();
  });

  it('thousands of open sessions of one key close at the end of input', async () => {
    const times = Array.from({ length: 3_000 }, (_, index) => index * 100);
    const results = await Stream.from(times).timestamps(time => time, { disorder: 1_000_000 }).keyBy(() => 'k').window(session(10)).aggregate(count()).collect();
    expect(results.map(({ window }) => window.start)).toEqual(times);
  });

  it('keys without open sessions are forgotten', async () => {
    const t = testing();
    const source = t.source<number>('times');
    const out = t.collect(Stream.from(source).timestamps(time => time).keyBy(time => time).window(session(10)).table(count(), { name: 's' }).changes());
    const job = await t.run(out);
    for (let time = 0; time < 1_000; time++) source.push(time, 0);
    await job.settle();
    await job.checkpoint();
    expect(job.metrics().steps['s']?.in).toBe(1_000);
    await job.stop();
  });
});
