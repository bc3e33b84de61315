import { readdirSync } from 'node:fs';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, DataError } from '../../../src/core/errors.js';
import { parquet } from '../../../src/connectors/parquet/index.js';
import { bytesOf, environment, fileOf, never, newPath, opened, readAll, written } from './fixtures.js';

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('values', () => {
  it('reads every kind of value', async () => {
    const path = fileOf([
      { name: 'truth', data: [true, false, null], type: 'BOOLEAN' },
      { name: 'small', data: [1, -2, null], type: 'INT32' },
      { name: 'large', data: [1n, -9_007_199_254_740_991n, null], type: 'INT64' },
      { name: 'beyond', data: [1n, 9_007_199_254_740_993n, null], type: 'INT64' },
      { name: 'single', data: [0.5, Number.NaN, null], type: 'FLOAT' },
      { name: 'double', data: [0.1, -Infinity, null], type: 'DOUBLE' },
      { name: 'text', data: ['a', 'ü€', null], type: 'STRING' },
      { name: 'bytes', data: [Uint8Array.of(0, 255), Uint8Array.of(), null], type: 'BYTE_ARRAY' },
      { name: 'json', data: [{ a: [1] }, [], null], type: 'JSON' },
      { name: 'when', data: [new Date(0), new Date(-1), null], type: 'TIMESTAMP' },
      { name: 'id', data: ['00112233-4455-6677-8899-aabbccddeeff', '00000000-0000-0000-0000-000000000000', null], type: 'UUID' },
      { name: 'half', data: [0.5, -2, null], type: 'FLOAT16' },
    ]);
    const { rows } = await readAll(parquet(path));
    expect(rows).toEqual([
      { truth: true, small: 1, large: 1, beyond: 1, single: 0.5, double: 0.1, text: 'a', bytes: Uint8Array.of(0, 255), json: { a: [1] }, when: new Date(0), id: '00112233-4455-6677-8899-aabbccddeeff', half: 0.5 },
      { truth: false, small: -2, large: -9_007_199_254_740_991, beyond: 9_007_199_254_740_993n, single: Number.NaN, double: -Infinity, text: 'ü€', bytes: Uint8Array.of(), json: [], when: new Date(-1), id: '00000000-0000-0000-0000-000000000000', half: -2 },
      { truth: null, small: null, large: null, beyond: null, single: null, double: null, text: null, bytes: null, json: null, when: null, id: null, half: null },
    ]);
  });

  it('reads dates and microseconds, as Date or as milliseconds', async () => {
    const schema = [
      { name: 'root', num_children: 2 },
      { name: 'day', type: 'INT32' as const, converted_type: 'DATE' as const, repetition_type: 'OPTIONAL' as const },
      { name: 'micros', type: 'INT64' as const, logical_type: { type: 'TIMESTAMP' as const, isAdjustedToUTC: false, unit: 'MICROS' as const }, repetition_type: 'OPTIONAL' as const },
    ];
    const path = fileOf([{ name: 'day', data: [new Date('2001-06-30'), null] }, { name: 'micros', data: [new Date(1_500), null] }], { schema });
    expect((await readAll(parquet(path))).rows).toEqual([{ day: new Date('2001-06-30'), micros: new Date(1_500) }, { day: null, micros: null }]);
    expect((await readAll(parquet(path, { times: 'milliseconds' }))).rows).toEqual([{ day: Date.UTC(2001, 5, 30), micros: 1_500 }, { day: null, micros: null }]);
  });

  it('reads lists, with 64-bit integers as numbers where exact', async () => {
    const schema = [
      { name: 'root', num_children: 1 },
      { name: 'list', converted_type: 'LIST' as const, repetition_type: 'OPTIONAL' as const, num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED' as const, num_children: 1 },
      { name: 'element', type: 'INT64' as const, repetition_type: 'OPTIONAL' as const },
    ];
    const lists = [[1n, 2n], [], null, [null, 2n ** 60n]];
    const path = fileOf([{ name: 'list', data: lists }], { schema });
    expect((await readAll(parquet(path))).rows).toEqual([{ list: [1, 2] }, { list: [] }, { list: null }, { list: [null, 2n ** 60n] }]);
  });

  it('reads byte arrays as text when asked to', async () => {
    const path = fileOf([{ name: 'a', data: [Uint8Array.of(104, 105)], type: 'BYTE_ARRAY' }]);
    expect((await readAll(parquet(path, { binary: 'text' }))).rows).toEqual([{ a: 'hi' }]);
  });

  it('reads many distinct texts and values across parts', async () => {
    const data = numbers(6_000).map(i => `row ${i}`);
    const { rows } = await readAll(parquet<{ a: string }>(fileOf([{ name: 'a', data }], { rowGroupSize: 5_000 })), 700);
    expect(rows.map(row => row.a)).toEqual(data);
  });

  it('reads the columns chosen, in their order', async () => {
    const path = fileOf([{ name: 'a', data: [1] }, { name: 'b', data: [2] }, { name: 'c', data: [3] }]);
    const { rows } = await readAll(parquet(path, { columns: ['c', 'a'] }));
    expect(rows.map(row => Object.entries(row))).toEqual([[['c', 3], ['a', 1]]]);
  });
});

describe('positions', () => {
  const rows = numbers(25);
  const path = fileOf([{ name: 'n', data: rows, type: 'INT32' }], { rowGroupSize: [10, 10] });

  it('resumes at every row, whatever the size of the batches', async () => {
    for (const max of [1, 4, 100]) {
      const whole = await readAll(parquet<{ n: number }>(path), max);
      expect(whole.rows.map(row => row.n)).toEqual(rows);
      expect(whole.at).toEqual(rows.map(n => ({ group: Math.floor(n / 10), row: n % 10 })));
    }
    const source = parquet<{ n: number }>(path);
    const keepsTheThread = await opened(source);
    const { after } = await readAll(source, 1);
    for (const [i, position] of after.entries()) expect((await readAll(source, 7, position)).rows.map(row => row.n)).toEqual(rows.slice(i + 1));
    await keepsTheThread.close();
  });

  it('orders positions', () => {
    const { compare } = parquet(path);
    expect(compare!({ group: 0, row: 9 }, { group: 1, row: 0 })).toBeLessThan(0);
    expect(compare!({ group: 1, row: 3 }, { group: 1, row: 2 })).toBeGreaterThan(0);
    expect(compare!({ group: 1, row: 3 }, { group: 1, row: 3 })).toBe(0);
  });

  it('refuses positions of another file or another source', async () => {
    for (const position of [{ group: 0, row: 11 }, { group: 9, row: 0 }, { group: -1, row: 0 }, 5, null, 'x', { line: 3 }])
      await expect(opened(parquet(path), position)).rejects.toMatchObject({ name: 'DataError', code: 'parquet-position' });
  });

  it('has one split per file and reads them side by side', async () => {
    const other = fileOf([{ name: 'n', data: [100, 101], type: 'INT32' }]);
    const source = parquet<{ n: number }>([path, other]);
    expect(source.splits(environment)).toEqual([path, other]);
    const [a, b] = await Promise.all([readAll(source, 3, undefined, path), readAll(source, 3, undefined, other)]);
    expect(a.rows.map(row => row.n)).toEqual(rows);
    expect(b.rows.map(row => row.n)).toEqual([100, 101]);
  });

  it('reads a file without rows', async () => {
    expect((await readAll(parquet(fileOf([{ name: 'n', data: [], type: 'INT32' }])))).rows).toEqual([]);
  });
});

describe('what can be wrong with a file', () => {
  const good = bytesOf([{ name: 'n', data: numbers(500), type: 'INT32' }, { name: 't', data: numbers(500).map(n => `t${n}`) }], { rowGroupSize: 200 });
  const unreadable = { name: 'DataError', code: 'parquet-unreadable' };

  it('is missing, a folder, empty, or something else', async () => {
    const missing = newPath();
    await expect(opened(parquet(missing))).rejects.toMatchObject({ ...unreadable, message: expect.stringContaining(missing) as string });
    await expect(opened(parquet('.'))).rejects.toMatchObject(unreadable);
    for (const bytes of [new Uint8Array(), new Uint8Array(3), new Uint8Array(5_000), new TextEncoder().encode('a,b\n1,2\n1,2\n')]) {
      const path = written(bytes);
      await expect(opened(parquet(path))).rejects.toMatchObject({ ...unreadable, value: path, message: expect.stringContaining(path) as string });
    }
  });

  /** What becomes of each of these files, read by one source. */
  async function outcomes(files: readonly Uint8Array[]): Promise<unknown[]> {
    const paths = files.map(written);
    const source = parquet([written(good), ...paths]);
    const keepsTheThread = await opened(source);
    const found: unknown[] = [];
    for (const path of paths) found.push(await readAll(source, 1_000, undefined, path).then(({ rows }) => rows.length, (cause: unknown) => cause));
    await keepsTheThread.close();
    return found;
  }

  it('is cut short at any length', async () => {
    const cuts = numbers(Math.floor(good.length / 31)).map(i => good.slice(0, i * 31));
    for (const outcome of await outcomes(cuts)) expect(outcome).toMatchObject(unreadable);
  });

  it('lacks a column', async () => {
    await expect(opened(parquet(written(good), { columns: ['n', 'x'] }))).rejects.toMatchObject({ ...unreadable, message: expect.stringContaining('no column "x"; it has n, t') as string });
  });

  it('is larger than its limits', async () => {
    const path = written(good);
    await expect(readAll(parquet(path, { limits: { groupRows: 199 } }))).rejects.toThrow('limits.groupRows');
    await expect(readAll(parquet(path, { limits: { groupBytes: 700 } }))).rejects.toThrow('limits.groupBytes');
    await expect(readAll(parquet(path, { limits: { footerBytes: 20 } }))).rejects.toThrow('limits.footerBytes');
  });

  it('has a field name that would change the prototype of its rows', async () => {
    await expect(opened(parquet(fileOf([{ name: '__proto__', data: [1] }])))).rejects.toThrow('__proto__');
  });

  it('has a page of a few bytes that claims gigabytes', async () => {
    // A Zstandard frame with a declared size of 2^62 bytes, of which nothing follows.
    const frame = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0);
    const path = fileOf([{ name: 'n', data: numbers(500), type: 'INT32', encoding: 'PLAIN' }], { codec: 'ZSTD', compressors: { ZSTD: () => frame } });
    await expect(readAll(parquet(path))).rejects.toThrow('limits.groupBytes');
  });
});

describe('compression', () => {
  it('reads what the codecs of hyparquet-compressors read', async () => {
    const { gzipSync, brotliCompressSync } = await import('node:zlib');
    expect(Object.keys(compressors)).toContain('ZSTD');
    for (const [codec, pack] of [['GZIP', gzipSync], ['BROTLI', brotliCompressSync]] as const) {
      const data = numbers(3_000).map(i => `some text ${i % 100}`);
      const path = fileOf([{ name: 'a', data }], { codec, compressors: { [codec]: (bytes: Uint8Array) => new Uint8Array(pack(bytes)) } });
      expect((await readAll(parquet<{ a: string }>(path))).rows.map(row => row.a)).toEqual(data);
    }
  });
});

describe('options', () => {
  it('lists everything wrong at once', () => {
    const call = (): unknown => parquet(['a', 'a'], { columns: ['x', 'x'], limits: { groupRows: 0, groupBytes: 1.5 } });
    expect(call).toThrow(ConfigurationError);
    expect(call).toThrow(/twice.*named twice.*groupRows.*groupBytes/s);
    expect(() => parquet([])).toThrow('No file');
  });
});

describe('release', () => {
  // Where the system lists them; elsewhere the rest of the test still counts.
  const openFiles = (): number => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
  const path = fileOf([{ name: 'n', data: numbers(30_000), type: 'INT32' }], { rowGroupSize: 10_000 });

  it('leaves nothing open after an end, an abort in the middle, or an error', async () => {
    await readAll(parquet(path));
    const before = openFiles();
    await readAll(parquet(path));

    const abort = new AbortController();
    const reader = await opened(parquet(path));
    const pending = Promise.resolve(reader.read(10, abort.signal));
    abort.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    await reader.close();
    await reader.close();

    await opened(parquet(path, { columns: ['x'] })).catch(() => {});
    await opened(parquet(newPath())).catch(() => {});
    expect(openFiles()).toBe(before);
  });

  it('can go on after an aborted read', async () => {
    const abort = new AbortController();
    const reader = await opened(parquet<{ n: number }>(path));
    const pending = Promise.resolve(reader.read(10, abort.signal));
    abort.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(await reader.read(2, never)).toMatchObject({ values: [{ n: 0 }, { n: 1 }] });
    await reader.close();
  });

  it('fails a read that waits when it is closed', async () => {
    const reader = await opened(parquet(path));
    const pending = Promise.resolve(reader.read(10, never));
    const closing = Promise.resolve(reader.close());
    await expect(pending).rejects.toBeInstanceOf(DataError);
    await closing;
  });
});
