/** `distinct` against a list of all firsts; what is forgotten, and what is late. */
import fc from 'fast-check';
import { Stream } from 'millrace';
import { crashAfterEach, testing } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly key: string;
  readonly id: number;
  readonly time: number;
}
function byHand(rows: readonly Row[], within: number): number[] {
  const firsts: Row[] = [];
  for (const row of rows) if (!firsts.some(({ key, time }) => key === row.key && Math.abs(row.time - time) < within)) firsts.push(row);
  return firsts.map(({ id }) => id);
}
const arrivals = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), time: fc.integer({ min: -40, max: 60 }) }), { maxLength: 40 }).map(rows => rows.map((row, id): Row => ({ ...row, id })));

describe('distinct', () => {
  it('lets the first of each key through, in any order of arrival', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 30 }), async (rows, within) => {
        const found = await Stream.from(rows).timestamps(row => row.time, { disorder: 200 }).keyBy(row => row.key).distinct({ name: 'd', within }).collect();
        expect(found.map(({ id }) => id)).toEqual(byHand(rows, within));
      }),
      { numRuns: 200 },
    );
  });
  it('with records in order, forgets as it goes and gives the same', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 10 }), async (rows, within) => {
        const sorted = rows.toSorted((a, b) => a.time - b.time);
        const t = testing();
        const source = t.source<Row>('rows');
        const out = t.collect(Stream.from(source).timestamps(row => row.time).keyBy(row => row.key).distinct({ name: 'd', within }));
        const job = await t.run(out);
        for (const row of sorted) source.push(row, 0);
        await job.settle();
        expect(out.values.map(({ id }) => id)).toEqual(byHand(sorted, within));
        expect(job.metrics().steps['d']?.counters.dropped).toBe(rows.length - out.values.length);
        await job.stop();
      }),
    );
  });
  it('survives a crash after every input; two keys do not meet', async () => {
    const { values } = await crashAfterEach(
      t => t.collect(Stream.from(t.source<Row>('rows')).keyBy(row => row.key).distinct({ name: 'd', within: 10 })),
      t => {
        const rows = t.source<Row>('rows');
        const push = (key: string, id: number, time: number) => () => rows.push({ key, id, time }, time);
        return [push('a', 1, 0), push('b', 2, 1), push('a', 3, 9), push('a', 4, 10), () => rows.watermark(30), push('b', 5, 31), () => rows.end()];
      },
    );
    expect(values.map(({ id }) => id)).toEqual([1, 2, 4, 5]);
  });
  it('a record far behind the watermark may pass again', async () => {
    const found = await Stream.from([0, 100, 1]).timestamps(time => time).keyBy(() => 'k').distinct({ name: 'd', within: 10 }).collect();
    expect(found).toEqual([0, 100, 1]);
  });
  it.each([[undefined, 'missing'], [0, 'within'], ['soon', 'within']])('within: %j is refused', async (within, message) => {
    await expect(Stream.from([1]).timestamps(n => n).keyBy(() => 1).distinct({ name: 'd', within: within as number }).collect()).rejects.toThrow(message);
  });
});
