/** C1: SIGKILL from another process, at random moments and at least half of them while a checkpoint is open; started again until the input is through. Nothing lost, nothing twice, each key in order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../src/testing/random.js';
import { findServer, makeDatabase } from '../servers/server.js';
import { start } from './child.js';
import type { Campaign } from './main.js';
import { linesOf, runningComplaints, windowComplaints, windowsOf, writeInput, type WindowRow } from './truth.js';

const KEYS = 500;

export const kills: Campaign = async ({ n, seed, installed, state, tell }) => {
  const random = seeded(seed);
  const server = await findServer();
  const database = await makeDatabase(server);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-kills-'));
  const complaints: string[] = [];
  const recoveries: number[] = [];
  let killed = 0;
  let open = 0;
  let rounds = 0;
  try {
    for (let last = performance.now(); killed < n && complaints.length === 0; rounds++) {
      const records = 120_000 + Math.floor(random() * 60_000);
      const data = join(folder, `round-${rounds}`);
      const input = join(folder, `input-${rounds}.ndjson`);
      const table = `windows_${rounds}`;
      await writeInput(input, seed + rounds, records, KEYS);
      await database.query(`CREATE TABLE ${table} (key text, start bigint, n int, total bigint)`);
      for (let finished = false; !finished; ) {
        const child = start(installed, { input, folder: data, database: database.url, table, state, every: 20 + Math.floor(random() * 60) });
        const wanted = killed < n ? (random() < 0.6 ? 'open' : 'any') : 'none';
        const at = performance.now() + 150 + random() * 500;
        const over = child.ended.then(() => true);
        if (wanted !== 'none') {
          // Until the moment has come; then, if it is to hit a checkpoint, until one begins, and a little into it.
          let gone = await Promise.race([over, pause(Math.max(1, at - performance.now()))]);
          if (!gone && wanted === 'open') {
            gone = await Promise.race([over, child.begins(), pause(3_000)]);
            if (!gone && random() < 0.7) gone = await Promise.race([over, pause(random() * 12)]);
          }
          if (!gone) {
            killed++;
            if (child.open()) open++;
            child.process.kill('SIGKILL');
          }
        }
        const end = await child.ended;
        const first = child.first();
        if (first !== undefined) recoveries.push(first);
        finished = end === 0;
        if (end !== 0 && end !== 'SIGKILL') throw new Error(`The job ended with ${end}: ${child.errors()}`);
        if (performance.now() - last > 10_000) {
          last = performance.now();
          tell(`${killed} kills, ${open} of them in an open checkpoint, ${rounds} rounds`);
        }
      }
      const rows = (await database.query(`SELECT key, start::float8 AS start, n, total::float8 AS total FROM ${table}`)) as unknown as WindowRow[];
      complaints.push(...windowComplaints(rows, windowsOf(seed + rounds, records, KEYS)).slice(0, 5), ...runningComplaints(await linesOf(join(data, 'running')), seed + rounds, records, KEYS, true).slice(0, 5));
      // The next round is another lineage of the same job.
      await database.query(`DROP TABLE ${table}, millrace_ledger`);
      if (complaints.length === 0) await Promise.all([rm(data, { recursive: true }), rm(input)]);
    }
  } finally {
    await database.drop();
    await server.stop();
    if (complaints.length === 0) await rm(folder, { recursive: true, force: true });
  }
  const sorted = recoveries.toSorted((a, b) => a - b);
  return { complaints, figures: { kills: killed, inOpenCheckpoint: open, share: Number((open / Math.max(1, killed)).toFixed(2)), rounds, recoveryMs: { median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0), p99: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0) } } };
};

const pause = (ms: number): Promise<false> => new Promise(resolve => setTimeout(() => resolve(false), ms));
