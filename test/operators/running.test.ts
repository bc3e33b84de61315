/** Running aggregates and scans against a loop over an array with a Map. */
import fc from 'fast-check';
import { Stream, collect, count, sum } from 'millrace';
import { crashAfterEach } from 'millrace/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';

const rows = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), n: fc.integer({ min: -9, max: 9 }) }), { maxLength: 30 });
type Row = { readonly key: string; readonly n: number };

describe('a running aggregate', () => {
  it('gives what each key comes to after each record', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async input => {
        const found = await Stream.from(input).keyBy(row => row.key).aggregate({ n: count(), total: sum((row: Row) => row.n) }, { name: 'r' }).collect();
        const totals = new Map<string, { n: number; total: number }>();
        const expected = input.map(({ key, n }) => {
          const so = totals.get(key) ?? { n: 0, total: 0 };
          totals.set(key, { n: so.n + 1, total: so.total + n });
          return { key, value: totals.get(key) };
        });
        expect(found).toEqual(expected);
      }),
    );
  });
  it('is typed, keeps times, and survives a crash after every input', async () => {
    const stream = Stream.from<Row>([]).keyBy(row => row.key).aggregate(sum((row: Row) => row.n));
    expectTypeOf(stream).toEqualTypeOf<Stream<{ readonly key: string; readonly value: number }>>();
    const { records } = await crashAfterEach(
      t => t.collect(Stream.from(t.source<Row>('rows')).keyBy(row => row.key).aggregate(sum((row: Row) => row.n), { name: 'r' })),
      t => [...(['a', 'b', 'a'] as const).map((key, i) => () => t.source<Row>('rows').push({ key, n: i + 1 }, 10 * i)), () => t.source<Row>('rows').end()],
    );
    expect(records).toEqual([{ value: { key: 'a', value: 1 }, time: 0 }, { value: { key: 'b', value: 2 }, time: 10 }, { value: { key: 'a', value: 4 }, time: 20 }]);
  });
  it('a record that fails leaves what was before', async () => {
    const picky = { ...collect<number>(), add: (all: number[], n: number) => { all.push(n); if (n === 2) throw new Error('no'); return all; } };
    expect((await Stream.from([1, 2, 3]).keyBy(() => 1).aggregate(picky, { onError: 'skip' }).collect()).map(({ value }) => value)).toEqual([[1], [1, 3]]);
  });
});
