import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { systemDisk } from '../../../src/core/disk.js';
import { exportState, importState } from '../../../src/state/savepoint/ndjson.js';
import { openSavepoint } from '../../../src/state/savepoint/read.js';
import { contents, fresh, hardTables, save } from './kit.js';

async function exported(from: string, to: string): Promise<number> {
  const savepoint = await openSavepoint(from, systemDisk);
  try {
    return await exportState(savepoint, systemDisk, to);
  } finally {
    await savepoint.close();
  }
}
const imported = (from: string, path: string) => importState(from, { disk: systemDisk, clock: systemClock, path });

describe('state as NDJSON', () => {
  it('and back is the same savepoint, by its identity', async () => {
    const folder = await fresh();
    const [path, text, back] = ['a.savepoint', 'a.ndjson', 'b.savepoint'].map(name => join(folder, name)) as [string, string, string];
    await save(path, hardTables);
    expect(await exported(path, text)).toBe(48);
    await imported(text, back);
    expect(await readFile(back)).toEqual(await readFile(path));
    expect((await readdir(folder)).sort()).toEqual(['a.ndjson', 'a.savepoint', 'b.savepoint']);
  });
  it('has a line per entry, and can be edited', async () => {
    const folder = await fresh();
    const [path, text, back] = ['a.savepoint', 'a.ndjson', 'b.savepoint'].map(name => join(folder, name)) as [string, string, string];
    await save(path, { s: { t: [['k', undefined, { n: 1 }], [['u', 1n], 'row', new Date(7)]] } });
    await exported(path, text);
    const lines = (await readFile(text, 'utf8')).trimEnd().split('\n');
    expect(lines.slice(1).map(line => JSON.parse(line) as unknown)).toEqual([
      { step: 's', table: 't', key: 'k', value: { n: 1 } },
      { step: 's', table: 't', key: ['u', { $bigint: '1' }], sub: 'row', value: { $date: 7 } },
    ]);
    await writeFile(text, `${lines.join('\n').replace('"n":1', '"n":2')}\n\n${JSON.stringify({ step: 'new', table: 't', key: 1, value: [] })}`);
    await imported(text, back);
    const [before, after] = [await contents(path), await contents(back)];
    expect(after.tables).toEqual({ s: { t: [['k', undefined, { n: 2 }], [['u', 1n], 'row', new Date(7)]] }, new: { t: [[1, undefined, []]] } });
    expect([after.manifest, after.id === before.id]).toEqual([before.manifest, false]);
  });
  it('names the line that is wrong, and makes no savepoint of it', async () => {
    const folder = await fresh();
    const [path, text, back] = ['a.savepoint', 'a.ndjson', 'b.savepoint'].map(name => join(folder, name)) as [string, string, string];
    await save(path, { s: { t: [['k', undefined, 1]] } });
    await exported(path, text);
    const whole = await readFile(text, 'utf8');
    for (const [line, message] of [
      ['{"step":', /line 3: /],
      ['[1]', /line 3: it is no object/],
      ['{"step":"s","key":1,"value":1}', /line 3: It names no step and table/],
      ['{"step":"s","table":"t","value":1}', /line 3: It has no key or no value/],
      ['{"step":"s","table":"t","key":{"a":1},"value":1}', /line 3: The key is object/],
      ['{"step":"s","table":"t","key":1,"sub":[],"value":1}', /line 3: The sub-key/],
      ['{"step":"s","table":"t","key":1,"value":{"$x":1}}', /line 3: "\$x" is not how/],
    ] as const) {
      await writeFile(text, `${whole}${line}\n`);
      await expect(imported(text, back)).rejects.toThrow(message);
    }
    await writeFile(text, '{"other":1}\n');
    await expect(imported(text, back)).rejects.toThrow(/its first line does not say so/);
    expect((await readdir(folder)).sort()).toEqual(['a.ndjson', 'a.savepoint']);
  });
});
