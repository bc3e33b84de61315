import { mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/values.js';
import { ndjson, ndjsonFile, type NdjsonFileOptions } from '../../../src/connectors/files/index.js';
import { errorOf, folders, openSink, readAll, writeAll } from './reading.js';

const folder = folders();
const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);

describe('ndjsonFile', () => {
  it('makes its folder and writes a line per record', async () => {
    const path = join(await folder(), 'a/b/out.ndjson');
    expect(await writeAll(ndjsonFile(path), [{ a: 1 }, 'x\n', null, [undefined]])).toEqual([]);
    expect(await readFile(path, 'utf8')).toBe('{"a":1}\n"x\\n"\nnull\n[null]\n');
    expect(await readdir(join(path, '..'))).toEqual(['out.ndjson']);
  });
  it('appears only when the job ends well', async () => {
    const path = join(await folder(), 'out.ndjson');
    const writer = await openSink(ndjsonFile(path));
    await writer.write([1], [0]);
    await writer.flush();
    expect(await exists(path)).toBe(false);
    await writer.close('failed');
    expect(await exists(path)).toBe(false);
    await writeAll(ndjsonFile(path), [2]);
    expect(await readFile(path, 'utf8')).toBe('2\n');
    const again = await openSink(ndjsonFile(path));
    await again.write([3], [0]);
    await again.close('failed');
    expect(await readFile(path, 'utf8')).toBe('2\n');
  });
  it('is on the disk after a flush', async () => {
    const path = join(await folder(), 'out.ndjson');
    const writer = await openSink(ndjsonFile(path));
    await writer.write([1, 2], [0, 0]);
    await writer.flush();
    expect(await readFile(`${path}.part`, 'utf8')).toBe('1\n2\n');
    await writer.close('done');
  });
  it('waits for the disk when a block is full', async () => {
    const writer = await openSink(ndjsonFile(join(await folder(), 'out.ndjson')));
    expect(writer.write(['x'], [0])).toBeUndefined();
    expect(writer.write(['x'.repeat(300_000)], [0])).toBeInstanceOf(Promise);
    await writer.close('done');
  });
  it('does not follow a link laid at its part file', async () => {
    const root = await folder();
    await writeFile(join(root, 'victim'), 'precious');
    await symlink(join(root, 'victim'), join(root, 'out.ndjson.part'));
    await writeAll(ndjsonFile(join(root, 'out.ndjson')), [1]);
    expect(await readFile(join(root, 'victim'), 'utf8')).toBe('precious');
  });

  it('lists the records JSON cannot hold, and writes the others', async () => {
    const path = join(await folder(), 'out.ndjson');
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    let deep: unknown[] = [];
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const hostile = { toJSON: () => { throw new Error('no'); } }; // prettier-ignore
    const values: unknown[] = [1, undefined, () => {}, Symbol('s'), 1n, { n: 5n }, cycle, Number.NaN, { a: [{ b: Number.POSITIVE_INFINITY }] }, deep, hostile, { ok: null, skip: undefined }];
    const failed = await writeAll(ndjsonFile(path), values);
    expect(failed.map(f => f.index)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(new Set(failed.map(f => f.code))).toEqual(new Set(['json-value']));
    expect(await readFile(path, 'utf8')).toBe('1\n{"ok":null}\n');
    expect(String(failed[3]?.cause)).toMatch(/bigints: 'text'/);
    expect(String(failed[7]?.cause)).toMatch(/Infinity at "b"/);
  });
  it('writes bigints as text and what is not finite as null, when told so', async () => {
    const path = join(await folder(), 'out.ndjson');
    const options: NdjsonFileOptions = { bigints: 'text', nonFinite: 'null' };
    expect(await writeAll(ndjsonFile(path, options), [{ a: 2n ** 70n, b: Number.NaN }])).toEqual([]);
    expect(await readFile(path, 'utf8')).toBe('{"a":"1180591620717411303424","b":null}\n');
    expect(await writeAll(ndjsonFile(path, { bigints: 'text' }), [{ a: 1n, b: null }, [Number.NaN]])).toMatchObject([{ index: 1 }]);
  });
  it('refuses options and places that cannot be', async () => {
    expect(() => ndjsonFile('', { bigints: 'number' as 'text' })).toThrow(/2 problems/);
    const root = await folder();
    await mkdir(join(root, 'taken'));
    expect(await errorOf(openSink(ndjsonFile(join(root, 'taken'))))).toMatchObject({ code: 'files-unwritable' });
    await writeFile(join(root, 'file'), '');
    expect(await errorOf(openSink(ndjsonFile(join(root, 'file/out'))))).toMatchObject({ code: 'files-unwritable' });
  });

  it.each(['out.ndjson', 'out.ndjson.gz'])('%s goes on where its checkpoint was', async name => {
    const path = join(await folder(), name);
    const first = await openSink(ndjsonFile(path));
    await first.write([1, 2], [0, 0]);
    await first.flush();
    const token = (await first.prepare?.(1)) as Json;
    await first.write([3], [0]);
    await first.flush();
    await first.close('failed');
    const second = await openSink(ndjsonFile(path), [token]);
    await second.write([4], [0]);
    await second.flush();
    const later = (await second.prepare?.(2)) as Json;
    await second.close('done');
    const text = async (): Promise<string> => (name.endsWith('.gz') ? gunzipSync(await readFile(path)).toString() : readFile(path, 'utf8'));
    expect(await text()).toBe('1\n2\n4\n');
    // Stopped, and started again from its last checkpoint.
    const third = await openSink(ndjsonFile(path), [later]);
    await third.write([5], [0]);
    await third.close('done');
    expect(await text()).toBe('1\n2\n4\n5\n');
    expect(await errorOf(openSink(ndjsonFile(path), [token]))).toMatchObject({ code: 'files-lost' });
    expect(await errorOf(openSink(ndjsonFile(path), ['?']))).toMatchObject({ code: 'files-token' });
  });

  it.each(['out.ndjson', 'out.ndjson.gz'])('%s is read back as it was written', async name => {
    const path = join(await folder(), name);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 5 }), async (values, perWrite) => {
        expect(await writeAll(ndjsonFile(path), values, perWrite)).toEqual([]);
        const { values: back, failures } = await readAll(ndjson(path, { bigints: 'round', maxDepth: 1_000 }));
        expect(failures).toEqual([]);
        expect(back).toEqual(values.map(v => JSON.parse(JSON.stringify(v)) as unknown));
      }),
      { numRuns: 30 },
    );
  });
});
