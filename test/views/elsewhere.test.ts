/** Versions computed in other processes and threads, from the files of the log alone. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { masterLog } from 'millrace/log';
import { buildBatch } from 'millrace/views';
import { partsOf } from '../../src/views/workers.js';

interface Outcome {
  readonly found?: unknown;
  readonly code?: string;
  readonly message?: string;
  readonly stack?: string;
}

/** Of `/7`, by the arithmetic of the program. */
const VALUE = Array.from({ length: 20_000 }, (_, i) => ((i * 7) % 301 === 7 ? i % 20 : 0)).reduce((sum, n) => sum + n, 0);
const peers = createRequire(import.meta.url);
let program: string;
let folder: string;
const does = async (what: string): Promise<Outcome> => JSON.parse((await promisify(execFile)(process.execPath, [program], { env: { ...process.env, NODE_OPTIONS: '', HITS_FOLDER: folder, HITS_WHAT: what } })).stdout) as Outcome; // what the program writes
const rowsOf = (name: string): Promise<string> => readFile(join(folder, name, 'version-0000000001', 'rows.ndjson'), 'utf8');

describe('in another process', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(inject('folder'), 'elsewhere-'));
    program = join(folder, 'hits.mjs');
    const external = (filter: RegExp) => ({ name: 'peer', setup: (b: { onResolve(what: { filter: RegExp }, found: (args: { path: string }) => { path: string; external: true }): void }) => b.onResolve({ filter }, ({ path }) => ({ path: pathToFileURL(peers.resolve(path)).href, external: true })) });
    await build({ entryPoints: [fileURLToPath(new URL('hits-process.ts', import.meta.url))], outfile: program, bundle: true, format: 'esm', platform: 'node', tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)), plugins: [external(/^(lmdb|rxjs|zod|lru-cache)$/)] });
  }, 60_000);

  it('a version has the same rows when the state of the job is gone, in one thread or several; a job without state goes on with it', async () => {
    expect(await does('ingest')).toMatchObject({ found: { value: VALUE, gaps: 0, manifest: { events: 20_000 }, outputs: 1 } });
    await rm(join(folder, 'state'), { recursive: true });
    expect(await does('build')).toMatchObject({ found: { version: 1, view: 'hits', events: 20_000, skipped: 0 } });
    expect(await does('build-in-workers')).toMatchObject({ found: { events: 20_000 } });
    const expected = await rowsOf('job');
    expect(expected.split('\n')).toHaveLength(43 * 50 + 1);
    for (const name of ['built', 'build-in-workers']) expect((await rowsOf(name)) === expected).toBe(true);
    expect((await readdir(join(folder, 'build-in-workers', 'version-0000000001'))).sort()).toEqual(['claimed', 'manifest.json', 'rows.ndjson']);
    expect(await does('adopt')).toEqual({ found: { value: VALUE, gaps: 0 } });
  }, 60_000);
  it('a running view publishes what its workers have computed', async () => {
    expect(await does('publish')).toEqual({ found: { events: 40_000, value: 2 * VALUE, gaps: 0 } });
  }, 60_000);
  it('a worker that fails is told of with its stack, and ends the others; nothing counts', async () => {
    const failed = await does('throw');
    expect(failed).toMatchObject({ code: 'view-worker', message: expect.stringContaining('thirteen') as string });
    expect(failed.stack).toMatch(/thirteen\n.*hits\.mjs/);
    expect(await readdir(join(folder, 'throw', 'version-0000000001'))).toEqual(['claimed']);
    expect(await does('other')).toMatchObject({ code: 'view-module', message: expect.stringContaining('computes something else') as string });
    expect(await does('silent')).toMatchObject({ code: 'view-worker', message: expect.stringContaining('batchWorker') as string });
  }, 60_000);
  it('aborted, ends its workers', async () => {
    expect(await does('abort')).toMatchObject({ code: null, message: 'enough' });
    expect(await readdir(join(folder, 'aborted', 'version-0000000001'))).toEqual(['claimed']);
  }, 60_000);
});

describe('parts of a log', () => {
  it('are about as long as each other, in their order, and have everything', () => {
    expect(partsOf([{ partition: 0, from: 0, to: 5 }, { partition: 2, from: 3, to: 4 }], 3)).toEqual([[{ partition: 0, from: 0, to: 2 }], [{ partition: 0, from: 2, to: 4 }], [{ partition: 0, from: 4, to: 5 }, { partition: 2, from: 3, to: 4 }]]);
    expect([partsOf([], 3), partsOf([{ partition: 0, from: 0, to: 1 }], 3)]).toEqual([[], [[{ partition: 0, from: 0, to: 1 }]]]);
  });
});

describe('buildBatch', () => {
  it('refuses options that cannot be, all at once', async () => {
    const refused = await buildBatch('hits', { key: 1, every: '0s', memory: -1, workers: 2 } as never).catch((error: Error) => error.message);
    for (const word of ['`key`', '`every`', '`aggregate`', '`log`', '`folder`', '`memory`', '`workers` without']) expect(refused).toContain(word);
    await expect(buildBatch('hits', undefined as never)).rejects.toThrow(/`log`/);
    expect(() => masterLog('')).toThrow();
  });
});
