/** H5, H6, H37: a second instance is refused while the first lives; one that stands still past its lease is taken over, and when it wakes up it can neither write nor be believed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../src/testing/random.js';
import { findServer, makeDatabase } from '../servers/server.js';
import { start, type Child } from './child.js';
import type { Campaign } from './main.js';
import { linesOf, runningComplaints, windowComplaints, windowsOf, writeInput, type WindowRow } from './truth.js';

const KEYS = 500;
const LEASE = 1_000;

export const zombie: Campaign = async ({ n, seed, installed, state, tell }) => {
  const random = seeded(seed);
  const server = await findServer();
  const database = await makeDatabase(server);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-zombie-'));
  const complaints: string[] = [];
  const counts = { takeovers: 0, fenced: 0, endedBefore: 0, refusedWhileAlive: 0 };
  try {
    for (let round = 0; round < n && complaints.length === 0; round++) {
      const records = 500_000;
      const input = join(folder, `input-${round}.ndjson`);
      const data = join(folder, `round-${round}`);
      const table = `windows_${round}`;
      await writeInput(input, seed + round, records, KEYS);
      await database.query(`CREATE TABLE ${table} (key text, start bigint, n int, total bigint)`);
      const begin = (): Child => start(installed, { input, folder: data, database: database.url, table, state, every: 30, lease: `${LEASE}ms` });
      const first = begin();
      await firstCheckpoint(first);
      if (state === 'lmdb' && first.process.exitCode === null) {
        const second = begin();
        const code = await second.ended;
        if (code === 0 && !first.finished()) complaints.push(`round ${round}: a second instance ran beside the first`);
        else if (code !== 0 && !second.errors().includes(String(first.process.pid))) complaints.push(`round ${round}: the refusal does not say who holds the state: ${second.errors()}`);
        else counts.refusedWhileAlive++;
      }
      await pause(random() * 100);
      first.process.kill('SIGSTOP');
      await pause(LEASE * 2);
      let successor = begin();
      counts.takeovers++;
      await firstCheckpoint(successor);
      await pause(random() * 300);
      first.process.kill('SIGCONT');
      const code = await first.ended;
      if (code === 3) counts.fenced++;
      else if (code === 0) counts.endedBefore++;
      else complaints.push(`round ${round}: the process that was taken over ended with ${code}, not saying that it was fenced: ${first.errors()}`);
      for (let tries = 0; (await successor.ended) !== 0 && tries < 10; tries++) {
        complaints.push(...(code === 0 ? [] : [`round ${round}: the successor ended with ${await successor.ended}: ${successor.errors()}`]));
        successor = begin();
      }
      const rows = (await database.query(`SELECT key, start::float8 AS start, n, total::float8 AS total FROM ${table}`)) as unknown as WindowRow[];
      complaints.push(...windowComplaints(rows, windowsOf(seed + round, records, KEYS)).slice(0, 5), ...runningComplaints(await linesOf(join(data, 'running')), seed + round, records, KEYS, true).slice(0, 5));
      tell(`round ${round + 1} of ${n}: ${JSON.stringify(counts)}`);
      await Promise.all([rm(data, { recursive: true }), rm(input)]);
    }
  } finally {
    await database.drop();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return { complaints, figures: counts };
};

const firstCheckpoint = async (child: Child): Promise<void> => {
  const over = child.ended.then(() => true);
  while (child.first() === undefined && !(await Promise.race([over, pause(5)])));
};
const pause = (ms: number): Promise<false> => new Promise(resolve => setTimeout(() => resolve(false), ms));
