/** Every byte of a small store's file changed, and the file cut: found out before it is opened, or the state of a checkpoint that there was. */
import { copyFile, mkdir, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { systemClock } from '../../../src/core/clock.js';
import { checkFile } from '../../../src/state/lmdb/check-file.js';
import { always, environment, folder, manifestOf } from './kit.js';

/** Checkpoints 1 to 6 of a store, and what each holds. */
async function sample(): Promise<{ readonly path: string; readonly truths: readonly string[] }> {
  const path = await folder();
  const store = await lmdb(path).open('job', environment);
  const truths = ['[]'];
  for (let c = 1; c <= 6; c++) {
    const table = store.table<unknown>('step', 'table');
    for (let i = 0; i < 40; i++) table.set(`key ${(i * 7 + c) % 60}`, { n: i, c });
    table.set('rows', c, c);
    table.set('big', 'x'.repeat(6_000 + c));
    table.delete(`key ${c}`);
    store.table<number>('other', 't').set(c, c);
    await store.commit(manifestOf(store, c), always);
    truths.push(shown(store));
  }
  await store.close();
  return { path, truths };
}
const shown = (store: Awaited<ReturnType<ReturnType<typeof lmdb>['open']>>): string => JSON.stringify([...store.tables()].map(([step, name]) => [step, name, [...store.table(step, name).scan()].map(entry => JSON.stringify(entry)).toSorted()]).toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)));

describe('the file of a store', () => {
  it('that is whole is said to be, at all of its commits', async () => {
    const { path } = await sample();
    expect(await checkFile(join(path, 'job'), systemClock)).toEqual({ checkpoint: 6, tables: 2, entries: expect.any(Number) as number, bytes: expect.any(Number) as number });
    expect(await checkFile(join(path, 'job'), systemClock, 0)).toBeUndefined();
    expect(await checkFile(join(path, 'nobody'), systemClock)).toBeUndefined();
  });
  it('of which a byte is another is refused, or is a checkpoint that there was', async () => {
    const { path, truths } = await sample();
    const data = await readFile(join(path, 'job', 'data.mdb'));
    const target = join(await folder(), 'job');
    await mkdir(target);
    const file = join(target, 'data.mdb');
    await writeFile(file, data);
    const handle = await open(file, 'r+');
    const step = Number(process.env['EVERY_BYTE'] ?? 61);
    const passed: number[] = [];
    let refused = 0;
    for (let at = Number(process.env['FIRST_BYTE'] ?? 0); at < data.length; at += step) {
      await handle.write(Buffer.from([(data[at] ?? 0) ^ (1 << at % 8)]), 0, 1, at);
      await checkFile(target, systemClock).then(
        () => passed.push(at),
        (cause: unknown) => {
          expect(cause).toMatchObject({ code: 'state-damaged' });
          refused++;
        },
      );
      await handle.write(data.subarray(at, at + 1), 0, 1, at);
    }
    await handle.close();
    expect(refused).toBeGreaterThan(0);
    // Those that pass differ where nothing is, or in the older of two. Some are opened.
    const some = passed.filter((_, i) => i % Math.ceil(passed.length / 25) === 0);
    for (const at of some) {
      const copy = await folder();
      await mkdir(join(copy, 'job'));
      const changed = Buffer.from(data);
      changed[at] = (changed[at] ?? 0) ^ (1 << at % 8);
      await writeFile(join(copy, 'job', 'data.mdb'), changed);
      const store = await lmdb(copy).open('job', environment).catch(() => undefined);
      if (store === undefined) continue;
      expect([at, truths[store.restored?.checkpoint ?? 0]]).toEqual([at, shown(store)]);
      await store.close();
    }
  });
  it('that was cut is refused, wherever a page is missing', async () => {
    const { path } = await sample();
    for (const length of [1, 100, 4_095, 4_096, 6_000, 8_192, 12_288, 20_000]) {
      const target = join(await folder(), 'job');
      await mkdir(target);
      await copyFile(join(path, 'job', 'data.mdb'), join(target, 'data.mdb'));
      await truncate(join(target, 'data.mdb'), length);
      await expect(checkFile(target, systemClock)).rejects.toMatchObject({ code: 'state-damaged' });
      await expect(lmdb(join(target, '..')).open('job', environment)).rejects.toMatchObject({ code: 'state-damaged' });
    }
  });
  it('that is no store is refused', async () => {
    const target = join(await folder(), 'job');
    await mkdir(target);
    await writeFile(join(target, 'data.mdb'), 'x'.repeat(20_000));
    await expect(lmdb(join(target, '..')).open('job', environment)).rejects.toMatchObject({ code: 'state-damaged' });
  });
});
