import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemDisk } from '../../../src/core/disk.js';
import { openSavepoint } from '../../../src/state/savepoint/read.js';
import { contents, fresh, hardTables, manifest, save } from './kit.js';

describe('reading a savepoint', () => {
  it('gives back all values and keys, however hard', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const { entries, tables } = await save(path, hardTables);
    expect([entries, tables]).toEqual([27 + 16 + 5, 3]);
    expect(await contents(path)).toMatchObject({ manifest, tables: hardTables });
  });
  it('refuses it with any byte changed, cut off anywhere, or with something behind its end', async () => {
    const path = join(await fresh(), 'it.savepoint');
    await save(path, { s: { t: [['k', undefined, { n: 1 }], ['k', 'row', 2n]] } });
    const whole = await readFile(path);
    const refused: { readonly code: unknown } = { code: expect.stringMatching(/^savepoint-(damaged|foreign|version)$/) };
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << at % 8);
      await writeFile(path, damaged);
      await expect(contents(path), `byte ${at}`).rejects.toMatchObject(refused);
      if (at % 5 > 0) continue;
      await writeFile(path, whole.subarray(0, at));
      await expect(contents(path), `cut at ${at}`).rejects.toMatchObject(refused);
    }
    await writeFile(path, Buffer.concat([whole, Buffer.from([0])]));
    await expect(contents(path)).rejects.toMatchObject(refused);
  });
  it('refuses parts that are whole and not those that were written', async () => {
    const folder = await fresh();
    await save(join(folder, 'a'), { s: { t: [['k', undefined, 1]] } });
    await save(join(folder, 'b'), { s: { t: [['k', undefined, 2]] } });
    const [a, b] = [await readFile(join(folder, 'a')), await readFile(join(folder, 'b'))];
    await writeFile(join(folder, 'c'), Buffer.concat([a.subarray(0, -69), b.subarray(-69)]));
    await expect(contents(join(folder, 'c'))).rejects.toMatchObject({ code: 'savepoint-damaged' });
  });
  it('names what is not there', async () => {
    await expect(openSavepoint(join(await fresh(), 'nothing'), systemDisk)).rejects.toMatchObject({ code: 'savepoint-missing' });
  });
  it('comes in parts, and entries of any length', async () => {
    const path = join(await fresh(), 'it.savepoint');
    const rows = Array.from({ length: 600 }, (_, i) => [i, undefined, 'x'.repeat(i % 100 === 0 ? 300_000 : 500)] as const);
    await save(path, { s: { t: rows } });
    const savepoint = await openSavepoint(path, systemDisk);
    let parts = 0;
    const seen: unknown[] = [];
    for await (const part of savepoint.parts()) {
      parts++;
      seen.push(...part.map(({ key, sub, value }) => [key, sub, value]));
      expect(part.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(262_144 + 300_100);
    }
    await savepoint.close();
    expect(parts).toBeGreaterThan(5);
    expect(seen).toEqual(rows);
  });
});
