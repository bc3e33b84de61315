/**
 * Savepoints of earlier versions, kept: each is restored and must give what the job gives undisturbed (H35, C13). A new one is made with
 * `GOLDEN=format-1 npx vitest run --config test/vitest.config.ts --project unit test/golden`; the old ones stay for ever.
 */
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { memory } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { systemClock } from '../../src/core/clock.js';
import { systemDisk } from '../../src/core/disk.js';
import { exportState, importState } from '../../src/state/savepoint/ndjson.js';
import { openSavepoint } from '../../src/state/savepoint/read.js';
import { contents } from '../state/savepoint/kit.js';
import { begunWith, undisturbed } from './pipeline.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const fresh = (): Promise<string> => mkdtemp(join(inject('folder'), 'golden-'));

const { GOLDEN } = process.env;
if (GOLDEN !== undefined)
  it('makes a new one', async () => {
    await undisturbed(join(folder, `${GOLDEN}.savepoint`));
  });

const kept = (await readdir(folder)).filter(name => name.endsWith('.savepoint'));
it('there are some', () => expect(kept).toEqual(expect.arrayContaining(['format-1.savepoint', 'format-2.savepoint'])));

describe.each(kept)('%s', name => {
  const path = join(folder, name);
  it.each(['memory', 'lmdb'] as const)('restored into %s gives what an undisturbed job gives', async backend => {
    const truth = await undisturbed();
    expect(truth.map(lines => lines.length > 0)).toEqual([true, true, true, true, true, false]);
    const state = backend === 'memory' ? memory() : lmdb(await fresh());
    expect(await begunWith(path, 1, { state })).toEqual(truth);
  });
  it('is migrated by a step of a higher version', async () => {
    const ledger = (await begunWith(path, 2, { state: memory() })).at(-1);
    expect(ledger).toEqual(['["a",16,true]', '["a",26,true]', '["b",8,true]', '["c",12,true]', '["d",9,false]']);
  });
  it('is refused by an older program once a newer one has gone on from it', async () => {
    const state = memory();
    await begunWith(path, 2, { state });
    await expect(begunWith(path, 1, { state })).rejects.toThrow(/ledger: changed: version 2 to 1: an older program/);
  });
  it('comes back from NDJSON, entry by entry', async () => {
    const to = await fresh();
    const savepoint = await openSavepoint(path, systemDisk);
    await exportState(savepoint, systemDisk, join(to, 'it.ndjson'));
    await savepoint.close();
    const { digest } = await importState(join(to, 'it.ndjson'), { disk: systemDisk, clock: systemClock, path: join(to, 'it.savepoint') });
    const [before, after] = [await contents(path), await contents(join(to, 'it.savepoint'))];
    expect(after.tables).toEqual(before.tables);
    expect(after.manifest).toEqual(before.manifest);
    // What was not plain JSON was written by V8 once, and is written as tagged JSON now.
    if (name !== 'format-1.savepoint') expect(digest).toBe(savepoint.id);
  });
});
