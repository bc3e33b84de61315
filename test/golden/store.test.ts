/**
 * The store on the disk as it was when its format was made, kept: it is opened and has all that was put there; and what is written today is, byte for byte, what was written then. Whoever changes the format on purpose
 * keeps the old file, makes a new one (`GOLDEN_STORE=format-2 npx vitest run --config test/vitest.config.ts --project unit test/golden/store`), and sees to it that both can be read.
 */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, inject, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { systemClock } from '../../src/core/clock.js';
import { keyText } from '../../src/core/key.js';
import { checkFile } from '../../src/state/lmdb/check-file.js';
import { walkPages } from '../../src/state/lmdb/pages.js';
import { environment, hardTables } from '../state/savepoint/kit.js';
import { JOB, makeStore, manifestOf, tablesOf } from './store.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const fresh = (): Promise<string> => mkdtemp(join(inject('folder'), 'golden-store-'));
const dataOf = (path: string): string => join(path, JOB, 'data.mdb');

const { GOLDEN_STORE } = process.env;
if (GOLDEN_STORE !== undefined)
  it('makes a new one', async () => {
    const path = await fresh();
    await makeStore(path);
    await writeFile(join(folder, `${GOLDEN_STORE}.mdb.gz`), gzipSync(await readFile(dataOf(path)), { level: 9 }));
  });

/** V8's own encoding, of what is no tree, begins so; it may be another in another version of Node. */
const V8 = 0xff;

/** Every entry of a file, as its bytes. */
function bytesOf(data: Buffer): readonly string[] {
  const found: string[] = [];
  const read = (bytes: Buffer, at: number): number => data.copy(bytes, 0, at, at + bytes.length);
  for (const _ of walkPages(read, data.length, ({ keys, key, keyEnd, values, value, valueEnd }) => {
    found.push(`${keys.toString('hex', key, keyEnd)} ${values[value + 4] === V8 ? 'by V8' : values.toString('hex', value, valueEnd)}`);
  }));
  // The catalogue has sums, which those by V8 are a part of.
  return found.filter(entry => !entry.startsWith('00000000'));
}

const dataIn = async (name: string): Promise<Buffer> => gunzipSync(await readFile(join(folder, name)));

const byKey = (entries: readonly (readonly unknown[])[]): readonly unknown[] => entries.toSorted(([a], [b]) => (keyText(a as string) < keyText(b as string) ? -1 : 1)); // keys are what keyText takes

const kept = (await readdir(folder)).filter(name => name.endsWith('.mdb.gz'));
it('there are some', () => expect(kept).toContain('format-1.mdb.gz'));

describe.each(kept)('%s', name => {
  it('is whole, and has every table, value and position', async () => {
    const path = await fresh();
    await mkdir(join(path, JOB));
    await writeFile(dataOf(path), await dataIn(name));
    expect(await checkFile(join(path, JOB), systemClock)).toMatchObject({ checkpoint: 7, tables: 3, entries: Object.values(hardTables).flatMap(tables => Object.values(tables).flat()).length });
    const store = await lmdb(path).open(JOB, environment);
    expect(store.restored).toEqual(manifestOf(1, 7));
    expect(store.generation).toBe(2);
    const found = tablesOf(store);
    expect(Object.keys(found).toSorted()).toEqual(Object.keys(hardTables));
    for (const [step, tables] of Object.entries(hardTables)) {
      expect(Object.keys(found[step] ?? {}).toSorted()).toEqual(Object.keys(tables).toSorted());
      for (const [table, entries] of Object.entries(tables)) expect(byKey((found[step]?.[table] ?? []) as readonly (readonly unknown[])[])).toEqual(byKey(entries));
    }
    for (const [key, sub, value] of hardTables['b']?.['rows'] ?? []) expect(store.table('b', 'rows').get(key, sub)).toEqual(value);
    // It is gone on from.
    store.table<number>('a', 'keys').set('one more', 1);
    await store.commit(manifestOf(2, 8), { go: () => true });
    await store.close();
    expect(await checkFile(join(path, JOB), systemClock)).toMatchObject({ checkpoint: 8 });
  });
});

it('the newest is what is written today, byte for byte', async () => {
  const path = await fresh();
  await makeStore(path);
  expect(bytesOf(await readFile(dataOf(path)))).toEqual(bytesOf(await dataIn(kept.toSorted().at(-1) ?? '')));
});
