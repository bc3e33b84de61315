/** Hazards of data that are known to have hurt others, each by its number. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { csv, ndjson, ndjsonFile } from '../../../src/connectors/files/index.js';
import { bytesOf, cutAt, drive, errorOf, folders, jsonParser, readAll, rowParser, writeAll } from './reading.js';

const folder = folders();
const written = async (name: string, bytes: string | Uint8Array): Promise<string> => {
  const path = join(await folder(), name);
  await writeFile(path, bytes);
  return path;
};
const lines = (text: string | Uint8Array, options = {}) => drive(jsonParser(options), [typeof text === 'string' ? Buffer.from(text) : text]);
const rows = (text: string | Uint8Array, options = {}) => drive(rowParser(options), [typeof text === 'string' ? Buffer.from(text) : text]);

describe('H47 integers beyond 2^53', () => {
  const text = '{"id":9007199254740993}\n{"id":[-9007199254740993]}\n{"id":9007199254740992}\n{"id":9007199254740991}\n{"id":"9007199254740993"}\n{"id":0.90071992547409931}\n{"id":10000000000000000000000}\n';
  it('H47 are refused, never rounded; exact ones pass', () => {
    const { values, failures } = lines(text);
    expect(failures.map(f => [f.code, f.position])).toEqual([['json-integer', { byte: 0, line: 1 }], ['json-integer', { byte: 24, line: 2 }]]);
    expect(values).toEqual([{ id: 2 ** 53 }, { id: 9007199254740991 }, { id: '9007199254740993' }, { id: 0.9007199254740993 }, { id: 1e22 }]);
  });
  it('H47 are text when asked for', () => expect(lines(text, { bigints: 'text' }).values.slice(0, 3)).toEqual([{ id: '9007199254740993' }, { id: ['-9007199254740993'] }, { id: 2 ** 53 }]));
  it('H47 are rounded only when told so', () => expect(lines(text, { bigints: 'round' }).values[0]).toEqual({ id: 9007199254740992 }));
});

describe('H48 keys given twice', () => {
  const text = '{"a":1,"a":2}\n{"a":{"b":1},"b":{"b":1}}\n';
  it('H48 the last one counts', () => expect(lines(text).values[0]).toEqual({ a: 2 }));
  it('H48 fail when told so', () => expect(lines(text, { duplicateKeys: 'reject' })).toMatchObject({ values: [{ a: { b: 1 } }], failures: [{ code: 'json-duplicate-key' }] }));
});

describe('H49 UTF-8', () => {
  it('H49 what is none fails, and the rest is read', () => {
    expect(lines(bytesOf('"', [0x61, 0xff, 0x62], '"\n"ok"\n'))).toMatchObject({ values: ['ok'], failures: [{ code: 'invalid-utf8', position: { byte: 0, line: 1 } }] });
    expect(rows(bytesOf([0x61, 0xff, 0x62], ',1\nok,2\n"x\n', [0xff], '",3\n'))).toMatchObject({ values: [['ok', '2']], failures: [{ code: 'invalid-utf8', position: { byte: 0, line: 1 } }, { code: 'invalid-utf8', position: { byte: 11, line: 3 } }, { code: 'invalid-utf8' }] });
  });
  it('H49 a character is not broken by the border of a chunk', () => {
    const json = bytesOf('"€"\n"€"');
    for (let at = 0; at <= json.length; at++) expect(drive(jsonParser(), cutAt(json, [at]))).toMatchObject({ values: ['€', '€'], failures: [] });
    const table = bytesOf('€,"€"\n€,€');
    for (let at = 0; at <= table.length; at++) expect(drive(rowParser(), cutAt(table, [at]))).toMatchObject({ values: [['€', '€'], ['€', '€']], failures: [] });
  });
});

describe('H50 a byte order mark', () => {
  it('H50 is accepted, in whatever chunks it comes', async () => {
    for (let at = 0; at <= 4; at++) {
      expect(drive(jsonParser(), cutAt(bytesOf([0xef, 0xbb, 0xbf], '{"a":1}\n'), [at]))).toMatchObject({ values: [{ a: 1 }], failures: [] });
      expect(drive(rowParser(), cutAt(bytesOf([0xef, 0xbb, 0xbf], '"a",b\n'), [at]))).toMatchObject({ values: [['a', 'b']], failures: [] });
    }
    expect((await readAll(csv(await written('a.csv', '\uFEFFa,b\n1,2\n')))).values).toEqual([{ a: '1', b: '2' }]);
    expect((await readAll(ndjson(await written('a.gz', gzipSync('\uFEFF1\n2\n'))))).values).toEqual([1, 2]);
  });
});

describe('H51 a lone carriage return', () => {
  it('H51 ends no line', () => expect(lines('{"a":1}\r{"b":2}\n{"c":3}\r\n')).toMatchObject({ values: [{ c: 3 }], failures: [{ code: 'json-syntax', position: { byte: 0, line: 1 } }] }));
});

describe('H52 a line without end', () => {
  it('H52 fails once at its limit, in bounded memory, and the next line is read', () => {
    const chunk = Buffer.alloc(2 ** 20, 'x');
    for (const make of [jsonParser, rowParser]) {
      const before = process.memoryUsage.rss();
      const parser = make();
      let failures = 0;
      let most = 0;
      for (let i = 0; i < 300; i++) {
        parser.feed(chunk);
        for (let batch = parser.take(1_024); batch !== undefined; batch = parser.take(1_024)) {
          failures += batch.failed?.length ?? 0;
          if (batch.failed !== undefined) expect([i, batch.failed[0]?.cause]).toMatchObject([1, { code: 'line-too-long' }]);
        }
        most = Math.max(most, process.memoryUsage.rss() - before);
      }
      expect(failures).toBe(1);
      expect(most).toBeLessThan(64 * 2 ** 20);
      parser.feed(Buffer.from('\n1\n'));
      expect(parser.take(10)?.values).toHaveLength(1);
    }
  });
  it('H52 a line of exactly the limit passes, one byte more does not', () => {
    const text = (n: number): string => `"${'x'.repeat(n - 2)}"`;
    for (const end of ['\n', '\r\n', '']) {
      expect(lines(text(100) + end, { maxLineBytes: 100 }).failures).toEqual([]);
      expect(lines(text(101) + end, { maxLineBytes: 100 })).toMatchObject({ values: [], failures: [{ code: 'line-too-long' }] });
    }
  });
});

describe('H53 a decompression bomb', () => {
  const line = `"${'x'.repeat(2 ** 18 - 3)}"\n`;
  const bomb = gzipSync(line.repeat(160), { level: 9 });
  it('H53 is stopped by its ratio', async () => expect(await errorOf(readAll(ndjson(await written('a.gz', bomb)), undefined, 1_024))).toMatchObject({ code: 'gzip-expansion', message: expect.stringMatching(/maxExpansion \(200\)/) as string }));
  it('H53 is stopped by its size, and passes when trusted', async () => {
    const path = await written('a.gz', bomb);
    expect(await errorOf(readAll(csv(path, { header: false, maxDecompressedBytes: 10_000_000 }), undefined, 1_024))).toMatchObject({ code: 'gzip-expansion', message: expect.stringMatching(/maxDecompressedBytes/) as string });
    expect((await readAll(csv(path, { header: false, maxExpansion: Infinity }), { byte: 159 * 2 ** 18, line: 160 })).values).toEqual([[line.slice(1, -2)]]);
  });
  it('H53 in a single line, or packed twice, costs no memory', async () => {
    const before = process.memoryUsage.rss();
    const once = gzipSync(Buffer.alloc(40 * 2 ** 20), { level: 9 });
    expect(await errorOf(readAll(ndjson(await written('a.gz', once))))).toMatchObject({ code: 'gzip-expansion' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(120 * 2 ** 20);
    const { values, failures } = await readAll(ndjson(await written('b.gz', gzipSync(once))));
    expect(values).toEqual([]);
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('H54 deep nesting', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  it('H54 fails beyond the limit, whole or not, and the rest is read', () =>
    expect(lines([nested(128), nested(129), objects(128), objects(129), nested(100_000), '['.repeat(100_000), '1'].join('\n'))).toMatchObject({ failures: [{ code: 'json-depth', position: { line: 2 } }, { code: 'json-depth', position: { line: 4 } }, { code: 'json-depth', position: { line: 5 } }, { code: 'json-depth', position: { line: 6 } }] }));
  it('H54 brackets in text are no nesting', () => expect(lines(JSON.stringify({ a: nested(500), b: '"['.repeat(500) })).failures).toEqual([]));
});

describe('H55 a header that names a column twice', () => {
  it('H55 is an error', async () => expect(await errorOf(readAll(csv(await written('a.csv', 'a,a,a\n1,2,3\n'))))).toMatchObject({ code: 'csv-header', message: expect.stringMatching(/"a" twice/) as string }));
  it('H55 also one with more columns than allowed', async () => expect(await errorOf(readAll(csv(await written('a.csv', Array.from({ length: 10_001 }, (_, i) => `c${i}`).join(','))))).then(String)).toMatch(/10000/));
});

describe('H56 records that do not fit', () => {
  it('H56 ragged ones fail one by one', async () => {
    const { values, failures } = await readAll(csv(await written('a.csv', 'a,b\n1\n1,2\n1,2,3\n3,4\n')));
    expect(values).toEqual([{ a: '1', b: '2' }, { a: '3', b: '4' }]);
    expect(failures.map(f => [f.code, f.position, f.input])).toEqual([['csv-ragged', { byte: 4, line: 2 }, '1'], ['csv-ragged', { byte: 10, line: 4 }, '1,2,3']]);
  });
  it('H56 a quote never closed costs its line, not the rest of the file', async () => {
    const good = Array.from({ length: 5_000 }, (_, i) => `${i},ok\n`).join('');
    for (const maxLineBytes of [2 ** 20, 1_000]) {
      const { values, failures } = await readAll(csv(await written('a.csv', `a,b\n0,"never\n${good}`), { maxLineBytes }));
      expect(values).toHaveLength(5_000);
      expect(failures).toMatchObject([{ position: { byte: 4, line: 2 }, input: '0,"never' }]);
    }
  });
  it('H56 a quote never closed is bounded in memory', () => {
    const parser = rowParser();
    const before = process.memoryUsage.rss();
    parser.feed(Buffer.from('a,"b\n'));
    const chunk = Buffer.from('1,2\n'.repeat(2 ** 18));
    let values = 0;
    for (let i = 0; i < 12; i++) {
      parser.feed(chunk);
      for (let batch = parser.take(8_192); batch !== undefined; batch = parser.take(8_192)) values += batch.values.length;
    }
    expect(values).toBe(12 * 2 ** 18);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20);
  });
});

describe('S1 names that reach for the prototype', () => {
  const hostile = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  const clean = (): void => expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  it('S1 are data in JSON, in and out', async () => {
    const path = join(await folder(), 'a.ndjson');
    const { values } = lines(hostile);
    expect(Object.hasOwn(values[0] as object, '__proto__')).toBe(true);
    expect((values[0] as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.getPrototypeOf(values[0])).toBe(Object.prototype);
    await writeAll(ndjsonFile(path), values);
    expect(JSON.stringify((await readAll(ndjson(path))).values[0])).toBe(hostile);
    clean();
  });
  it('S1 are data in a CSV header', async () => {
    const { values } = await readAll(csv(await written('a.csv', '__proto__,constructor,toString,a\n1,2,3,4\n5,6,7,8\n')));
    for (const row of values) {
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
      expect(Object.hasOwn(row, '__proto__')).toBe(true);
    }
    expect(values.map(row => Object.entries(row))).toEqual([
      [['__proto__', '1'], ['constructor', '2'], ['toString', '3'], ['a', '4']],
      [['__proto__', '5'], ['constructor', '6'], ['toString', '7'], ['a', '8']],
    ]);
    clean();
  });
  it('S1 are data under columns of ours', async () => {
    const { values } = await readAll(csv(await written('a.csv', 'x\n'), { columns: ['__proto__'] }));
    expect(Object.entries(values[0] ?? {})).toEqual([['__proto__', 'x']]);
    clean();
  });
});
