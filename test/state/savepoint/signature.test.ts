import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Stream, memory, type } from 'millrace';
import { testing } from 'millrace/testing';
import { stateCommand } from '../../../src/cli/state.js';
import { systemClock } from '../../../src/core/clock.js';
import { systemDisk } from '../../../src/core/disk.js';
import { openSavepoint } from '../../../src/state/savepoint/read.js';
import { writeSavepoint } from '../../../src/state/savepoint/write.js';
import { contents, fresh, hardTables, manifest, snapshotOf } from './kit.js';

const signingKey = 'a secret of this test';
const signed = async (): Promise<string> => {
  const path = join(await fresh(), 'it.savepoint');
  await writeSavepoint(snapshotOf(hardTables), { disk: systemDisk, clock: systemClock, path, signingKey });
  return path;
};
const opened = async (path: string, key?: string): Promise<void> => (await openSavepoint(path, systemDisk, key)).close();

afterEach(() => vi.unstubAllEnvs());

describe('a signed savepoint', () => {
  it('is read with its key, and without', async () => {
    const path = await signed();
    await opened(path, signingKey);
    expect(await contents(path)).toMatchObject({ manifest, tables: hardTables });
  });
  it('is refused with another key, and so is one that is not signed, before anything of it is decoded', async () => {
    const path = await signed();
    await expect(opened(path, 'another secret, as long')).rejects.toMatchObject({ code: 'savepoint-forged' });
    const plain = join(await fresh(), 'plain.savepoint');
    await writeSavepoint(snapshotOf(hardTables), { disk: systemDisk, clock: systemClock, path: plain });
    await expect(opened(plain, signingKey)).rejects.toMatchObject({ code: 'savepoint-unsigned' });
  });
  it('is refused with any byte changed, checksums and trailer put right by whoever changed it included', async () => {
    const path = await signed();
    const whole = await readFile(path);
    const refused: { readonly code: unknown } = { code: expect.stringMatching(/^savepoint-(damaged|foreign|version|unsigned|forged)$/) };
    for (let at = 0; at < whole.length; at += 7) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await writeFile(path, damaged);
      await expect(opened(path, signingKey), `byte ${at}`).rejects.toMatchObject(refused);
    }
    // Another state, whole by all its checksums, with the signature of this one.
    const forged = join(await fresh(), 'forged.savepoint');
    await writeSavepoint(snapshotOf({ s: { t: [['k', undefined, 1]] } }), { disk: systemDisk, clock: systemClock, path: forged, signingKey: 'a secret of somebody else' });
    await expect(opened(forged, signingKey)).rejects.toMatchObject({ code: 'savepoint-forged' });
  });
  it('is what a job with the key makes and takes', async () => {
    const path = join(await fresh(), 'job.savepoint');
    const play = async (options: { readonly signingKey?: string; readonly from?: string }, then?: 'save'): Promise<readonly unknown[]> => {
      const t = testing();
      const counts = t.collect(Stream.from(t.source<string>('in'), { name: 'in' }).keyBy(key => key).process({ name: 'count', emits: type<number>(), init: () => ({ n: 0 }), onData: (state, _, context) => context.emit(++state.n) }), { name: 'out' });
      const job = await t.run(counts, { name: 'signed', state: memory(), ...options });
      t.source<string>('in').push('a', 1);
      if (options.from !== undefined) t.source<string>('in').push('a', 2);
      await job.settle();
      if (then === 'save') await job.savepoint(path);
      await job.stop();
      return counts.values;
    };
    await play({ signingKey }, 'save');
    await opened(path, signingKey);
    expect(await play({ from: path, signingKey })).toEqual([2, 3]);
    expect(await play({ from: path })).toEqual([2, 3]);
    await expect(play({ from: path, signingKey: 'the secret of another job' })).rejects.toMatchObject({ code: 'savepoint-forged' });
    await expect(play({ signingKey: 'short' })).rejects.toThrow(/run option signingKey: must be a secret of at least 16 bytes/u);
  });
  it('is made and checked by the command with the key of its environment', async () => {
    const path = await signed();
    const at = await fresh();
    const lines: string[] = [];
    const command = (...args: readonly string[]) => stateCommand(args, { print: () => {}, complain: line => void lines.push(line) });
    vi.stubEnv('MILLRACE_SIGNING_KEY', signingKey);
    expect(await command(path, '--verify')).toBe(0);
    expect(await command(path, '--export', join(at, 'it.ndjson'))).toBe(0);
    expect(await command(join(at, 'again.savepoint'), '--import', join(at, 'it.ndjson'))).toBe(0);
    await opened(join(at, 'again.savepoint'), signingKey);
    vi.stubEnv('MILLRACE_SIGNING_KEY', 'the secret of another job');
    expect(await command(path, '--verify')).toBe(1);
    expect(lines.join('\n')).toMatch(/is not what was signed with this/u);
  });
});
