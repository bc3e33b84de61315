import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { Stream, count, tumbling } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { testing } from 'millrace/testing';
import { stateCommand } from '../../src/cli/state.js';

async function command(...args: readonly string[]): Promise<{ readonly code: number; readonly out: readonly string[]; readonly errors: readonly string[] }> {
  const out: string[] = [];
  const errors: string[] = [];
  const code = await stateCommand(args, { print: line => out.push(line), complain: line => errors.push(line) });
  return { code, out, errors };
}

/** A job that runs, with a checkpoint and a savepoint. */
async function running() {
  const folder = await mkdtemp(join(inject('folder'), 'cli-'));
  const t = testing();
  const source = t.source<string>('script');
  const panes = t.collect(Stream.from(source, { name: 'in' }).keyBy(key => key).window(tumbling(10)).aggregate(count(), { name: 'window' }), { name: 'out' });
  const job = await t.run([panes], { name: 'job', state: lmdb(join(folder, 'state')) });
  for (const key of ['a', 'a', 'b']) source.push(key, 1);
  await job.settle();
  const savepoint = join(folder, 'it.savepoint');
  await job.savepoint(savepoint);
  return { folder, state: join(folder, 'state'), savepoint, job };
}

describe('millrace state', () => {
  it('lists a store while its job runs, shows one key, verifies, and claims nothing', async () => {
    const { state, job, savepoint } = await running();
    for (const path of [state, join(state, 'job'), savepoint]) {
      const { code, out, errors } = await command(path);
      expect([code, errors]).toEqual([0, []]);
      const text = out.join('\n');
      expect(text).toMatch(/(store|savepoint [0-9a-f]{12}) of job "job", \d+ bytes\n {2}checkpoint 1 of generation 1, \d{4}-/);
      expect(text).toContain('source "in"');
      expect(text).toMatch(/keyed "window", version 1\n( {4}table .*\n?)+/);
    }
    for (const path of [join(state, 'job'), savepoint]) {
      const { code, out } = await command(path, '--step', 'window', '--key', 'a');
      expect([code, out.every(line => (JSON.parse(line) as { key: unknown }).key === 'a'), out.length > 0]).toEqual([0, true, true]);
      expect((await command(path, '--step', 'window')).out.length).toBeGreaterThan(out.length);
      expect(await command(path, '--step', 'window', '--key', 'c')).toMatchObject({ code: 1, errors: [expect.stringContaining('keeps nothing for key c')] });
      expect(await command(path, '--step', 'nowhere')).toMatchObject({ code: 1 });
      expect((await command(path, '--verify')).out.at(-1)).toContain('verified');
    }
    await job.checkpoint(); // it is still ours
    await job.stop();
  });
  it('exports a store or a savepoint, and makes the same savepoint of it again', async () => {
    const { folder, state, savepoint, job } = await running();
    await job.stop();
    const [text, back] = [join(folder, 'it.ndjson'), join(folder, 'back.savepoint')];
    expect(await command(savepoint, '--export', text)).toMatchObject({ code: 0 });
    expect(await command(back, '--import', text)).toMatchObject({ code: 0, out: [expect.stringContaining('back.savepoint: savepoint ')] });
    expect(await readFile(back)).toEqual(await readFile(savepoint));
    expect(await command(state, '--export', text)).toMatchObject({ code: 0 });
    expect(await command(back, '--import', text)).toMatchObject({ code: 0 });
    expect(await command(folder, '--export', text)).toMatchObject({ code: 1, errors: [expect.stringContaining('more than one state')] });
  });
  it('ends with 1 for what is damaged or missing, with 2 for what it does not understand', async () => {
    const { folder, savepoint, job } = await running();
    await job.stop();
    const bytes = await readFile(savepoint);
    const middle = Math.floor(bytes.length * 0.7);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(savepoint, bytes);
    const { code, errors } = await command(savepoint, '--verify');
    expect([code, errors.join()]).toEqual([1, expect.stringMatching(/is damaged/)]);
    expect(await command(join(folder, 'nowhere'))).toMatchObject({ code: 1, errors: [expect.stringContaining('There is nothing at')] });
    expect(await command(await mkdtemp(join(inject('folder'), 'empty-')))).toMatchObject({ code: 1 });
    for (const args of [[], ['a', 'b'], ['a', '--what'], ['a', '--key', 'k']]) expect(await command(...args)).toMatchObject({ code: 2, out: [] });
  });
});
