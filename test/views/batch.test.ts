/** Computing and reading versions that do not fit into memory. The oracle is rows in memory. */
import fc from 'fast-check';
import { LRUCache } from 'lru-cache';
import { describe, expect, it } from 'vitest';
import { Stream, collect, memory, sum } from 'millrace';
import { masterLog } from 'millrace/log';
import { lambda } from 'millrace/views';
import { systemClock } from '../../src/core/clock.js';
import type { Key } from '../../src/core/values.js';
import { definitionOf } from '../../src/views/definition.js';
import { gathering } from '../../src/views/gathering.js';
import { keysSorted } from '../../src/views/order.js';
import { writeRows } from '../../src/views/row-writer.js';
import { memoryRows, type Row, type Span, type VersionRows } from '../../src/views/rows.js';
import { storedRows, type Block } from '../../src/views/stored-rows.js';
import { turnsOf } from '../../src/views/turns.js';
import { compareKeys } from '../../src/core/key.js';
import { memoryDisk } from '../connectors/memory-disk.js';
import { HOUR, codeOf, hit, world, type Hit } from './kit.js';

const DAY = { from: 0, to: 24 * HOUR };
const ALL = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const turns = turnsOf(systemClock);
const listOf = async (rows: AsyncIterable<readonly Row[]>): Promise<Row[]> => {
  const all: Row[] = [];
  for await (const some of rows) all.push(...some);
  return all;
};
const key: fc.Arbitrary<Key> = fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: -3, max: 3 }), fc.bigInt({ min: -2n, max: 2n }), fc.boolean(), fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 2 })), fc.constantFrom('$bigint', '__proto__', '\n"$', '\u{1f600}', '\ud800'));

describe('gathering in bounded memory', () => {
  it('gives what gathering in memory gives, in order, and leaves no file behind that it does not tell of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(fc.record({ key, at: fc.integer({ min: -500, max: 500 }), n: fc.nat({ max: 9 }) }), { maxLength: 5 }), { maxLength: 90 }), fc.constantFrom(1, 700, 5_000), async (blocks, bound) => {
        const definition = definitionOf({ key: (e: { readonly key: Key; readonly n: number }) => e.key, every: 100, aggregate: collect((e: { readonly n: number }) => e.n) });
        const disk = memoryDisk();
        await disk.view().makeFolder('/aside');
        const gather = (aside: boolean) => gathering({ definition, aside: aside ? { disk: disk.view(), folder: '/aside' } : undefined, memory: bound, maker: 'test', turns });
        const [bounded, free] = [gather(true), gather(false)];
        for (const block of blocks) {
          bounded.add(block, block.map(({ at }) => at));
          free.add(block, block.map(({ at }) => at));
          await bounded.settle();
        }
        const found = await listOf(bounded.rows());
        expect(found).toEqual(await listOf(free.rows()));
        expect([...found].sort((a, b) => compareKeys(a[0], b[0]) || a[1] - b[1])).toEqual(found);
        // 33 runs are at most 32 of one level and one above.
        expect(disk.texts('/aside').size).toBeLessThanOrEqual(2 * 32);
      }),
      { numRuns: 60 },
    );
  });
  it('refuses a run that is not as it was written', async () => {
    const definition = definitionOf({ key: (e: { readonly key: string; readonly n: number }) => e.key, every: 100, aggregate: sum((e: { readonly n: number }) => e.n) });
    const disk = memoryDisk();
    await disk.view().makeFolder('/aside');
    const bounded = gathering({ definition, aside: { disk: disk.view(), folder: '/aside' }, memory: 1, maker: 'test', turns });
    bounded.add([{ key: 'a', n: 1 }], [5]);
    await bounded.settle();
    disk.edit('/aside/run-test-1.ndjson', bytes => bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 1 : byte)));
    expect(await codeOf(listOf(bounded.rows()))).toBe('view-run');
  });
});

describe('keys', () => {
  it('are sorted in pieces as at once', async () => {
    const keys = Array.from({ length: 9_000 }, (_, i) => `k${(i * 7_919) % 9_001}`);
    expect(await keysSorted(keys, turns)).toEqual([...keys].sort());
  });
});

describe('rows in a file', () => {
  const stored = async (rows: readonly (readonly [Key, number, unknown])[], bytes: number): Promise<{ readonly stored: VersionRows; readonly free: VersionRows; readonly disk: ReturnType<typeof memoryDisk> }> => {
    const free = memoryRows();
    for (const [of, start, acc] of rows) free.set(of, start, acc);
    const disk = memoryDisk();
    const written = await writeRows(disk.view(), '/rows', free.scan(ALL, turns), { turns, durable: true });
    const cache = new LRUCache<string, Block>({ maxSize: bytes, sizeCalculation: block => block.bytes.length });
    return { free, disk, stored: await storedRows({ disk: disk.view(), path: '/rows', written, cache, damaged: why => Object.assign(new Error(why), { code: 'damaged' }) }) };
  };
  it('answer what rows in memory answer, whatever of them is in memory', async () => {
    const long = Array.from({ length: 6_000 }, (_, i): readonly [Key, number, unknown] => [i < 4_000 ? 'long' : `k${i}`, i, { n: i, text: 'x'.repeat(20) }]);
    for (const bytes of [1, 2 ** 17, 2 ** 24]) {
      const { stored: file, free } = await stored(long, bytes);
      expect(file.size).toBe(free.size);
      for (const [of, from, to] of [['long', 0, 10_000], ['long', 1_234, 3_987], ['long', 4_000, 9_000], ['k5000', 0, 9_999], ['a', 0, 9_999], ['z', 0, 9_999], ['long', 7, 7]] as const) {
        const [found, expected]: [unknown[], unknown[]] = [[], []];
        await file.each(of, from, to, (start, acc) => found.push([start, acc]));
        void free.each(of, from, to, (start, acc) => expected.push([start, acc]));
        expect(found).toEqual(expected);
      }
      const spans: readonly Span[] = [ALL, { from: 100, to: 5_000 }, { ...ALL, first: 'k4500' }, { ...ALL, first: 'k4500x', last: 'k5000' }, { from: 2_000, to: 2_100, first: 'long', last: 'long' }, { from: 5_500, to: 9_999 }];
      for (const span of spans) expect(await listOf(file.scan(span, turns))).toEqual(await listOf(free.scan(span, turns)));
    }
  });
  it('that were damaged after they were loaded are refused', async () => {
    const { stored: file, disk } = await stored([['a', 1, 1], ['b', 1, 2]], 1);
    disk.edit('/rows', bytes => bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte)));
    expect(await codeOf(file.each('a', 0, 9, () => {}) ?? Promise.resolve())).toBe('damaged');
  });
  it('in no order are refused', async () => {
    const disk = memoryDisk();
    const text = Array.from({ length: 4_000 }, (_, i) => `["key-${9_999 - i}",0,1]\n`).join('');
    const written = await writeRows(disk.view(), '/rows', memoryRows().scan(ALL, turns), { turns, durable: true });
    disk.edit('/rows', () => Buffer.from(text));
    const { crc32 } = await import('node:zlib');
    const load = storedRows({ disk: disk.view(), path: '/rows', written: { ...written, rows: 4_000, bytes: text.length, checksum: crc32(text) }, cache: new LRUCache<string, Block>({ max: 10 }), damaged: why => Object.assign(new Error(why), { code: 'damaged' }) });
    expect(await codeOf(load)).toBe('damaged');
  });
});

describe('a view with little memory', () => {
  const setUp = () => {
    const w = world();
    const build = (more = {}) => lambda('hits', Stream.from(w.source, { name: 'in' }), { key: (one: Hit) => one.url, every: '1h', aggregate: sum((one: Hit) => one.n), log: masterLog('/log', { blockEvents: 4 }), folder: '/views', share: 1, memory: 1, ...more });
    return { ...w, build };
  };
  it('computes in runs, which are gone when it is done', async () => {
    const { build, start, push, finish, disk } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    for (let i = 0; i < 200; i++) push(hit(`/${i % 7}`, i % 5, 1));
    await job.settle();
    const { reconciled, manifest } = await finish(view.publish());
    expect([manifest.rows, reconciled]).toEqual([35, { rows: 35, differ: 0, largest: [] }]);
    expect((await finish(view.queryMany(['/0', '/6'], DAY))).value).toEqual([29, 28]);
    expect([...disk.texts('/views/version-0000000001').keys()].sort()).toEqual(['claimed', 'manifest.json', 'rows.ndjson']);
    await job.stop();
  });
  it('that fails or is stopped in the middle leaves nothing that counts', async () => {
    const { build, start, push, finish, disk } = setUp();
    const odd = (one: Hit): string => {
      if (one.n === 13 && thrown) throw new Error('thirteen');
      return one.url;
    };
    let thrown = false;
    const view = build({ key: odd });
    const job = await start(() => view.outputs);
    for (let i = 0; i < 40; i++) push(hit(`/${i % 7}`, 0, i === 39 ? 13 : 1));
    await job.settle();
    thrown = true;
    await expect(finish(view.publish())).rejects.toThrow('thirteen');
    expect([[...disk.texts('/views/version-0000000001').keys()], await finish(view.versions())]).toEqual([['claimed'], []]);
    thrown = false;
    await finish(view.publish());
    expect((await finish(view.query('/0', DAY))).value).toBe(6);
    await job.stop();
  });
  it('sweeps up what a crash has left', async () => {
    const { build, start, push, finish, disk } = setUp();
    let view = build();
    const job = await start(() => (view = build()).outputs);
    for (let i = 0; i < 40; i++) push(hit(`/${i % 7}`, 0));
    await job.settle();
    await disk.view().makeFolder('/views/version-0000000001');
    for (const name of ['claimed', 'run-main-1.ndjson', 'rows.ndjson']) await (await disk.view().open(`/views/version-0000000001/${name}`, 'create')).close();
    await finish(view.publish());
    expect(view.status().version).toBe(2);
    expect([...disk.texts('/views/version-0000000001').keys()]).toEqual(['claimed']);
    await job.stop();
  });
  it('passes over versions of the first format, and says what is missing', async () => {
    const { build, start, push, finish, disk } = setUp();
    let view = build();
    const job = await start(() => (view = build()).outputs);
    push(hit('/', 0, 3));
    await job.settle();
    await finish(view.publish());
    await job.stop();
    disk.edit('/views/version-0000000001/manifest.json', bytes => Buffer.from(Buffer.from(bytes).toString().replace('"format":2', '"format":1')));
    const again = await start(() => (view = build()).outputs);
    await again.settle();
    expect(await finish(view.query('/', DAY))).toMatchObject({ version: 0, gaps: [{ reason: 'speed' }] });
    await finish(view.publish());
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 3, version: 2, gaps: [] });
    await again.stop();
  });
});

describe('a long reading', () => {
  it.each(['in memory', 'on the disk'])('is of the moment in which it was asked, whatever comes meanwhile; versions %s', async where => {
    const w = world();
    const view = lambda('hits', Stream.from(w.source, { name: 'in' }), { key: (one: Hit) => one.url, every: '1h', aggregate: { all: sum((one: Hit) => one.n) }, share: 1, memory: 1, batch: { keep: 1 }, ...(where === 'in memory' ? {} : { log: masterLog('/log', { blockEvents: 4 }), folder: '/views' }) });
    const job = await w.start(() => view.outputs, { state: memory() });
    w.push(hit('/a', 0, 1), hit('/b', 0, 2), hit('/b', 5, 2));
    await job.settle();
    await w.finish(view.publish());
    w.push(hit('/a', 0, 4), hit('/c', 1, 8));
    await job.settle();
    const asked = [view.entries(DAY), view.top(9, DAY, { by: value => value.all }), view.series('/a', DAY), view.series('/d', DAY), view.queryMany(['/a', '/d'], DAY)] as const;
    await Promise.resolve(); // what is read is chosen
    await Promise.resolve();
    await Promise.resolve();
    w.push(hit('/a', 0, 100), hit('/a', 3, 100), hit('/d', 1, 100));
    await job.settle();
    const publishing = w.finish(view.publish());
    const [entries, top, a, d, many] = await w.finish(Promise.all(asked));
    const plain = (list: readonly { readonly key: string; readonly value: { readonly all: number } }[]) => list.map(one => [one.key, one.value.all]);
    expect([plain(entries.value), plain(top.value), a.value.map(({ value }) => value.all), d.value, many.value.map(({ all }) => all)]).toEqual([[['/a', 5], ['/b', 4], ['/c', 8]], [['/c', 8], ['/a', 5], ['/b', 4]], [5], [], [5, 0]]);
    await publishing;
    expect(plain((await w.finish(view.entries(DAY))).value)).toEqual([['/a', 205], ['/b', 4], ['/c', 8], ['/d', 100]]);
    // What the readings held is let go of.
    await w.finish(view.publish());
    expect([(await w.finish(view.versions())).length, view.status().segments]).toEqual([1, 1]);
    await job.stop();
  });
});
