import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../../../src/connectors/files/place.js';
import { cutAt, drive, rowParser, told } from './reading.js';

const read = (text: string | Uint8Array, options = {}) => drive(rowParser(options), [typeof text === 'string' ? Buffer.from(text) : text]);

describe('CSV', () => {
  it.each([
    ['a,b\n1,2\n', [['a', 'b'], ['1', '2']]],
    ['a,b\r\n1,2', [['a', 'b'], ['1', '2']]],
    ['a,\r\n,\n,b', [['a', ''], ['', ''], ['', 'b']]],
    ['"a","b""c","d\r\ne\nf"\r\n1,2,3', [['a', 'b"c', 'd\r\ne\nf'], ['1', '2', '3']]],
    ['""\n"",""\n', [[''], ['', '']]],
    ['""""\n', [['"']]],
    ['"a\n\n\nb",c\n\nd,e\n', [['a\n\n\nb', 'c'], ['d', 'e']]],
    ['a b , c\n', [['a b ', ' c']]],
    ['"x\r\n",y\r\n', [['x\r\n', 'y']]],
    ['a,"b"\r\n', [['a', 'b']]],
    ['a,"b"', [['a', 'b']]],
    ['a,b\rc\n', [['a', 'b\rc']]],
    ['a"b,c"\n 5", "d"\n', [['a"b', 'c"'], [' 5"', ' "d"']]],
    ['"multi\nline ""quoted"",\ntext",x\n1,2', [['multi\nline "quoted",\ntext', 'x'], ['1', '2']]],
  ])('%j', (text, rows) => expect(read(text)).toMatchObject({ values: rows, failures: [] }));
  it('with another delimiter and quote', () => expect(read("a;'b;''c'\n", { delimiter: ';', quote: "'" }).values).toEqual([['a', "b;'c"]]));

  it('says where each record stood, by its first line', () => {
    const out = read('é,1\n"x\ny",2\n\nz,3\n');
    expect(out.positions).toEqual([{ byte: 0, line: 1 }, { byte: 5, line: 2 }, { byte: 14, line: 5 }]);
    expect(out.position).toEqual({ byte: 18, line: 6 });
  });
  it.each([
    ['"a"b,c\nd,e\n', 'csv-stray-quote', [['d', 'e']]],
    ['"abc\n"x",y\nd,e\n', 'csv-stray-quote', [['x', 'y'], ['d', 'e']]],
    ['1,"a\nb,c\nd,e\n', 'csv-open-quote', [['b', 'c'], ['d', 'e']]],
    ['"', 'csv-open-quote', []],
    ['"""', 'csv-open-quote', []],
  ])('%j fails with %s and reads the rest', (text, code, rows) => expect(read(text)).toMatchObject({ values: rows, failures: [{ code, position: { byte: 0, line: 1 } }] }));
  it('a record of another length than there are columns fails alone', () =>
    expect(read('a,b\na\na,b,c\n"a\nx","b",c\nc,d\n', { width: 2 })).toMatchObject({ values: [['a', 'b'], ['c', 'd']], failures: [{ code: 'csv-ragged', position: { line: 2 } }, { code: 'csv-ragged', position: { line: 3 } }, { code: 'csv-ragged', position: { line: 4 } }] }));
  it('a record of too many fields fails alone', () => expect(read('a,b,c\n"a",b,c\na,b\n"a",b\n', { maxColumns: 2 })).toMatchObject({ values: [['a', 'b'], ['a', 'b']], failures: [{ code: 'csv-too-many-columns' }, { code: 'csv-too-many-columns' }] }));
});

const field = fc.oneof(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', '😀', ' ') }), fc.string({ unit: 'binary' }).map(s => s.replaceAll('\uFEFF', '')), fc.constantFrom('', 'plain', 'x'.repeat(40)));
const table = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 8 });
/** An encoder of its own, that quotes now and then what need not be. */
const encode = (rows: readonly (readonly string[])[], newline: string, also: boolean): string =>
  rows.map(row => row.map(f => (also || f === '' || /[",\r\n]/.test(f) ? `"${f.replaceAll('"', '""')}"` : f)).join(',') + newline).join('');
const wild = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', 'é', '""', '"\n', '\n"') }).map(s => Buffer.from(s)),
  fc.uint8Array({ maxLength: 100 }),
  fc.tuple(table, fc.nat(), fc.nat(255)).map(([rows, at, value]) => {
    const bytes = Buffer.from(encode(rows, '\n', false));
    if (bytes.length > 0) bytes[at % bytes.length] = value;
    return bytes;
  }),
);

describe('CSV, for any bytes,', () => {
  const options = { maxLineBytes: 48, maxColumns: 6 };
  it('reads back what was written', () =>
    fc.assert(fc.property(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), (rows, newline, also, last) => {
      const text = encode(rows, newline, also);
      expect(read(last ? text : text.slice(0, -newline.length))).toMatchObject({ values: rows, failures: [] });
    })));
  it('gives the same for every way to cut them into chunks', () =>
    fc.assert(fc.property(wild, fc.array(fc.nat(), { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (bytes, cuts, max) => void expect(told(drive(rowParser(options), cutAt(bytes, cuts), max))).toEqual(told(drive(rowParser(options), [bytes]))))));
  it('goes on exactly from the place of any record', () =>
    fc.assert(
      fc.property(wild, bytes => {
        const whole = drive(rowParser(options), [bytes]);
        whole.positions.forEach((position, i) => {
          const place = placeOf(position);
          expect(drive(rowParser(options, place), [bytes.subarray(place.byte)]).values).toEqual(whole.values.slice(i));
        });
      }),
    ));
  it('goes on exactly from the place of any batch', () =>
    fc.assert(
      fc.property(wild, fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(), { maxLength: 3 }), (bytes, max, cuts) => {
        const whole = drive(rowParser(options), [bytes]);
        const parser = rowParser(options);
        let values = 0;
        let failures = 0;
        const check = (): void => {
          for (let batch = parser.take(max); batch !== undefined; batch = parser.take(max)) {
            values += batch.values.length;
            failures += batch.failed?.length ?? 0;
            const place = placeOf(batch.position);
            const rest = drive(rowParser(options, place), [bytes.subarray(place.byte)]);
            expect(rest.values).toEqual(whole.values.slice(values));
            expect(rest.failures.map(f => [f.code, f.position])).toEqual(whole.failures.slice(failures).map(f => [f.code, f.position]));
          }
        };
        for (const chunk of cutAt(bytes, cuts)) {
          parser.feed(chunk);
          check();
        }
        parser.finish();
        check();
      }),
    ));
  it('reads what a plain reading of RFC 4180 reads, where that accepts', () => fc.assert(fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r\n', 'a', 'bc') }), text => {
    const rows = plainly(text);
    if (rows !== undefined) expect(read(text).values).toEqual(rows);
    else expect(read(text).failures).not.toEqual([]);
  })));
});

/** Character by character; `undefined` for text behind a closing quote, and for a quote never closed. */
function plainly(text: string): string[][] | undefined {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const begun = at;
    let value = '';
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) return undefined;
        if (text[at] === '"' && text[at + 1] === '"') at++;
        else if (text[at] === '"') break;
        value += text[at];
      }
      at++;
    } else
      while (at < text.length && text[at] !== ',' && text[at] !== '\n' && !text.startsWith('\r\n', at)) value += text[at++];
    row.push(value);
    if (text[at] === ',') {
      at++;
      if (at < text.length) continue;
      row.push('');
    } else if (at < text.length && text[at] !== '\n' && !text.startsWith('\r\n', at)) return undefined;
    at += text.startsWith('\r\n', at) ? 2 : 1;
    if (!(row.length === 1 && value === '' && text[begun] !== '"')) rows.push(row);
    row = [];
  }
  return rows;
}
