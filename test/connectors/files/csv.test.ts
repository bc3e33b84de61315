import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConfigurationError } from '../../../src/core/errors.js';
import type { Source } from '../../../src/core/source.js';
import { csv, type CsvOptions } from '../../../src/connectors/files/index.js';
import { errorOf, folders, readAll } from './reading.js';

const folder = folders();
const written = async (text: string, name = 'a.csv'): Promise<string> => {
  const path = join(await folder(), name);
  await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
};

describe('csv', () => {
  it('says what it gives', () => {
    expectTypeOf(csv('a')).toEqualTypeOf<Source<Record<string, string>>>();
    expectTypeOf(csv('a', { header: false })).toEqualTypeOf<Source<string[]>>();
    expectTypeOf(csv('a', { columns: ['x', 'y'] })).toEqualTypeOf<Source<Record<'x' | 'y', string>>>();
    expectTypeOf(csv('a', { delimiter: ';' })).toEqualTypeOf<Source<Record<string, string>>>();
  });
  it('gives objects by the header', async () => expect((await readAll(csv(await written('a,b\n1,"x\ny"\n,\n')))).values).toEqual([{ a: '1', b: 'x\ny' }, { a: '', b: '' }]));
  it('gives arrays without one', async () => expect((await readAll(csv(await written('a,b\n1\n'), { header: false }))).values).toEqual([['a', 'b'], ['1']]));
  it('gives objects by columns of ours, also in place of a header', async () => {
    const path = await written('a,a\n1,2\n');
    expect((await readAll(csv(path, { columns: ['x', 'y'] }))).values).toEqual([{ x: 'a', y: 'a' }, { x: '1', y: '2' }]);
    expect((await readAll(csv(path, { columns: ['x', 'y'], header: true }))).values).toEqual([{ x: '1', y: '2' }]);
    expect(await errorOf(readAll(csv(path, { columns: ['x'], header: true })))).toMatchObject({ code: 'csv-header' });
  });
  it('gives each record its own array', async () => {
    const { values } = await readAll(csv(await written('1\n2\n'), { header: false }));
    expect(values[0]).not.toBe(values[1]);
  });
  it('of an empty file, or one with only a header, gives nothing', async () => {
    for (const text of ['', '\uFEFF', '\n\n', 'a,b', 'a,b\r\n']) expect(await readAll(csv(await written(text)))).toMatchObject({ values: [], failures: [] });
  });
  it.each(['a.csv', 'a.csv.gz'])('goes on at any place of %s, with its header', async name => {
    const path = await written(`a,"b\nc"\n${Array.from({ length: 300 }, (_, i) => `${i},"é\n${i}"\n`).join('')}`, name);
    const whole = await readAll(csv(path));
    expect(whole.values).toHaveLength(300);
    expect(whole.positions[0]).toEqual({ byte: 8, line: 3 });
    for (const i of [0, 1, 150, 299]) expect((await readAll(csv(path), whole.positions[i])).values).toEqual(whole.values.slice(i));
    expect((await readAll(csv(path), whole.position)).values).toEqual([]);
    expect((await readAll(csv(path), { byte: 0, line: 1 })).values).toEqual(whole.values);
  });
  it('refuses a header it cannot read', async () => {
    for (const text of ['"a"b,c\n1,2\n', '"a,b\n1,2\n', Buffer.from([0x61, 0xff, 0x0a]).toString('latin1')]) {
      const path = await written(text);
      if (text.includes('ÿ')) await writeFile(path, Buffer.from(text, 'latin1'));
      expect(await errorOf(readAll(csv(path)))).toMatchObject({ code: 'csv-header', message: expect.stringMatching(/Line 1/) as string });
    }
  });
  it('says all at once which options cannot be', () => {
    const wrong: CsvOptions = { delimiter: ';;', quote: '\n', columns: ['a', 'a'], maxColumns: -1 };
    try {
      csv([], wrong);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect((error as ConfigurationError).problems).toHaveLength(5);
    }
    expect(() => csv('a', { delimiter: '"' })).toThrow(/quote character too/);
  });
});
