import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConfigurationError, DataError } from '../../../src/core/errors.js';
import { systemEnvironment } from '../../../src/core/clock.js';
import type { Source } from '../../../src/core/source.js';
import { ndjson } from '../../../src/connectors/files/index.js';
import { reasonOf } from '../../../src/connectors/files/paths.js';
import { errorOf, folders, readAll } from './reading.js';

const folder = folders();
const lines = (from: number, to: number): string => Array.from({ length: to - from }, (_, i) => `${JSON.stringify({ n: from + i, text: 'ü€😀'.repeat(20) })}\n`).join('');
const numbers = (values: readonly unknown[]): number[] => values.map(v => (v as { n: number }).n);
const count = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('ndjson', () => {
  it('says what it gives', () => {
    expectTypeOf(ndjson('a')).toEqualTypeOf<Source<unknown>>();
    expectTypeOf(ndjson<{ n: number }>('a')).toEqualTypeOf<Source<{ n: number }>>();
  });

  describe.each(['a.ndjson', 'a.ndjson.gz'])('of %s', name => {
    const write = async (text: string): Promise<string> => {
      const path = join(await folder(), name);
      await writeFile(path, name.endsWith('.gz') ? gzipSync(text) : text);
      return path;
    };
    it('reads more than a chunk', async () => {
      const path = await write(lines(0, 20_000));
      expect(numbers((await readAll(ndjson(path))).values)).toEqual(count(0, 20_000));
    });
    it('goes on at any place', async () => {
      const path = await write(lines(0, 200));
      const whole = await readAll(ndjson(path));
      for (const i of [0, 1, 57, 199]) expect(numbers((await readAll(ndjson(path), whole.positions[i])).values)).toEqual(count(i, 200));
      expect((await readAll(ndjson(path), whole.position)).values).toEqual([]);
    });
    it('refuses a place beyond the end, and one that is none', async () => {
      const path = await write(lines(0, 2));
      for (const position of [{ byte: 1_000_000, line: 9 }, { byte: -1, line: 1 }, 'here', null]) expect(await errorOf(readAll(ndjson(path), position))).toMatchObject({ code: 'files-position' });
    });
    it('is empty when the file is', async () => expect((await readAll(ndjson(await write('')))).values).toEqual([]));
  });

  it('reads gzip of several members, and what is not named so', async () => {
    const path = join(await folder(), 'a.data');
    await writeFile(path, Buffer.concat([gzipSync('1\n2'), gzipSync('3\n4\n')]));
    expect((await readAll(ndjson(path, { compression: 'gzip' }))).values).toEqual([1, 23, 4]);
  });
  it('reads what is named .gz and is not, when told so', async () => {
    const path = join(await folder(), 'a.gz');
    await writeFile(path, '1\n');
    expect((await readAll(ndjson(path, { compression: 'none' }))).values).toEqual([1]);
    expect(await errorOf(readAll(ndjson(path)))).toMatchObject({ code: 'gzip-damaged' });
  });
  it('of a file cut off in the middle of its compressed data says so', async () => {
    const path = join(await folder(), 'a.gz');
    await writeFile(path, gzipSync(lines(0, 1_000)).subarray(0, -20));
    expect(await errorOf(readAll(ndjson(path)))).toMatchObject({ code: 'gzip-damaged', message: expect.stringMatching(/unexpected end of file/) as string });
  });

  it('has a split per file, in the order given; patterns by name; URLs', async () => {
    const root = await folder();
    await mkdir(join(root, 'x1'));
    await mkdir(join(root, 'x2'));
    for (const [path, text] of [['x2/b.ndjson', '4'], ['x1/b.ndjson', '2'], ['x1/a.ndjson', '1'], ['x1/.hidden.ndjson', '9'], ['x1/a.csv', '9'], ['c', '3']] as const) await writeFile(join(root, path), text);
    const environment = systemEnvironment(new AbortController().signal);
    const source = ndjson([join(root, 'c'), join(root, 'x*/*.ndjson'), pathToFileURL(join(root, 'x2/b.ndjson'))]);
    expect(await source.splits(environment)).toEqual(['c', 'x1/a.ndjson', 'x1/b.ndjson', 'x2/b.ndjson'].map(p => join(root, p)));
    expect((await readAll(source)).values).toEqual([3, 1, 2, 4]);
    expect(await ndjson(join(root, 'x*/b.ndjson')).splits(environment)).toEqual(['x1/b.ndjson', 'x2/b.ndjson'].map(p => join(root, p)));
  });

  it('says all at once which files cannot be read', async () => {
    const root = await folder();
    const error = await errorOf(readAll(ndjson([join(root, 'gone'), root, join(root, '*.ndjson')])));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map(p => p.what)).toEqual([`"${join(root, 'gone')}" does not exist.`, `"${root}" is a folder.`, `"${join(root, '*.ndjson')}" matches no file.`]);
    expect(String(error)).toMatch(/folder\/\*\.ndjson/);
  });
  it('says what to do about a missing permission, and about what it does not know', () => {
    expect(reasonOf(Object.assign(new Error('no'), { code: 'EACCES' })).fix).toMatch(/permission/);
    expect(reasonOf(new Error('odd')).what).toMatch(/odd/);
  });
  it('says when a file has gone since', async () => {
    const path = join(await folder(), 'gone');
    expect(await errorOf(Promise.resolve(ndjson(path).open(path, undefined, systemEnvironment(new AbortController().signal))))).toBeInstanceOf(DataError);
  });
  it('says all at once which options cannot be', () => {
    const wrong = () => ndjson(['', ''], { maxLineBytes: 0, maxDepth: 1.5, compression: 'zip' as 'gzip', bigints: 'maybe' as 'text', maxExpansion: Number.NaN });
    expect(wrong).toThrow(ConfigurationError);
    try {
      wrong();
    } catch (error) {
      expect((error as ConfigurationError).problems).toHaveLength(7);
    }
  });

  it('stops when told, and lets the file go', async () => {
    const path = join(await folder(), 'a.ndjson.gz');
    await writeFile(path, gzipSync(lines(0, 20_000)));
    for (const file of [path, join(await folder(), 'b.ndjson')]) {
      if (file !== path) await writeFile(file, lines(0, 20_000));
      const abort = new AbortController();
      const reader = await ndjson(file).open(file, undefined, systemEnvironment(abort.signal));
      await reader.read(10, abort.signal);
      abort.abort(new Error('enough'));
      expect(await errorOf(Promise.resolve().then(() => reader.read(10, abort.signal)))).toMatchObject({ message: 'enough' });
      await reader.close();
      await reader.close();
    }
  });
  it('closed in the middle of a read, leaves no handle open', async () => {
    const path = join(await folder(), 'a.ndjson.gz');
    await writeFile(path, gzipSync(lines(0, 50_000)));
    const before = await firstFree(path);
    for (let i = 0; i < 5; i++) {
      const { signal } = new AbortController();
      const reader = await ndjson(path).open(path, undefined, systemEnvironment(signal));
      const reading = Promise.resolve(reader.read(10, signal)).catch(() => {});
      await reader.close();
      await reading;
    }
    expect(await firstFree(path)).toBe(before);
  });
});

/** The number the next descriptor gets: higher when others are still open. */
async function firstFree(path: string): Promise<number> {
  const handle = await open(path);
  const { fd } = handle;
  await handle.close();
  return fd;
}
