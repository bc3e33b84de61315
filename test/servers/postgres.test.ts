/** The sink against a real PostgreSQL, and against what a network does to it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MillraceError, Stream, type FailedWrite, type LedgerSink, type LedgerWriter, type SinkContext } from 'millrace';
import { outbox } from 'millrace/outbox';
import { postgres, type PostgresOptions } from 'millrace/postgres';
import { sinkSuite } from 'millrace/testing';
import { systemEnvironment } from '../../src/core/clock.js';
import { openProxy, type Fault, type Proxy } from './proxy.js';
import { findServer, makeDatabase, type Database, type Server } from './server.js';

let server: Server;
let db: Database;
let proxy: Proxy;
let tables = 0;

beforeAll(async () => {
  server = await findServer();
  db = await makeDatabase(server);
  proxy = await openProxy(server.address.host, server.address.port);
});
afterAll(async () => {
  await proxy?.close();
  await db?.drop();
  await server?.stop();
});

/** A new table; gives its name. */
const table = async (columns: string): Promise<string> => {
  const name = `t${++tables}`;
  await db.query(`CREATE TABLE ${name} (${columns})`);
  return name;
};
const rowsOf = async (name: string, order = 'id'): Promise<Record<string, unknown>[]> => db.query(`SELECT * FROM ${name} ORDER BY ${order}`);
const context = (more: Partial<SinkContext> = {}): SinkContext => ({ job: 'job', step: `step ${tables}`, generation: 1, restored: [], checkpoint: 0, environment: systemEnvironment(new AbortController().signal), ...more });
const range = (from: number, to: number): { id: number; n: number }[] => Array.from({ length: to - from }, (_, i) => ({ id: from + i, n: (from + i) * 2 }));
const zeros = (n: number): number[] => Array<number>(n).fill(0);

/** Opens, writes once, closes. */
async function written<T>(options: Omit<PostgresOptions<T>, 'connection'>, values: readonly T[]): Promise<readonly FailedWrite[]> {
  const writer = await postgres<T>({ connection: db.url, ...options }).open(context());
  const failed = await writer.write(values, zeros(values.length));
  await writer.flush();
  await writer.close('done');
  return failed ?? [];
}

describe.each([
  { name: 'insert', options: {} },
  { name: 'copy', options: { method: 'copy' as const } },
  { name: 'upsert', options: { key: ['id'] } },
])('postgres by $name', ({ options }) => {
  const suite = sinkSuite<{ id: number; n: number }>(async () => {
    const name = await table('id int PRIMARY KEY, n int8');
    return { sink: postgres({ connection: db.url, table: name, columns: ['id', 'n'], ...options }), record: id => ({ id, n: id * 2 }), arrived: async () => (await rowsOf(name)).map(row => ({ id: row['id'], n: Number(row['n']) })) };
  });
  for (const { name, run } of suite) it(name, run);

  it('is exactly-once in an outbox', async () => {
    for (const { run } of sinkSuite<{ id: number; n: number }>(async () => {
      const name = await table('id int, n int, PRIMARY KEY (id)');
      return { sink: outbox(postgres({ connection: db.url, table: name, columns: ['id', 'n'], ledger: `l${name}`, ...options })), record: id => ({ id, n: id * 2 }), arrived: () => rowsOf(name) };
    }))
      await run();
  });

  it('finds the rows that are refused, and writes the others', async () => {
    const name = await table('id int PRIMARY KEY, age int CHECK (age < 200), label varchar(5)');
    const values: { id: number; age: unknown; label: unknown }[] = range(0, 100).map(({ id }) => ({ id, age: id, label: 'ok' }));
    values[7] = { id: 7, age: 'seven', label: 'ok' };
    values[42] = { id: 42, age: 400, label: 'ok' };
    values[43] = { id: 43, age: 1, label: 'much too long' };
    values[99] = { id: 99, age: 1, label: 'N\0L' };
    values[0] = { id: 0, age: 1, label: '\uD800' };
    const failed = await written({ table: name, columns: ['id', 'age', 'label'], ...options }, values);
    expect(failed.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([0, 7, 42, 43, 99]);
    expect(await rowsOf(name)).toHaveLength(95);
    expect(failed.every(({ cause }) => cause instanceof MillraceError)).toBe(true);
  });
});

describe('values', () => {
  const cases: readonly (readonly [type: string, value: unknown, readAs?: unknown])[] = [
    ['int2', -32_768],
    ['int4', 5],
    ['int8', 2n ** 63n - 1n, String(2n ** 63n - 1n)],
    ['int8', 2 ** 53, String(2 ** 53)],
    ['int4', '17', 17],
    ['numeric', 10n ** 40n, String(10n ** 40n)],
    ['float8', -0],
    ['float8', Number.NaN],
    ['float8', Number.NEGATIVE_INFINITY],
    ['float8', 5e-324],
    ['bool', true],
    ['text', ''],
    ['text', 'NULL'],
    ['text', '\\N'],
    ['text', '\\.'],
    ['text', 'tab\tline\nreturn\r\u2028 back\\slash "quote" \'single\' {brace},😀'],
    ['text', 5, '5'],
    ['text', null],
    ['text', undefined, null],
    ['varchar(3)', 'abc'],
    ['char(3)', 'a', 'a  '],
    ['uuid', '6f1c1e3e-6a5e-4a5e-9d8e-0a1b2c3d4e5f'],
    ['bytea', Buffer.from([0, 1, 255, 92])],
    ['bytea', new Uint8Array([1, 2, 3, 4]).subarray(1, 3), Buffer.from([2, 3])],
    ['timestamptz', new Date('2024-06-01T10:20:30.456Z')],
    ['timestamptz', new Date('0044-03-15T00:00:00.000Z')],
    ['int4[]', [1, null, 3]],
    ['text[]', ['a', 'NULL', '', null, '"\\', '{,}', '\n']],
    ['int4[]', [[1, 2], [3, 4]]],
    ['int4[]', []],
    ['jsonb[]', [{ a: [1] }, 'x', 5]],
    ['jsonb', { a: [1, 'x', null], b: { c: 'é\\u0000"' } }],
    ['jsonb', []],
    ['jsonb', [1, 'two']],
    ['jsonb', 'null'],
    ['jsonb', null],
    ['jsonb', 0],
    ['jsonb', ''],
    ['jsonb', false],
    ['json', { a: 1 }],
    ['inet', '127.0.0.1'],
    ['interval', '1 day', { days: 1 }],
  ];
  it.each([['insert'], ['copy']] as const)('come back as they went, by %s', async method => {
    const columns = cases.map(([type], index) => `c${index} ${type}`);
    const name = await table(columns.join(', '));
    const record = Object.fromEntries(cases.map(([, value], index) => [`c${index}`, value]));
    expect(await written({ table: name, columns: Object.keys(record), method }, [record])).toEqual([]);
    const [row] = await rowsOf(name, '1');
    cases.forEach(([type, value, readAs], index) => expect(row?.[`c${index}`], `${type} ${String(value)}`).toEqual(readAs === undefined && value !== undefined ? value : readAs));
    expect(Object.is(row?.['c6'], -0)).toBe(true);
  });

  it('dates are in UTC wherever the machine is', async () => {
    const name = await table('day date, local timestamp, old date');
    const at = new Date('2024-06-01T23:30:00.123Z');
    await written({ table: name, columns: { day: () => at, local: () => at, old: () => new Date('-000043-03-15T12:00:00Z') } }, [{}]);
    expect(await db.query(`SELECT day::text, local::text, old::text FROM ${name}`)).toEqual([{ day: '2024-06-01', local: '2024-06-01 23:30:00.123', old: '0044-03-15 BC' }]);
  });

  it('domains and enums are types like any other', async () => {
    await db.query(`CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE DOMAIN small AS int CHECK (VALUE < 10); CREATE DOMAIN doc AS jsonb`);
    const name = await table('id int, mood mood, small small, doc doc');
    const failed = await written<Record<string, unknown>>({ table: name, columns: ['id', 'mood', 'small', 'doc'] }, [{ id: 1, mood: 'good', small: 3, doc: ['x'] }, { id: 2, mood: 'odd', small: 3 }, { id: 3, mood: 'bad', small: 30 }]);
    expect(failed.map(({ index }) => index)).toEqual([1, 2]);
    expect(await rowsOf(name)).toEqual([{ id: 1, mood: 'good', small: 3, doc: ['x'] }]);
  });

  it('a column may be told how its values are written', async () => {
    const name = await table('id int, a text, b jsonb');
    await written<Record<string, unknown>>({ table: name, columns: ['id', 'a', 'b'], types: { a: 'json', b: 'text' } }, [{ id: 1, a: { x: [1] }, b: '{"y": 2}' }]);
    expect(await rowsOf(name)).toEqual([{ id: 1, a: '{"x":[1]}', b: { y: 2 } }]);
  });

  it('10,000 rows of 8 columns are one write', async () => {
    const name = await table(Array.from({ length: 8 }, (_, i) => `c${i} int`).join(', '));
    const values = Array.from({ length: 10_000 }, (_, n) => Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`c${i}`, n])));
    await written({ table: name, columns: Object.keys(values[0]!) }, values);
    expect(await db.query(`SELECT count(*)::int AS n, sum(c7)::int AS sum FROM ${name}`)).toEqual([{ n: 10_000, sum: 49_995_000 }]);
  });

  it('hostile texts are values and nothing else', async () => {
    const name = await table('id int, v text');
    const hostile = ["'; DROP TABLE t1; --", "1' OR '1'='1", '"; drop table t1', "$1'; SELECT pg_sleep(10); --", '\\x27', 'Robert\'); DROP TABLE students;--', '${7*7}', '{{7*7}}', '%27%20OR%201=1', "admin'/*", '() { :; }; echo', '../../etc/passwd', '\u202Eabc', 'İıſ', '\u{1F468}\u200D\u{1F469}', '<script>alert(1)</script>', '-1 UNION SELECT 1', '\\', '\\\\', "E'\\n'", '$$', '$tag$'];
    for (const method of ['insert', 'copy'] as const) {
      await db.query(`TRUNCATE ${name}`);
      await written({ table: name, columns: ['id', 'v'], method }, hostile.map((v, id) => ({ id, v })));
      expect((await rowsOf(name)).map(row => row['v'])).toEqual(hostile);
    }
  });
});

describe('names', () => {
  it('500 hostile names are one column and one table each, or are refused before anything is sent', async () => {
    const pieces = ['"', '""', "'", ';', '--', '/*', '*/', ' ', '\t', '\n', '\\', '$1', '$$', '.', ',', '(', ')', 'select', 'DROP TABLE x', 'a', 'Ä', '😀', '\0', '\uD800', '%s', ':x', '?', '__proto__', 'constructor', 'é'.repeat(40), 'x'.repeat(64), ''];
    let seed = 7;
    const random = (n: number): number => Math.floor((seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 12) % n;
    const tablesNow = (): Promise<unknown> => db.query("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1");
    const before = await tablesNow();
    const good = new Set<string>();
    for (let i = 0; i < 500; i++) {
      const name = Array.from({ length: 1 + random(4) }, () => pieces[random(pieces.length)]).join('');
      const options: PostgresOptions<Record<string, unknown>> = { connection: db.url, table: name, columns: [name] };
      if (name !== '' && Buffer.byteLength(name) <= 63 && !/[\0\p{Surrogate}]/u.test(name)) good.add(name);
      else expect(() => postgres(options), JSON.stringify(name)).toThrow(/table: [^]*columns/);
    }
    expect(good.size).toBeGreaterThan(150);
    const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
    const all = [...good];
    await db.query(all.map(name => `CREATE TABLE ${quoted(name)} (${quoted(name)} text)`).join(';'));
    for (const name of all) await written({ table: name, columns: [name] }, [Object.fromEntries([[name, name]])]);
    for (const name of all) expect(await db.query(`SELECT * FROM ${quoted(name)}`)).toEqual([Object.fromEntries([[name, name]])]);
    await db.query(all.map(name => `DROP TABLE ${quoted(name)}`).join(';'));
    expect(await tablesNow()).toEqual(before);
  });

  it('what is wrong with the table is told at once', async () => {
    const name = await table('id int, made int GENERATED ALWAYS AS (id * 2) STORED, needed int NOT NULL');
    const open = postgres({ connection: db.url, table: name, columns: ['id', 'made', 'ID'], key: ['id'] }).open(context());
    await expect(open).rejects.toThrow(/4 problems/);
    for (const part of [/columns\.ID: .* no such column\. It has "id", "made", "needed"/, /columns\.made: The database makes/, /"needed" .* is NOT NULL/, /key: No unique index .* just "id"/]) await expect(open).rejects.toThrow(part);
    await expect(postgres({ connection: db.url, table: 'Nowhere', columns: ['id'] }).open(context())).rejects.toThrow('There is no table "Nowhere"');
  });
});

describe('upsert', () => {
  it('the last of a key wins, within a batch and over batches; a table of keys only is one too', async () => {
    const name = await table('a text, b int, v int, PRIMARY KEY (a, b)');
    const values = [['x', 1, 1], ['x', 2, 2], ['x', 1, 3], ['y', 1, 4]].map(([a, b, v]) => ({ a, b, v }));
    await written<Record<string, unknown>>({ table: name, columns: ['a', 'b', 'v'], key: ['b', 'a'] }, values);
    await written<Record<string, unknown>>({ table: name, columns: ['a', 'b', 'v'], key: ['b', 'a'] }, [{ a: 'y', b: 1, v: 9 }]);
    expect(await rowsOf(name, 'a, b')).toEqual([{ a: 'x', b: 1, v: 3 }, { a: 'x', b: 2, v: 2 }, { a: 'y', b: 1, v: 9 }]);
    const keys = await table('id int PRIMARY KEY');
    await written({ table: keys, columns: ['id'], key: ['id'] }, [{ id: 1 }, { id: 1 }, { id: 2 }]);
    expect(await rowsOf(keys)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('keys that only the database holds for equal do not stop it', async () => {
    const name = await table('id numeric PRIMARY KEY, v int');
    expect(await written<Record<string, unknown>>({ table: name, columns: ['id', 'v'], key: ['id'] }, [{ id: '1', v: 1 }, { id: '1.0', v: 2 }, { id: '2', v: 3 }])).toEqual([]);
    expect((await rowsOf(name)).map(row => row['v'])).toEqual([2, 3]);
  });
});

describe('the ledger', () => {
  const open = (name: string, more: Partial<SinkContext> = {}, options: Partial<PostgresOptions<{ id: number; n: number }>> = {}): Promise<LedgerWriter<{ id: number; n: number }>> =>
    sinkOf(name, options).ledger.open(context({ job: name, ...more }));
  const sinkOf = (name: string, options: Partial<PostgresOptions<{ id: number; n: number }>> = {}): LedgerSink<{ id: number; n: number }> =>
    postgres({ connection: { ...db.address, port: proxy.port }, table: name, columns: ['id', 'n'], statementTimeout: '2s', ...options });
  const deliver = (writer: LedgerWriter<{ id: number; n: number }>, checkpoint: number, from: number, to: number): Promise<void> => writer.deliver(checkpoint, range(from, to), zeros(to - from));

  it('fences older generations, also in the middle of their work', async () => {
    const name = await table('id int, n int');
    const zombie = await open(name);
    await deliver(zombie, 1, 0, 2);
    const next = await open(name, { generation: 2, checkpoint: 1 });
    await expect(deliver(zombie, 2, 2, 4)).rejects.toMatchObject({ code: 'fenced' });
    await deliver(next, 2, 2, 3);
    await expect(open(name, { generation: 1, checkpoint: 2 })).rejects.toMatchObject({ code: 'fenced' });
    expect(await rowsOf(name)).toEqual(range(0, 3));
    await zombie.close();
    await next.close();
  });

  it('a zombie that stopped in the middle of a transaction holds up its successor for seconds only', async () => {
    const name = await table('id int, n int');
    await (await open(name)).close();
    const { default: pg } = await import('pg');
    const stopped = new pg.Client(db.address);
    stopped.on('error', () => {});
    await stopped.connect();
    await stopped.query("BEGIN; SET LOCAL idle_in_transaction_session_timeout = '1s'");
    await stopped.query('UPDATE millrace_ledger SET checkpoint = 1 WHERE job = $1', [name]);
    const next = await open(name, { generation: 2 });
    await deliver(next, 1, 0, 1);
    expect(await rowsOf(name)).toEqual(range(0, 1));
    await next.close();
    await stopped.end().catch(() => {});
  });

  it('refuses a state that is older than the table', async () => {
    const name = await table('id int, n int');
    const writer = await open(name);
    for (const checkpoint of [1, 2, 3]) await deliver(writer, checkpoint, checkpoint, checkpoint + 1);
    await writer.close();
    const late = open(name, { generation: 2, checkpoint: 1 });
    await expect(late).rejects.toMatchObject({ code: 'state-too-old' });
    await expect(late).rejects.toThrow(/checkpoint 3 .* was delivered, and the job would go on from checkpoint 1/);
    await (await open(name, { generation: 2, checkpoint: 3 })).close();
  });

  it('many jobs make the ledger at the same time', async () => {
    const name = await table('id int, n int');
    const writers = await Promise.all(Array.from({ length: 8 }, (_, i) => open(name, { step: `step ${i}` }, { ledger: 'made_at_once' })));
    await Promise.all(writers.map((writer, i) => deliver(writer, 1, i, i + 1)));
    for (const writer of writers) await writer.close();
    expect(await rowsOf(name)).toEqual(range(0, 8));
  });

  it('what the server refuses at delivery is told without its values, and nothing of it is written', async () => {
    const name = await table('id int, n int CHECK (n < 10)');
    const writer = await open(name);
    const failed = deliver(writer, 1, 0, 10);
    await expect(failed).rejects.toMatchObject({ code: 'postgres-row', sqlState: '23514', constraint: `${name}_n_check` });
    await expect(failed).rejects.toThrow('Record 6 of the 10 of checkpoint 1');
    expect(await rowsOf(name)).toEqual([]);
    await db.query(`ALTER TABLE ${name} DROP CONSTRAINT ${name}_n_check`);
    await deliver(writer, 1, 0, 10);
    expect(await rowsOf(name)).toEqual(range(0, 10));
    await writer.close();
  });

  it('with a trial, what the server would refuse is known before it is kept, and nothing is written by it', async () => {
    const name = await table('id int PRIMARY KEY, n int CHECK (n <> 14), UNIQUE (n) DEFERRABLE INITIALLY DEFERRED');
    for (const method of ['insert', 'copy'] as const) {
      const writer = await open(name, {}, { trial: true, method, ledger: `l_${method}` });
      const values = [...range(0, 10), { id: 3, n: 100 }, { id: 11, n: 2 }];
      const failed = await writer.check?.(values);
      expect(failed?.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([7, 10, 11]);
      expect(await rowsOf(name)).toEqual([]);
      await writer.deliver(1, values.filter((_, index) => ![7, 10, 11].includes(index)), zeros(9));
      await writer.close();
      expect(await rowsOf(name)).toHaveLength(9);
      await db.query(`TRUNCATE ${name}`);
    }
  });

  const faults: readonly Fault[] = [
    { kind: 'drop-reply', text: 'COMMIT' },
    { kind: 'drop-reply', text: 'BEGIN' },
    { kind: 'drop-reply', text: 'INSERT INTO' },
    { kind: 'reset', text: 'COMMIT' },
    { kind: 'reset', text: 'INSERT INTO' },
    ...[1, 5, 50, 400, 700, 1_500].map(bytes => ({ kind: 'cut', bytes }) as const),
    { kind: 'bytewise' },
  ];
  it.each(faults)('$kind $text $bytes: nothing lost, nothing twice', async fault => {
    const name = await table('id int, n int');
    const writer = await open(name);
    const struck = proxy.struck.count;
    for (let checkpoint = 1; checkpoint <= 5; checkpoint++) {
      if (checkpoint === 3) {
        // Cuts count from the beginning of a connection.
        if (fault.kind === 'cut') await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace%' AND datname = current_database()`);
        proxy.next = fault;
      }
      await deliver(writer, checkpoint, checkpoint * 10, checkpoint * 10 + 10);
    }
    expect(proxy.struck.count).toBe(struck + (fault.kind === 'bytewise' ? 0 : 1));
    proxy.next = undefined;
    await writer.close();
    expect(await rowsOf(name)).toEqual(range(10, 60));
  });

  it('an answer that never comes is given up, and asked for again', async () => {
    const name = await table('id int, n int');
    const writer = await open(name, {}, { statementTimeout: 100 });
    await deliver(writer, 1, 0, 5);
    proxy.next = { kind: 'silence', text: 'COMMIT' };
    await deliver(writer, 2, 5, 10);
    await writer.close();
    expect(await rowsOf(name)).toEqual(range(0, 10));
  });

  it('a server that is away for a while is waited for, and one that stays away fails the job', async () => {
    const name = await table('id int, n int');
    const writer = await open(name, {}, { retryFor: '1s' });
    await deliver(writer, 1, 0, 5);
    const kick = (): Promise<unknown> => db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace%' AND datname = current_database()`);
    proxy.down = true;
    await kick();
    await expect(deliver(writer, 2, 5, 10)).rejects.toMatchObject({ code: 'postgres-unreachable' });
    const waiting = deliver(writer, 2, 5, 10);
    proxy.down = false;
    await waiting;
    await writer.close();
    expect(await rowsOf(name)).toEqual(range(0, 10));
  });

  it.each([{ method: 'insert' }, { method: 'copy' }] as const)('backends killed all the time during deliveries by $method in several statements neither lose nor double', async ({ method }) => {
    const name = await table('id int, n int');
    const writer = await open(name, {}, { method, batch: 30 });
    let over = false;
    let killed = 0;
    let ids = 0;
    const killing = (async () => {
      while (!over) {
        await db.query('SELECT pg_sleep(0.1)');
        killed += (await db.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'millrace%' AND datname = current_database()`)).length;
      }
    })();
    try {
      for (let checkpoint = 1; checkpoint <= 200 && killed < 6; checkpoint++) await deliver(writer, checkpoint, ids, (ids += 100));
    } finally {
      over = true;
      await killing;
    }
    expect(killed).toBeGreaterThanOrEqual(6);
    await writer.close();
    expect(await rowsOf(name)).toEqual(range(0, ids));
  });
});

describe('errors', () => {
  it('hold neither values nor passwords', async () => {
    const { inspect } = await import('node:util');
    const canary = 'bob@canary.example';
    const name = await table('id int PRIMARY KEY, email text UNIQUE CHECK (length(email) < 60), n int, at timestamptz, doc jsonb');
    await db.query(`CREATE FUNCTION tattle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.n = 13 THEN RAISE EXCEPTION 'no %', NEW.email USING DETAIL = NEW.email, HINT = NEW.email; END IF; RETURN NEW; END $$; CREATE TRIGGER tattle BEFORE INSERT ON ${name} FOR EACH ROW EXECUTE FUNCTION tattle()`);
    const values = [
      { id: 1, email: canary },
      { id: 2, email: canary },
      { id: 3, email: canary.repeat(5) },
      { id: 4, email: `x${canary}`, n: canary },
      { id: 5, email: `y${canary}`, at: canary },
      { id: 6, email: `z${canary}`, n: 13 },
      { id: 7, email: `${canary}\0` },
      { id: 8, email: { canary } },
      { id: 9, email: `v${canary}`, doc: { canary, n: Number.NaN } },
      { id: 10, email: 'a', doc: `\uD800${canary}` },
    ];
    for (const method of ['insert', 'copy'] as const) {
      const failed = await written<Record<string, unknown>>({ table: name, columns: ['id', 'email', 'n', 'at', 'doc'], method }, values);
      expect(failed.length).toBeGreaterThanOrEqual(values.length - 1);
      expect(inspect(failed, { depth: 20, showHidden: true })).not.toContain('canary');
      expect(JSON.stringify(failed)).not.toContain('canary');
    }
    const secret = 'hunter2-canary';
    for (const connection of [
      `postgres://user:${secret}@127.0.0.1:1/db`,
      `postgres://user:${secret}@127.0.0.1:99999/db`,
      `postgres://user:${secret}@[::1/db`,
      `postgres://user:${secret}@${server.address.host}:${server.address.port}/nowhere`,
      { host: '127.0.0.1', port: 1, password: secret },
      { ...server.address, database: 'nowhere', password: secret },
      { ...server.address, ssl: true, password: secret, database: 'nowhere' },
      () => `postgres://user:${secret}@127.0.0.1:1/db`,
    ]) {
      const error = await Promise.resolve(postgres({ connection, table: name, columns: ['id'], retryFor: 0 }).open(context())).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(MillraceError);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary');
    }
  });

  it('go to the policy of the step in a job', async () => {
    const name = await table('id int PRIMARY KEY, n int CHECK (n <> 4)');
    const rejected: unknown[] = [];
    const job = await Stream.from(range(0, 5))
      .to(postgres({ connection: db.url, table: name, columns: ['id', 'n'] }), { onError: stream => stream.to({ name: 'dead', guarantee: 'append', open: () => ({ write: () => {}, accept: value => void rejected.push(value.input), flush() {}, close() {} }) }) })
      .run();
    await job.done;
    expect(rejected).toEqual([{ id: 2, n: 4 }]);
    expect(await rowsOf(name)).toHaveLength(4);
  });
});
