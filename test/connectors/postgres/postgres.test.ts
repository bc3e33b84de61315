import { describe, expect, expectTypeOf, it } from 'vitest';
import { ConfigurationError, Stream, type LedgerSink, type SinkContext } from 'millrace';
import { outbox } from 'millrace/outbox';
import { postgres, type PostgresOptions } from 'millrace/postgres';
import { connect } from '../../../src/connectors/postgres/client.js';
import { settingsOf } from '../../../src/connectors/postgres/options.js';
import { sinkOf } from '../../../src/connectors/postgres/writer.js';
import type { Clock } from '../../../src/core/clock.js';
import { systemClock, systemEnvironment } from '../../../src/core/clock.js';
import { fakeDriver, serverError, type Asked, type Fake } from './driver.js';

interface Row {
  readonly id: number;
  readonly label?: string;
}
const options: PostgresOptions<Row> = { connection: { host: 'localhost' }, table: 't', columns: ['id', 'label'] };

/** A clock that does not wait. */
const impatient = (): Clock => {
  let now = 0;
  return { ...systemClock, monotonic: () => now, sleep: async (ms, signal) => (signal === undefined || ms < 60_000 ? void (now += ms) : new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))) };
};
const context = (more: Partial<SinkContext> = {}): SinkContext => ({ job: 'job', step: 'out', generation: 3, restored: [], checkpoint: 7, environment: { ...systemEnvironment(new AbortController().signal), clock: impatient() }, ...more });

/** What the catalog says of a table that fits. */
function catalog({ text }: Asked): { readonly rows: readonly object[] } | undefined {
  if (text.startsWith('SELECT r AS oid')) return { rows: [{ oid: 5, may: true }] };
  if (text.includes('FROM pg_attribute')) return { rows: [{ name: 'id', schema: 'pg_catalog', type: 'int4', base: 'int4', element: null, needed: true, generated: false }, { name: 'label', schema: 'pg_catalog', type: 'text', base: 'text', element: null, needed: false, generated: false }] };
  if (text.includes('FROM pg_index')) return { rows: [{ columns: ['id'] }] };
  if (text.startsWith('SELECT to_regclass')) return { rows: [{ oid: 6 }] };
  return undefined;
}
const sink = (fake: Fake, more: Partial<PostgresOptions<Row>> = {}) => sinkOf(settingsOf({ ...options, ...more }), (settings, environment) => connect(settings, environment, async () => fake.Driver));
const texts = (fake: Fake): string[] => fake.asked.map(({ text }) => text.trim().slice(0, 30));

describe('types', () => {
  it('know the members of the records', () => {
    const rows = Stream.from<Row>([]);
    rows.to(outbox(postgres({ connection: '', table: 't', columns: ['id', 'label'] })));
    rows.to(postgres({ connection: '', table: 't', columns: { id: row => row.id + 1 } }));
    // @ts-expect-error there is no such member
    rows.to(postgres({ connection: '', table: 't', columns: ['id', 'nope'] }));
    // @ts-expect-error nor is this one a number
    rows.to(postgres({ connection: '', table: 't', columns: { label: row => (row.label satisfies number) } }));
    expectTypeOf(postgres<Row>(options)).toEqualTypeOf<LedgerSink<Row>>();
  });
});

describe('options', () => {
  const problems = (more: object): string => {
    try {
      postgres({ ...options, ...more });
    } catch (error) {
      if (error instanceof ConfigurationError) return error.message;
      throw error;
    }
    return '';
  };
  it('are all told at once', () => {
    expect(() => postgres(undefined as unknown as PostgresOptions<Row>)).toThrow(/3 problems/);
    const text = problems({ table: 'x'.repeat(64), columns: [], key: ['no'], method: 'copy', tabel: 1 });
    for (const part of ['table: It is 64 bytes', 'columns: There are none', 'key: "no" is none of the columns', 'tabel: There is no such option']) expect(text).toContain(part);
  });
  it.each([
    [{ columns: ['id', 'id'] }, 'named twice'],
    [{ columns: { id: 5 } }, 'neither a list of names nor'],
    [{ columns: ['a\0'] }, 'NUL'],
    [{ key: ['id'], method: 'copy' }, 'COPY only appends'],
    [{ key: [] }, 'no list of different columns'],
    [{ types: { nope: 'json' } }, 'types.nope'],
    [{ connection: 5 }, 'where the server is'],
    [{ retryFor: 'soon' }, 'not a duration'],
    [{ statementTimeout: 0 }, 'not a duration'],
    [{ schema: '' }, 'schema: It is empty'],
    [{ batch: 0 }, 'positive whole number'],
  ])('%j', (more, text) => expect(problems(more)).toContain(text));
  it('say which promise', () => {
    expect(postgres(options).guarantee).toBe('append');
    expect(postgres({ ...options, key: ['id'] }).guarantee).toBe('idempotent');
  });
});

describe('statements', () => {
  it('values are parameters, one array of texts for each column', async () => {
    const fake = fakeDriver(catalog);
    const writer = await sink(fake, { schema: 's"x' }).open(context());
    await writer.write([{ id: 1, label: `'; DROP TABLE t; --` }, { id: 2 }], [0, 0]);
    expect(fake.asked.at(-1)).toEqual({
      text: 'INSERT INTO "s""x"."t" ("id", "label") SELECT r.c0::"pg_catalog"."int4", r.c1::"pg_catalog"."text" FROM unnest($1::text[], $2::text[]) AS r(c0, c1)',
      values: ['{"1","2"}', `{"'; DROP TABLE t; --",NULL}`],
    });
  });
  it('upserts by key, each key once', async () => {
    const fake = fakeDriver(catalog);
    const writer = await sink(fake, { key: ['id'] }).open(context());
    await writer.write([{ id: 1, label: 'a' }, { id: 2, label: 'b' }, { id: 1, label: 'c' }], [0, 0, 0]);
    expect(fake.asked.at(-1)?.text).toContain('ON CONFLICT ("id") DO UPDATE SET "label" = EXCLUDED."label"');
    expect(fake.asked.at(-1)?.values).toEqual(['{"2","1"}', '{"b","c"}']);
  });
  it('copies', async () => {
    const fake = fakeDriver(catalog);
    const writer = await sink(fake, { method: 'copy' }).open(context());
    await writer.write([{ id: 1, label: 'a\tb' }, { id: 2 }], [0, 0]);
    expect(fake.asked.at(-1)?.text).toBe('COPY "t" ("id", "label") FROM STDIN');
    expect(fake.copied).toEqual(['1\ta\\tb\n2\t\\N\n']);
  });
  it('are cut at the batch', async () => {
    const fake = fakeDriver(catalog);
    const writer = await sink(fake, { batch: 2 }).open(context());
    await writer.write([1, 2, 3, 4, 5].map(id => ({ id })), [0, 0, 0, 0, 0]);
    expect(fake.asked.slice(-3).map(({ values }) => values[0])).toEqual(['{"1","2"}', '{"3","4"}', '{"5"}']);
  });
});

describe('a server that fails', () => {
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  it('is asked again on a new connection', async () => {
    let failures = 2;
    const fake = fakeDriver(asked => catalog(asked) ?? (asked.text.startsWith('INSERT') && failures-- > 0 ? lost : undefined));
    const writer = await sink(fake).open(context());
    expect(await writer.write([{ id: 1 }], [0])).toEqual([]);
    expect(fake.configs).toHaveLength(3);
  });
  it('but not for ever', async () => {
    const fake = fakeDriver(asked => catalog(asked) ?? lost);
    const writer = await sink(fake, { retryFor: '10s' }).open(context());
    await expect(writer.write([{ id: 1 }], [0])).rejects.toThrow(/cannot be reached: read ECONNRESET\. Tried \d+ times in 10s/);
  });
  it('is not waited for at the start as long as later', async () => {
    const fake = fakeDriver(undefined, () => Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }));
    await expect(sink(fake, { retryFor: '1h' }).open(context())).rejects.toThrow(/in 5s/);
  });
  it('is not asked again for what it will not do', async () => {
    const fake = fakeDriver(undefined, () => serverError('28P01', 'password authentication failed for user "x"'));
    await expect(sink(fake).open(context())).rejects.toMatchObject({ code: 'postgres-refused', sqlState: '28P01' });
    expect(fake.configs).toHaveLength(1);
  });
});

describe('the ledger', () => {
  /** A ledger of one row, as the server would keep it. */
  function server(row: { generation: number; checkpoint: number } | undefined, faults: Record<string, number> = {}) {
    let now = row;
    let before = row;
    const strike = (at: string): Error | undefined => ((faults[at] ?? 0) > 0 ? (faults[at]!--, Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })) : undefined);
    const fake = fakeDriver(asked => {
      const known = catalog(asked);
      if (known !== undefined) return known;
      const { text, values } = asked;
      if (text.startsWith('BEGIN')) return void (before = now && { ...now });
      if (text === 'ROLLBACK') return void (now = before);
      if (text === 'COMMIT') {
        // The reply is lost, not the transaction.
        before = now && { ...now };
        return strike('COMMIT');
      }
      if (text.startsWith('INSERT INTO "millrace_ledger"')) {
        const [, , generation, from] = values as [unknown, unknown, number, number];
        if (now !== undefined && (now.generation > generation || now.checkpoint > from)) return undefined;
        now = { generation, checkpoint: now?.checkpoint ?? 0 };
        return { rows: [{}] };
      }
      if (text.startsWith('UPDATE "millrace_ledger"')) {
        const [, , generation, checkpoint] = values as [unknown, unknown, number, number];
        if (now === undefined || now.generation > generation || now.checkpoint >= checkpoint) return undefined;
        now = { generation, checkpoint };
        return { rows: [{}] };
      }
      if (text.startsWith('SELECT generation')) return { rows: now === undefined ? [] : [now] };
      return strike(text.startsWith('INSERT INTO "t"') ? 'INSERT' : '');
    });
    return { fake, row: () => now, lose: () => void (now = before = undefined), take: (generation: number) => void (now = before = { generation, checkpoint: now?.checkpoint ?? 0 }) };
  }
  const inserts = (fake: Fake): number => fake.asked.filter(({ text }) => text.startsWith('INSERT INTO "t"')).length;

  it('is entered at open, and holds each checkpoint with its rows', async () => {
    const { fake, row } = server(undefined);
    const writer = await sink(fake).ledger.open(context());
    expect(row()).toEqual({ generation: 3, checkpoint: 0 });
    await writer.deliver(8, [{ id: 1 }], [0]);
    expect(row()).toEqual({ generation: 3, checkpoint: 8 });
    expect(texts(fake).slice(-4)).toEqual([expect.stringMatching(/^BEGIN/), expect.stringMatching(/^UPDATE/), expect.stringMatching(/^INSERT INTO "t"/), 'COMMIT']);
  });
  it('a lost reply to COMMIT is no second delivery', async () => {
    const { fake, row } = server(undefined, { COMMIT: 1 });
    const writer = await sink(fake).ledger.open(context());
    await writer.deliver(8, [{ id: 1 }], [0]);
    expect(inserts(fake)).toBe(1);
    expect(row()).toEqual({ generation: 3, checkpoint: 8 });
  });
  it('refuses newer generations, older states and a row that is gone', async () => {
    await expect(sink(server({ generation: 4, checkpoint: 1 }).fake).ledger.open(context())).rejects.toMatchObject({ code: 'fenced' });
    await expect(sink(server({ generation: 2, checkpoint: 8 }).fake).ledger.open(context())).rejects.toMatchObject({ code: 'state-too-old' });
    const { fake, lose, take } = server({ generation: 2, checkpoint: 7 });
    const writer = await sink(fake).ledger.open(context());
    take(4);
    await expect(writer.deliver(8, [{ id: 1 }], [0])).rejects.toMatchObject({ code: 'fenced' });
    lose();
    await expect(writer.deliver(8, [{ id: 1 }], [0])).rejects.toMatchObject({ code: 'ledger-lost' });
    expect(inserts(fake)).toBe(0);
  });
  it('that may not be made says how to make it', async () => {
    const fake = fakeDriver(asked => (asked.text.startsWith('SELECT to_regclass') ? { rows: [{ oid: null }] } : asked.text.startsWith('CREATE') ? serverError('42501', 'permission denied') : catalog(asked)));
    await expect(sink(fake).ledger.open(context())).rejects.toThrow(/Have it created: CREATE TABLE IF NOT EXISTS "millrace_ledger"/);
  });
  it('that somebody makes at the same moment is there', async () => {
    const fake = fakeDriver(asked => (asked.text.startsWith('SELECT to_regclass') ? { rows: [{ oid: null }] } : asked.text.startsWith('CREATE') ? serverError('23505', 'pg_type') : asked.text.startsWith('INSERT') ? { rows: [{}] } : catalog(asked)));
    await (await sink(fake).ledger.open(context())).close();
  });
  it('a COMMIT that was a rollback is no success', async () => {
    const fake = fakeDriver(asked => (asked.text === 'COMMIT' ? { command: 'ROLLBACK' } : (catalog(asked) ?? { rows: [{}] })));
    const writer = await sink(fake).ledger.open(context());
    await expect(writer.deliver(8, [{ id: 1 }], [0])).rejects.toThrow('answered COMMIT with ROLLBACK');
  });
});
