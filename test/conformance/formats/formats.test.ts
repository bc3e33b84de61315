/**
 * What others test their readers with: RFC 4180 section 2, csv-spectrum, the rules of JSON Lines, and JSONTestSuite by Nicolas Seriot (MIT, licence beside its
 * files in `fixtures`; the two largest, which are one pattern repeated, are made here).
 */
import { readFileSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csv } from '../../../src/connectors/files/index.js';
import { cutAt, drive, folders, jsonParser, readAll, rowParser } from '../../connectors/files/reading.js';

const spectrum = dirname(createRequire(import.meta.url).resolve('csv-spectrum'));
const folder = folders();

describe('csv-spectrum', () => {
  const names = readdirSync(join(spectrum, 'csvs')).map(name => basename(name, '.csv'));
  it('is there', () => expect(names.length).toBeGreaterThanOrEqual(12));
  it.each(names)('%s', async name => {
    const rows = [JSON.parse(readFileSync(join(spectrum, 'json', `${name}.json`), 'utf8')) as Record<string, string> | Record<string, string>[]].flat();
    // The answer that is published with this file has another telephone number than the file.
    const expected = name === 'location_coordinates' ? rows.map(row => ({ ...row, 'Contact Phone Number': '2095257564' })) : rows;
    expect(await readAll(csv(join(spectrum, 'csvs', `${name}.csv`)))).toMatchObject({ values: expected, failures: [] });
  });
});

describe('RFC 4180 section 2', () => {
  const cases: readonly (readonly [rule: string, text: string, rows: readonly (readonly string[])[]])[] = [
    ['1: records on lines', 'aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n', [['aaa', 'bbb', 'ccc'], ['zzz', 'yyy', 'xxx']]],
    ['2: the last line without a break', 'aaa,bbb,ccc\r\nzzz,yyy,xxx', [['aaa', 'bbb', 'ccc'], ['zzz', 'yyy', 'xxx']]],
    ['5: quoted fields', '"aaa","bbb","ccc"\r\nzzz,yyy,xxx', [['aaa', 'bbb', 'ccc'], ['zzz', 'yyy', 'xxx']]],
    ['6: line breaks in quoted fields', '"aaa","b\r\nbb","ccc"\r\nzzz,yyy,xxx', [['aaa', 'b\r\nbb', 'ccc'], ['zzz', 'yyy', 'xxx']]],
    ['7: doubled quotes', '"aaa","b""bb","ccc"', [['aaa', 'b"bb', 'ccc']]],
  ];
  it.each(cases)('rule %s, for every split into chunks', (_, text, rows) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at <= bytes.length; at++) expect(drive(rowParser(), cutAt(bytes, [at]))).toMatchObject({ values: rows, failures: [] });
  });
  it('rules 3 and 4: a header, as many fields throughout', async () => {
    const path = join(await folder(), 'a.csv');
    await writeFile(path, 'field_name,field_name2\r\naaa,bbb\r\nzzz\r\n');
    expect(await readAll(csv(path))).toMatchObject({ values: [{ field_name: 'aaa', field_name2: 'bbb' }], failures: [{ code: 'csv-ragged' }] });
  });
});

describe('JSON Lines', () => {
  it('any JSON value may be a line', () => expect(drive(jsonParser(), [Buffer.from('1\n"x"\nnull\ntrue\n')])).toMatchObject({ values: [1, 'x', null, true], failures: [] }));
});

describe('JSONTestSuite, each file as one line', () => {
  const files = JSON.parse(readFileSync(new URL('fixtures/json-test-suite.json', import.meta.url), 'utf8')) as Readonly<Record<string, string>>;
  const suite: [string, Buffer][] = [
    ...Object.entries(files).map(([name, text]): [string, Buffer] => [name, Buffer.from(text, 'base64')]),
    ['n_structure_100000_opening_arrays', Buffer.from('['.repeat(100_000))],
    ['n_structure_open_array_object', Buffer.from('[{"":'.repeat(50_000))],
  ];
  /** A last line feed ends the line; others would make several of it. */
  const oneLine = suite.filter(([, bytes]) => !bytes.subarray(0, -1).includes(10));
  const between = (bytes: Buffer) => drive(jsonParser(), [Buffer.from('"before"\n'), bytes, Buffer.from('\n"after"\n')]);
  const of = (kind: string): [string, Buffer][] => oneLine.filter(([name]) => name.startsWith(kind));

  it('is there', () => expect([of('y_').length, of('n_').length, of('i_').length]).toEqual([93, 185, 35]));
  it.each(of('y_'))('%s is accepted', (_, bytes) => expect(between(bytes)).toMatchObject({ values: ['before', JSON.parse(bytes.toString()), 'after'], failures: [] }));
  it.each(of('n_'))('%s is refused, and only that line', (name, bytes) => {
    const { values, failures } = between(bytes);
    expect(values).toEqual(['before', 'after']);
    // An empty line is no record.
    expect(failures).toHaveLength(name === 'n_structure_no_data' ? 0 : 1);
  });
  it.each(of('i_'))('%s is either, and only that line', (_, bytes) => {
    const { values, failures } = between(bytes);
    expect([values[0], values.at(-1), values.length + failures.length]).toEqual(['before', 'after', 3]);
  });
});
