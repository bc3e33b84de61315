import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findHolder, refuseIfHeld, takeHold } from '../../../src/state/lmdb/holder.js';
import { folder } from './kit.js';

const NOW = 1_700_000_000_000;

/** What a folder says whose holder's file was changed. */
async function seen(change: { readonly [name: string]: unknown }, age = 0): Promise<unknown> {
  const path = await folder();
  const hold = takeHold(path, NOW, 10_000);
  const file = join(path, 'holder.json');
  await writeFile(file, JSON.stringify({ ...(JSON.parse(await readFile(file, 'utf8')) as object), ...change }));
  await utimes(file, (NOW - age) / 1_000, (NOW - age) / 1_000);
  const found = findHolder(path, NOW)?.state;
  hold.release();
  return found;
}

describe('the holder of a store', () => {
  it('is nobody in a new folder, and after a release', async () => {
    const path = await folder();
    expect(findHolder(path, NOW)).toBeUndefined();
    const hold = takeHold(path, NOW, 10_000);
    expect(findHolder(path, NOW)).toMatchObject({ state: 'ourselves', beat: NOW, holder: { pid: process.pid, host: hostname(), since: NOW, lease: 10_000 } });
    hold.beat(NOW + 5_000);
    expect(findHolder(path, NOW)?.beat).toBe(NOW + 5_000);
    hold.release();
    hold.release();
    hold.beat(NOW);
    expect([findHolder(path, NOW), await readdir(path)]).toEqual([undefined, []]);
  });
  it('is dead on this machine when its process is gone, or is another by now', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise(resolve => child.once('exit', resolve));
    expect(await seen({ pid: child.pid, started: '1' })).toBe('dead');
    expect(await seen({ pid: process.ppid, started: '1' })).toBe(process.platform === 'linux' ? 'dead' : 'alive');
  });
  it('is alive while it gives signs of life, for a lease and the time between two of them', async () => {
    for (const change of [{ pid: process.ppid, started: '' }, { host: 'elsewhere' }, { boot: 'another run of this machine' }]) {
      expect(await seen(change, 12_500)).toBe('alive');
      expect(await seen(change, 12_501)).toBe('silent');
      expect(await seen(change, -12_501)).toBe('silent');
    }
  });
  it('that is alive is named to whoever comes second', () => {
    const holder = { pid: 12, host: 'box', boot: '', started: '', since: NOW, lease: 10_000 };
    expect(() => refuseIfHeld('job', '/state/job', { holder, beat: NOW + 1_000, state: 'alive' }, NOW + 3_000)).toThrow(
      expect.objectContaining({ code: 'state-held', message: 'The state of job "job" (/state/job) is held by process 12 on box since 2023-11-14T22:13:20.000Z; its last sign of life was 2s ago. End that process, or wait: after 10s of silence it is taken for dead.' }),
    );
    for (const state of ['silent', 'dead', 'ourselves'] as const) refuseIfHeld('job', '/state/job', { holder, beat: NOW, state }, NOW);
    refuseIfHeld('job', '/state/job', undefined, NOW);
  });
  it('that was replaced touches nothing of its successor', async () => {
    const path = await folder();
    const old = takeHold(path, NOW, 10_000);
    const next = takeHold(path, NOW + 1, 10_000);
    old.beat(NOW + 60_000);
    old.release();
    expect(findHolder(path, NOW)).toMatchObject({ beat: NOW + 1, holder: { since: NOW + 1 } });
    next.release();
  });
  it('is nobody where the file is none of ours', async () => {
    const path = await folder();
    for (const text of ['', '{', 'null', '[]', '{"pid":"1"}']) {
      await writeFile(join(path, 'holder.json'), text);
      expect(findHolder(path, NOW)).toBeUndefined();
    }
    await mkdir(join(path, 'sub', 'holder.json'), { recursive: true });
    expect(findHolder(join(path, 'sub'), NOW)).toBeUndefined();
  });
});
