/** Deliveries while the server dies as by a power cut and comes back: a table that is the truth, and no half of a transaction at any moment. */
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postgres } from 'millrace/postgres';
import { systemEnvironment } from '../../src/core/clock.js';
import { makeDatabase, startServer, type Database, type OwnServer } from './server.js';

const CRASHES = 5;
const EACH = 50;

let server: OwnServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

it(`${CRASHES} crashes of the server during deliveries: all rows, each once, whole transactions only`, async () => {
  let db: Database = await makeDatabase(server);
  const { url, address } = db;
  await db.query('CREATE TABLE numbers (checkpoint int, n int)');
  const { ledger } = postgres<{ checkpoint: number; n: number }>({ connection: url, table: 'numbers', columns: ['checkpoint', 'n'], retryFor: '30s' });
  const writer = await ledger.open({ job: 'crashes', step: 'out', generation: 1, checkpoint: 0, restored: [], environment: systemEnvironment(new AbortController().signal) });
  let checkpoint = 0;
  let over = false;
  const delivering = (async () => {
    while (!over) {
      checkpoint++;
      await writer.deliver(checkpoint, Array.from({ length: EACH }, (_, n) => ({ checkpoint, n })), Array<number>(EACH).fill(0));
    }
  })();
  for (let crash = 0; crash < CRASHES; crash++) {
    await after(150 + crash * 37);
    await db.leave();
    await server.crash();
    await server.restart();
    db = await makeDatabase(server, address.database);
    expect(await db.query('SELECT checkpoint FROM numbers GROUP BY checkpoint HAVING count(*) <> $1 OR count(DISTINCT n) <> $1', [EACH])).toEqual([]);
  }
  over = true;
  await delivering;
  await writer.close('done');
  expect(await db.query('SELECT count(*)::int AS rows, count(DISTINCT (checkpoint, n))::int AS different, max(checkpoint) AS last FROM numbers')).toEqual([{ rows: checkpoint * EACH, different: checkpoint * EACH, last: checkpoint }]);
  expect(checkpoint).toBeGreaterThan(CRASHES);
  await db.drop();
});
