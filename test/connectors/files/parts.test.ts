import { mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvParts, ndjson, ndjsonParts, partsOf } from '../../../src/connectors/files/index.js';
import { isSafeName, partitionOf } from '../../../src/connectors/files/parts/names.js';
import { memory } from '../../../src/state/memory.js';
import { Stream } from '../../../src/stream/stream.js';
import type { Sink, SinkContext, SinkWriter } from '../../../src/core/sink.js';
import type { Json } from '../../../src/core/values.js';
import { sinkSuite } from '../../../src/testing/suites/sink.js';
import { suiteEnvironment } from '../../../src/testing/suites/suite.js';
import { memoryDisk } from '../memory-disk.js';
import { errorOf, folders, readAll } from './reading.js';

const folder = folders();

const open = async <T>(sink: Sink<T>, context: Partial<SinkContext> = {}): Promise<SinkWriter<T>> => sink.open({ job: 'job', step: 'out', generation: 1, restored: [], checkpoint: 0, environment: suiteEnvironment(), ...context });
/** A checkpoint as the runner makes it. */
async function checkpoint<T>(writer: SinkWriter<T>, number: number): Promise<Json> {
  await writer.flush();
  const token = (await writer.prepare?.(number)) as Json;
  await writer.commit?.([token]);
  return token;
}
const put = <T>(writer: SinkWriter<T>, ...values: T[]): ReturnType<SinkWriter<T>['write']> => writer.write(values, values.map(() => 0));
/** Names below a folder, without what is kept in `.parts`. */
const names = async (root: string): Promise<string[]> => (await readdir(root, { recursive: true })).filter(name => /part-/.test(name) && !name.startsWith('.')).sort();

describe.each([
  ['ndjsonParts', (root: string) => ndjsonParts<number>(root), (text: string) => text.trimEnd().split('\n').map(Number)],
  ['ndjsonParts, packed', (root: string) => ndjsonParts<number>(root, { compression: 'gzip', maxPartBytes: 50 }), (text: string) => text.trimEnd().split('\n').map(Number)],
] as const)('%s', (_name, make, read) => {
  const suite = sinkSuite<number>(async () => {
    const root = join(await folder(), 'a', 'b');
    const arrived = async (): Promise<number[]> => {
      const texts = await Promise.all((await names(root)).map(async name => (name.endsWith('.gz') ? gunzipSync(await readFile(join(root, name))) : await readFile(join(root, name))).toString()));
      return texts.flatMap(read);
    };
    return { sink: make(root), record: index => index, arrived };
  });
  for (const { name, run } of suite) it(name, run);
});

describe('csvParts', () => {
  const suite = sinkSuite<{ n: number; text: string }>(async () => {
    const root = await folder();
    const arrived = async (): Promise<string[]> => (await Promise.all((await names(root)).map(name => readFile(join(root, name), 'utf8')))).flatMap(text => text.trimEnd().split('\n').slice(1));
    return { sink: csvParts(root), record: n => ({ n, text: `line ${n}` }), seen: row => `${row.n},${row.text}`, arrived };
  });
  for (const { name, run } of suite) it(name, run);
  it('begins every part with the columns of the first record, after a restart too', async () => {
    const root = await folder();
    const first = await open(csvParts(root));
    await put(first, { b: 1, a: 2 });
    await checkpoint(first, 1);
    // Nothing was written for this one, and the columns are known all the same.
    const token = await checkpoint(first, 2);
    const second = await open(csvParts(root), { generation: 2, restored: [token], checkpoint: 2 });
    await put(second, { a: 4, b: 3 });
    await checkpoint(second, 3);
    const texts = await Promise.all((await names(root)).map(name => readFile(join(root, name), 'utf8')));
    expect(texts).toEqual(['b,a\n1,2\n', 'b,a\n3,4\n']);
  });
});

describe('a sink of parts', () => {
  it('rolls by size and by age, and closes the partition it used the longest ago', async () => {
    const root = await folder();
    let now = 0;
    const environment = { ...suiteEnvironment(), clock: { ...suiteEnvironment().clock, monotonic: () => now } };
    const writer = await open(ndjsonParts<string>(root, { maxPartBytes: 6, maxPartAge: '1m', maxOpenParts: 2, partition: value => `p=${value[0] ?? ''}` }), { environment });
    await put(writer, 'a1');
    await put(writer, 'a2'); // 10 bytes: full
    await put(writer, 'a3', 'b1');
    await put(writer, 'c1');
    await put(writer, 'b2', 'b3'); // a is closed
    now = 60_000;
    await put(writer, 'c2'); // all are too old
    await checkpoint(writer, 1);
    const parts = await partsOf(root);
    const texts = await Promise.all(parts.map(async ({ path }) => `${path.split('/')[0]}: ${(await readFile(join(root, path), 'utf8')).replaceAll('\n', ' ')}`));
    expect(texts.sort()).toEqual(['p=a: "a1" "a2" ', 'p=a: "a3" ', 'p=b: "b1" "b2" "b3" ', 'p=c: "c1" ', 'p=c: "c2" ']);
  });
  it('lists parts with rows, bytes and checksum, and can be read by name', async () => {
    const root = await folder();
    const writer = await open(ndjsonParts<number>(root, { partition: (value, time) => [`even=${value % 2 === 0}`, `t=${time}`] }));
    await put(writer, 1, 2, 3);
    await checkpoint(writer, 7);
    const parts = await partsOf(root);
    expect(parts.map(({ path, rows, checkpoint: at, generation }) => [path, rows, at, generation])).toEqual([
      ['even=false/t=0/part-0000000007-000001-000000.ndjson', 2, 7, 1],
      ['even=true/t=0/part-0000000007-000001-000001.ndjson', 1, 7, 1],
    ]);
    for (const { path, bytes, checksum } of parts) {
      const content = await readFile(join(root, path));
      expect([content.length, crc32(content)]).toEqual([bytes, checksum]);
    }
    expect((await readAll(ndjson<number>(join(root, '*/*/*.ndjson')))).values.sort((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(await partsOf(join(root, 'nothing'))).toEqual([]);
  });
  it('gathers its lists when there are many, and none is lost', async () => {
    const disk = memoryDisk();
    const environment = { ...suiteEnvironment(), disk: disk.view() };
    const writer = await open(ndjsonParts<number>('/out'), { environment });
    for (let n = 1; n <= 600; n++) {
      await put(writer, n);
      await checkpoint(writer, n);
    }
    const kept = [...disk.texts('/out/.parts').keys()];
    expect(kept.length).toBeLessThan(300);
    expect((await partsOf('/out', disk.view())).map(part => part.checkpoint)).toEqual(Array.from({ length: 600 }, (_, i) => i + 1));
  });
  it('refuses a folder of another step, and one that is ahead of its state', async () => {
    const root = await folder();
    const writer = await open(ndjsonParts<number>(root));
    await put(writer, 1);
    const token = await checkpoint(writer, 3);
    await writer.close('done');
    expect(await errorOf(open(ndjsonParts(root), { step: 'other', generation: 2, checkpoint: 3 }))).toMatchObject({ code: 'files-taken', message: expect.stringMatching(/step "out" of job "job"/) as string });
    expect(await errorOf(open(ndjsonParts(root), { generation: 2, checkpoint: 2 }))).toMatchObject({ code: 'files-newer', message: expect.stringMatching(/up to checkpoint 3, but the job goes on from checkpoint 2.*Give it the state/) as string });
    expect(await errorOf(open(ndjsonParts(root)))).toMatchObject({ code: 'files-newer', message: expect.stringMatching(/starts without a checkpoint/) as string });
    await (await open(ndjsonParts(root), { generation: 2, restored: [token], checkpoint: 3 })).close('done');
    expect(await errorOf(open(ndjsonParts(root), { generation: 1, restored: [token], checkpoint: 3 }))).toMatchObject({ code: 'fenced' });
    expect(await errorOf(open(ndjsonParts(root), { restored: ['?'] }))).toMatchObject({ code: 'files-token' });
    expect(await errorOf(open(ndjsonParts(root), { restored: [JSON.parse(JSON.stringify(token).replace('part-', '../part-')) as Json] }))).toMatchObject({ code: 'files-token' });
  });
  it('does not write over files that are there', async () => {
    const root = await folder();
    const writer = await open(ndjsonParts<number>(root));
    await put(writer, 1);
    await writeFile(join(root, 'part-0000000001-000001-000000.ndjson'), 'precious');
    await writer.flush();
    expect(await errorOf(writer.prepare!(1))).toMatchObject({ code: 'files-taken' });
    expect(await readFile(join(root, 'part-0000000001-000001-000000.ndjson'), 'utf8')).toBe('precious');
  });
  it('keeps what a checkpoint that failed had prepared for the next one', async () => {
    const root = await folder();
    const writer = await open(ndjsonParts<number>(root));
    await put(writer, 1);
    await writer.flush();
    await writer.prepare!(1);
    await put(writer, 2);
    await checkpoint(writer, 1);
    expect((await partsOf(root)).map(part => part.rows)).toEqual([1, 1]);
    await put(writer, 3);
    await checkpoint(writer, 2);
    expect((await partsOf(root)).map(part => [part.rows, part.checkpoint])).toEqual([[1, 1], [1, 1], [1, 2]]); // prettier-ignore
  });
  it('says so when a staged part, or the folder, is removed while it runs', async () => {
    const root = await folder();
    const writer = await open(ndjsonParts<number>(root));
    await put(writer, 1);
    await writer.flush();
    await rm(join(root, '.parts/staged'), { recursive: true });
    expect(await errorOf(writer.prepare!(1))).toMatchObject({ code: expect.stringMatching(/files-lost|disk-sync|files-unwritable/) as string });
    await writer.close('failed');
    const other = await open(ndjsonParts<number>(join(root, 'second')));
    await put(other, 1);
    await other.flush();
    const token = await other.prepare!(1);
    await rename(join(root, 'second'), join(root, 'third'));
    expect(await errorOf(other.commit!([token!]))).toMatchObject({ code: expect.stringMatching(/files-lost|files-unwritable/) as string });
    await rename(join(root, 'third'), join(root, 'second'));
    await other.commit!([token!]);
    expect((await partsOf(join(root, 'second'))).length).toBe(1);
  });
  it('does not have a commit repeated that is not permitted, and makes it when it is', async () => {
    const disk = memoryDisk();
    const plain = disk.view();
    let code = '';
    const view: typeof plain = { ...plain, rename: (from, to) => (code === '' ? plain.rename(from, to) : Promise.reject(Object.assign(new Error(`${code}: rename`), { code }))) };
    const writer = await open(ndjsonParts<string>('/out'), { environment: { ...suiteEnvironment(), disk: view } });
    await put(writer, 'a');
    await writer.flush();
    const token = (await writer.prepare?.(1)) as Json;
    code = 'EACCES';
    expect(await errorOf(writer.commit!([token]))).toMatchObject({ code: 'files-unwritable', final: true });
    code = 'EIO';
    expect(await errorOf(writer.commit!([token]))).toMatchObject({ code: 'files-unwritable', final: false });
    code = '';
    await writer.commit!([token]);
    expect([...disk.texts('/out')].filter(([path]) => !path.startsWith('.')).map(([, bytes]) => Buffer.from(bytes).toString())).toEqual(['"a"\n']);
  });
  it('takes a batch again after a full disk, and writes it once', async () => {
    const disk = memoryDisk();
    let full = false;
    const view = disk.view(call => (full && call === 'write' ? 'half' : undefined));
    const writer = await open(ndjsonParts<string>('/out', { partition: value => value[0] ?? '' }), { environment: { ...suiteEnvironment(), disk: view } });
    const block = 'x'.repeat(300_000);
    await put(writer, `a${block}`, `b${block}`);
    full = true;
    for (let tries = 0; tries < 2; tries++) expect(await errorOf(Promise.resolve().then(() => put(writer, 'a2', 'b2')))).toMatchObject({ code: 'files-unwritable', message: expect.stringMatching(/space on the disk/) as string });
    full = false;
    await put(writer, 'a2', 'b2');
    await checkpoint(writer, 1);
    expect([...disk.texts('/out')].filter(([path]) => !path.startsWith('.')).map(([, bytes]) => bytes.length)).toEqual([300_009, 300_009]);
  });
  it('is finished when a sync fails: nothing is tried again', async () => {
    const disk = memoryDisk();
    let broken = true;
    const view = disk.view(call => {
      if (call === 'sync' && broken && disk.texts('/out/.parts/staged').size > 0) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    });
    const writer = await open(ndjsonParts<number>('/out'), { environment: { ...suiteEnvironment(), disk: view } });
    await put(writer, 1);
    expect(await errorOf(Promise.resolve(writer.flush()))).toMatchObject({ code: 'disk-sync' });
    broken = false;
    for (const call of [() => put(writer, 2), () => writer.flush(), () => writer.prepare!(1), () => writer.commit!([])]) expect(await errorOf((async () => call())())).toMatchObject({ code: 'disk-sync' });
  });
  it('lists every option that cannot be', () => {
    expect(() => ndjsonParts('', { maxPartBytes: 0, maxPartAge: '-1s', maxOpenParts: 0.5, partition: 'day' as never, compression: 'zip' as never })).toThrow(/6 problems/);
  });
});

describe('names of partitions', () => {
  const hostile = ['', '.', '..', '../x', 'a/b', '/etc', 'a\\b', 'a\0', '%2e%2e/x\n', 'ä', 'a b', '.hidden', 'trailing.', 'nul', 'CON.txt', 'com1', 'x'.repeat(129), '~root', '$HOME', 'part-0000000001-000001-000000.ndjson', '\u202e', '`id`'];
  it.each(hostile)('%j is none', name => expect(() => partitionOf(name)).toThrow(/cannot be a folder/));
  it.each([[[]], [['a', '..']], [null], [undefined], [7], [{}], [Array.from({ length: 9 }, () => 'a')]])('nor is %j', answer => expect(() => partitionOf(answer)).toThrow(/cannot be a folder/));
  it.each(['day=2024-01-01', 'a', 'A_b-9.x', '__proto__', 'x'.repeat(128)])('%j is one', name => expect(partitionOf(name)).toBe(name));
  it('are below the root, whatever they are', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom(...hostile)), name => {
        if (isSafeName(name)) expect(join('/root', name)).toBe(`/root/${name}`);
      }),
    );
  });
  it('that are hostile fail their record, and the others are written', async () => {
    const root = await folder();
    const writer = await open(ndjsonParts<string>(root, { partition: value => value }));
    const values = ['fine', ...hostile, 'also=fine'];
    const failed = (await put(writer, ...values)) as { index: number; cause: unknown }[];
    expect(failed.map(({ index }) => values[index])).toEqual(hostile);
    expect(failed[0]?.cause).toMatchObject({ code: 'files-partition' });
    await checkpoint(writer, 1);
    expect(await names(root)).toEqual(['also=fine/part-0000000001-000001-000001.ndjson', 'fine/part-0000000001-000001-000000.ndjson']);
  });
  it('are not followed when they are links', async () => {
    const root = await folder();
    const elsewhere = await folder();
    await mkdir(join(root, 'out'));
    await symlink(elsewhere, join(root, 'out', 'day=1'));
    const writer = await open(ndjsonParts<number>(join(root, 'out'), { partition: () => 'day=1' }));
    await put(writer, 1);
    await writer.flush();
    const token = await writer.prepare!(1);
    expect(await errorOf(writer.commit!([token!]))).toMatchObject({ code: 'files-link' });
    expect(await readdir(elsewhere)).toEqual([]);
    await symlink(elsewhere, join(root, '.parts'));
    expect(await errorOf(open(ndjsonParts(root)))).toMatchObject({ code: 'files-link' });
  });
});

it('a job writes them by itself, checkpoint by checkpoint', async () => {
  const root = await folder();
  const sink = ndjsonParts<number>(root);
  const job = await Stream.from([1, 2, 3], { name: 'numbers' }).to(sink, { name: 'out' }).run({ name: 'job', state: memory(), checkpoint: '1h' });
  await job.done;
  expect(job.report.sinks.map(s => s.guarantee)).toEqual(['exactly-once']);
  expect((await readAll(ndjson<number>(join(root, '*.ndjson')))).values).toEqual([1, 2, 3]);
});
