import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/values.js';
import { csv, csvFile, type CsvFileOptions } from '../../../src/connectors/files/index.js';
import { folders, openSink, readAll, writeAll } from './reading.js';

const folder = folders();
const textOf = async (values: readonly object[], options?: CsvFileOptions): Promise<string> => {
  const path = join(await folder(), 'out.csv');
  expect(await writeAll(csvFile<object>(path, options), values, 2)).toEqual([]);
  return readFile(path, 'utf8');
};

describe('csvFile', () => {
  it('takes its columns from the first record', async () => expect(await textOf([{ a: 1, b: 'x,y' }, { b: 'q"', a: null }, { a: true }])).toBe('a,b\n1,"x,y"\n,"q"""\ntrue,\n'));
  it('takes them as given', async () => expect(await textOf([{ a: 1, b: 2 }], { columns: ['b', 'a', 'c'] })).toBe('b,a,c\n2,1,\n'));
  it('writes no header when told so', async () => expect(await textOf([{ a: 1 }], { header: false })).toBe('1\n'));
  it('writes arrays', async () => {
    expect(await textOf([[1, 'a\nb'], [2, '']])).toBe('1,"a\nb"\n2,\n');
    expect(await textOf([[1, 2]], { columns: ['x', 'y'] })).toBe('x,y\n1,2\n');
  });
  it('writes dates, bigints and booleans as text', async () => expect(await textOf([{ at: new Date(0), n: 2n ** 64n, f: false, x: -1.5, y: Number.NaN }])).toBe('at,n,f,x,y\n1970-01-01T00:00:00.000Z,18446744073709551616,false,-1.5,NaN\n'));
  it('writes other delimiters and quotes', async () => expect(await textOf([['a;b', "c'd", 'e,f']], { delimiter: ';', quote: "'" })).toBe("'a;b';'c''d';e,f\n"));
  it('without records has its header, if it is known', async () => {
    expect(await textOf([], { columns: ['a', 'b'] })).toBe('a,b\n');
    expect(await textOf([])).toBe('');
  });
  it('has its header also if a checkpoint was taken before the first record', async () => {
    const path = join(await folder(), 'out.csv');
    const writer = await openSink(csvFile<object>(path));
    await writer.flush();
    const token = await writer.prepare?.(1);
    const again = await openSink(csvFile<object>(path), token === undefined ? [] : [token]);
    await again.flush();
    await again.write([{ a: 1 }], [0]);
    await again.close('done');
    expect(await readFile(path, 'utf8')).toBe('a\n1\n');
  });
  it('lists the records it cannot write', async () => {
    const path = join(await folder(), 'out.csv');
    const values: unknown[] = [{ a: 1, b: 2 }, { a: 1, b: 2, c: 3 }, { a: {} }, { a: [] }, { a: new Date(Number.NaN) }, { a: '\ud800' }, [1], null, 'text', { a: () => {} }, { a: 9, c: undefined }];
    const failed = await writeAll(csvFile<object>(path), values as object[]);
    expect(failed.map(f => f.index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await readFile(path, 'utf8')).toBe('a,b\n1,2\n9,\n');
  });
  it('takes the columns from the first record that can be written', async () => {
    const path = join(await folder(), 'out.csv');
    expect(await writeAll(csvFile<object>(path), [{ x: {} }, { y: 1 }])).toMatchObject([{ index: 0 }]);
    expect(await readFile(path, 'utf8')).toBe('y\n1\n');
  });
  it('goes on where its checkpoint was, header and columns known', async () => {
    const path = join(await folder(), 'out.csv');
    const first = await openSink(csvFile(path));
    await first.write([{ a: 1, b: 2 }], [0]);
    await first.flush();
    const token = (await first.prepare?.(1)) as Json;
    await first.write([{ a: 3, b: 4 }], [0]);
    await first.close('failed');
    const second = await openSink(csvFile(path), [token]);
    await second.write([{ b: 6, a: 5 }], [0]);
    await second.close('done');
    expect(await readFile(path, 'utf8')).toBe('a,b\n1,2\n5,6\n');
  });

  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '\uFEFF', ' ', 'a', "'") }));
  it('is read back as it was written', async () => {
    const path = join(await folder(), 'out.csv');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(text, { minLength: 1, maxLength: 5 }).chain(columns => fc.tuple(fc.constant(columns), fc.array(fc.array(text, { minLength: columns.length, maxLength: columns.length }), { maxLength: 5 }))), async ([columns, rows]) => {
        const records = rows.map(row => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? ''])));
        expect(await writeAll(csvFile(path, { columns, csvSafe: false }), records, 2)).toEqual([]);
        expect(await readAll(csv(path))).toMatchObject({ values: records, failures: [] });
      }),
      { numRuns: 60 },
    );
  });
});
