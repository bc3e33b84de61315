/** A job killed with `kill -9` at random moments and started again each time: in the table, every number once, its count right, and in order for each key. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findServer, makeDatabase, type Database, type Server } from './server.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Beside the packages it imports, so that they are found.
const program = join(root, 'node_modules/.cache/millrace-servers', `kills-${process.pid}.mjs`);

let server: Server;
let db: Database;
beforeAll(async () => {
  server = await findServer();
  db = await makeDatabase(server);
  mkdirSync(join(program, '..'), { recursive: true });
  await build({ entryPoints: [join(root, 'test/servers/kills/job.ts')], outfile: program, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', logLevel: 'warning', tsconfig: join(root, 'tsconfig.json') });
});
afterAll(async () => {
  rmSync(program, { force: true });
  await db?.drop();
  await server?.stop();
});

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}
function start(folder: string, method: string, total: number): { readonly child: ChildProcess; readonly running: Promise<boolean>; readonly ended: Promise<Ending> } {
  const child = fork(program, [db.url, folder, String(total), method], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr?.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = new Promise<Ending>(resolve => child.once('close', (code, signal) => resolve({ code, signal, errors })));
  const running = new Promise<boolean>(resolve => {
    child.stdout?.once('data', () => resolve(true));
    child.once('close', () => resolve(false));
  });
  return { child, running, ended };
}

describe.each([
  { method: 'insert', kills: 20 },
  { method: 'copy', kills: 5 },
])('by $method', ({ method, kills }) => {
  const total = kills * 3_000;
  it(`${kills} kills: nothing lost, nothing twice, nothing out of order`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-kills-'));
    await db.query('DROP TABLE IF EXISTS counts, millrace_ledger; CREATE TABLE counts (seq bigserial, key int, id int, count int)');
    let seed = method === 'copy' ? 11 : 7;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let late = 0;
    const delivered: number[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const { child, running, ended } = start(folder, method, total);
      if (await running) await after(random() * 150);
      child.kill('SIGKILL');
      const { code, signal, errors } = await ended;
      expect(errors).toBe('');
      if (signal === null && code === 0) late++;
      const [row] = await db.query<{ n: number }>('SELECT count(*)::int AS n FROM counts');
      delivered.push(row?.n ?? 0);
    }
    // Else the kills have not hit a job at work.
    expect(late).toBe(0);
    expect(new Set(delivered).size).toBeGreaterThan(kills / 3);
    const last = await start(folder, method, total).ended;
    expect(last).toEqual({ code: 0, signal: null, errors: '' });
    expect(await db.query('SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids, min(id) AS first, max(id) AS last FROM counts')).toEqual([{ rows: total, ids: total, first: 0, last: total - 1 }]);
    expect(await db.query('SELECT id FROM counts WHERE key <> id % 7 OR count <> id / 7 + 1')).toEqual([]);
    expect(await db.query('SELECT id FROM (SELECT id, lag(id) OVER (PARTITION BY key ORDER BY seq) AS before FROM counts) o WHERE before >= id')).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});
