import fc from 'fast-check';
import { Stream } from 'millrace';
import { crashAfterEach } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly key: string;
  readonly of: { readonly n: number };
}

describe('changes', () => {
  it('are the records that differ from the one before of their key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ key: fc.constantFrom('a', 'b'), of: fc.record({ n: fc.constantFrom(1, 2) }, { noNullPrototype: true }) }, { noNullPrototype: true })), async rows => {
        const last = new Map<string, number>();
        const expected = rows.filter(({ key, of }) => {
          const differs = last.get(key) !== of.n;
          last.set(key, of.n);
          return differs;
        });
        expect(await Stream.from(rows).keyBy(row => row.key).changes({ name: 'c' }).collect()).toEqual(expected);
        expect(await Stream.from(rows.map((row, id) => ({ ...row, id }))).keyBy(row => row.key).changes({ name: 'c', of: row => row.of }).map(({ key, of }) => ({ key, of })).collect()).toEqual(expected);
      }),
    );
  });
  it('survive a crash after every input', async () => {
    const { values } = await crashAfterEach(
      t => t.collect(Stream.from(t.source<Row>('rows')).keyBy(row => row.key).changes({ name: 'c' })),
      t => [...[1, 1, 2, 2, 1].map(n => () => t.source<Row>('rows').push({ key: 'k', of: { n } }, n)), () => t.source<Row>('rows').end()],
    );
    expect(values.map(({ of }) => of.n)).toEqual([1, 2, 1]);
  });
  it('a record changed below does not change what it is compared with', async () => {
    const rows = [{ n: 1 }, { n: 1 }];
    expect(await Stream.from(rows).keyBy(() => 1).changes({ name: 'c' }).map(row => { row.n = 9; return row.n; }).collect()).toHaveLength(1);
  });
  it('what cannot be kept fails its record; `of` must be a function', async () => {
    expect(await Stream.from([{ f: () => 1 }]).keyBy(() => 1).changes({ name: 'c', onError: 'skip' }).collect()).toEqual([]);
    await expect(Stream.from([1]).keyBy(() => 1).changes({ name: 'c', of: 5 as never }).collect()).rejects.toThrow('`of`');
  });
});
