/** Rows into PostgreSQL: by the sink, by COPY, exactly once, each against the loop one would write with `pg`: INSERT with as many VALUES as a statement takes well. */
import pg from 'pg';
import { Stream, type Sink } from 'millrace';
import { outbox } from 'millrace/outbox';
import { postgres } from 'millrace/postgres';
import { findServer, makeDatabase } from '../../servers/server.js';
import { contest } from '../kit/contest.js';

const ROWS = 100_000;
const BATCH = 1_000;
interface Row {
  readonly id: number;
  readonly key: string;
  readonly at: Date;
  readonly value: number;
}
const data: readonly Row[] = Array.from({ length: ROWS }, (_, id) => ({ id, key: `key ${id % 1_000}`, at: new Date(1.7e12 + id), value: id / 3 }));

const server = await findServer();
const db = await makeDatabase(server);
await db.query('CREATE TABLE rows (id int8, key text, at timestamptz, value float8)');

/** Both sides find the table empty, and answer with what is in it. */
async function filled(fill: () => Promise<void>): Promise<unknown> {
  await db.query('TRUNCATE rows');
  await fill();
  return db.query('SELECT count(*)::int AS n, sum(id)::text AS ids, count(DISTINCT key)::int AS keys, max(at)::text AS last, sum(value::numeric)::text AS value FROM rows');
}

const through = (sink: Sink<Row>) => () =>
  filled(async () => {
    const job = await Stream.from(data).to(sink, { name: 'bench' }).run({ name: 'bench' });
    await job.done;
  });

const byHand = () =>
  filled(async () => {
    const client = new pg.Client({ ...db.address });
    await client.connect();
    const texts = Array.from({ length: BATCH }, (_, i) => `($${i * 4 + 1}, $${i * 4 + 2}, $${i * 4 + 3}, $${i * 4 + 4})`).join(', ');
    for (let from = 0; from < data.length; from += BATCH) await client.query(`INSERT INTO rows (id, key, at, value) VALUES ${texts}`, data.slice(from, from + BATCH).flatMap(row => [row.id, row.key, row.at, row.value]));
    await client.end();
  });

const options = { connection: db.url, table: 'rows', columns: ['id', 'key', 'at', 'value'] } as const;
const rival = 'pg, 1,000 VALUES a statement';
let run = 0;
try {
  await contest({ name: '100 k rows to PostgreSQL, insert', rival, goal: 1, pairs: 3, ours: through(postgres<Row>(options)), theirs: byHand });
  await contest({ name: '100 k rows to PostgreSQL, copy', rival, goal: 1.2, pairs: 3, ours: through(postgres<Row>({ ...options, method: 'copy' })), theirs: byHand });
  // A ledger for each run: every one is the first.
  await contest({ name: '100 k rows to PostgreSQL, exactly once', rival, goal: 0.8, pairs: 3, ours: () => through(outbox(postgres<Row>({ ...options, ledger: `ledger_${++run}` }), { maxRecords: 20_000 }))(), theirs: byHand });
  await contest({ name: '100 k rows to PostgreSQL, exactly once by copy', rival, goal: 0.9, pairs: 3, ours: () => through(outbox(postgres<Row>({ ...options, method: 'copy', ledger: `ledger_${++run}` }), { maxRecords: 20_000 }))(), theirs: byHand });
} finally {
  await db.drop();
  await server.stop();
}
