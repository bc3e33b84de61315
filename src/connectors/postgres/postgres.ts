/** PostgreSQL as a sink: rows appended or upserted, by INSERT or COPY; in an `outbox`, exactly once. */
import { z } from 'zod';
import { milliseconds, type Duration } from '../../core/duration.js';
import { ConfigurationError } from '../../core/errors.js';
import type { LedgerSink, SinkContext } from '../../core/sink.js';
import { checker, count, name } from '../settings.js';
import { connect, type Client, type PostgresAddress } from './client.js';
import { PostgresError } from './error.js';
import { nameProblem } from './identifiers.js';
import { ledgerOf } from './ledger.js';
import { parts, rowsOf, writeAll, type Pick, type Placed } from './rows.js';
import { openSession, type Session } from './session.js';
import { statementOf } from './statement.js';
import { lookAt, type Column } from './table.js';

/** Options of {@link postgres}. */
export interface PostgresOptions<in T> {
  /** Name of the sink; `postgres` by default. */
  readonly name?: string | undefined;
  readonly connection: PostgresAddress;
  /** The table, which exists. Names are taken as they are written: quoted, capitals too. */
  readonly table: string;
  /** Its schema; where the connection finds it by default. */
  readonly schema?: string | undefined;
  /** What is written where: names of columns that are members of the records as well, or the value for each column. */
  readonly columns: readonly string[] | { readonly [column: string]: (record: T) => unknown };
  /** Columns of a unique index: a record whose key is there already takes the place of that row. Without it rows are appended. */
  readonly key?: readonly string[] | undefined;
  /** `insert` by default; `copy` is faster, and appends only. */
  readonly method?: 'insert' | 'copy' | undefined;
  /** Where the column's own type is not to decide how values are written: `json`, whatever the column is; `text`, values are in PostgreSQL's own form already. */
  readonly types?: { readonly [column: string]: 'text' | 'json' } | undefined;
  /** In an outbox: the table of what was delivered, made in the same schema if it is not there; `millrace_ledger` by default. */
  readonly ledger?: string | undefined;
  /** Rows in one statement at most; 10,000 by default. */
  readonly batch?: number | undefined;
  /** How long a server that is away is waited for; a minute by default. */
  readonly retryFor?: Duration | undefined;
  /** How long a statement may take before the server ends it; a minute by default, `Infinity` for the server's own setting. */
  readonly statementTimeout?: Duration | undefined;
  /** What the server calls the connection; `millrace` with job and step by default. */
  readonly applicationName?: string | undefined;
}

const duration = (standard: Duration) =>
  z
    .custom<Duration>(value => (milliseconds(value) ?? -1) >= 0, { error: ({ input }) => `${JSON.stringify(input)} is not a duration.`, params: { fix: "Give milliseconds or a text such as '30s'." } })
    .default(standard)
    .transform(value => milliseconds(value) ?? 0);

const OPTIONS = z.strictObject({
  name: name('postgres'),
  connection: z.unknown().optional(),
  table: z.unknown().optional(),
  schema: z.string().optional(),
  columns: z.unknown().optional(),
  key: z.unknown().optional(),
  method: z.enum(['insert', 'copy']).default('insert'),
  types: z.record(z.string(), z.enum(['text', 'json'])).default({}),
  ledger: z.string().default('millrace_ledger'),
  batch: count(10_000, false),
  retryFor: duration('1m'),
  statementTimeout: duration('1m'),
  applicationName: z.string().optional(),
} satisfies { readonly [Name in keyof Required<PostgresOptions<unknown>>]: z.ZodType });

/** Characters in one statement, about. */
const LONGEST_STATEMENT = 8 * 2 ** 20;
/** At the start a server that is not there is more likely a wrong address. */
const FIRST_CONNECT = 5_000;

/**
 * A table of PostgreSQL as a sink. Needs the package `pg`.
 *
 * Rows are appended (guarantee `append`: after a crash, those since the last checkpoint may be there twice), or with `key` upserted (`idempotent`: written again they change nothing). In an
 * `outbox`, `outbox(postgres({ ... }))`, either is exactly-once: records are written in one transaction for each checkpoint, together with a row of the ledger table.
 *
 * Values are texts for the type of their column: Date in UTC, bigint whole, objects and arrays as JSON in `json` and `jsonb` columns, arrays as such in array columns, binary data in `bytea`. `undefined` and `null` are NULL.
 * A record that is refused, here or by the server, goes alone to the `onError` of the step, and the others of its batch are written. Table and columns are looked at when the job starts. A connection that
 * breaks is made anew. Errors hold no values of rows and no passwords.
 *
 * @param options where, what, how
 * @returns a sink, with a ledger for `outbox`
 * @throws ConfigurationError with all problems of the options when called, of the table when opened
 * @throws PostgresError when the server refuses, or is away for longer than `retryFor`
 * @example
 * ```ts check
 * import { Stream } from 'millrace';
 * import { outbox } from 'millrace/outbox';
 * import { postgres } from 'millrace/postgres';
 *
 * const totals = Stream.from([{ user: 'ada', total: 3 }]);
 * const output = totals.to(outbox(postgres({ connection: 'postgres://localhost/shop', table: 'totals', columns: ['user', 'total'], key: ['user'] })), { name: 'totals' });
 * ```
 */
export function postgres<T>(options: PostgresOptions<T>): LedgerSink<T> {
  return postgresBy(options, connect);
}

/** With another way to connect, for tests. */
export function postgresBy<T>(options: PostgresOptions<T>, dial: typeof connect): LedgerSink<T> {
  const check = checker('postgres()', 'postgres-option');
  const settings = check.settings(OPTIONS, options);
  const { connection, columns: given, key } = options ?? {};
  const named = (option: string, name: unknown): void => {
    const problem = nameProblem(name);
    if (problem !== undefined) check.refuse(option, problem, 'Give a name of 1 to 63 bytes.');
  };
  named('table', settings.table);
  named('ledger', settings.ledger);
  if (settings.schema !== undefined) named('schema', settings.schema);
  if (!['string', 'function', 'object'].includes(typeof connection) || connection === null) check.refuse('connection', 'It says not where the server is.', 'Give a connection string, its parts, or a function that gives them.');
  const columns = picksOf<T>(given);
  if (columns === undefined) check.refuse('columns', 'They are neither a list of names nor an object of functions.', "Write columns: ['id', 'total'], or columns: { id: row => row.id }.");
  else if (columns.size === 0) check.refuse('columns', 'There are none.', 'Name at least one.');
  else if (Array.isArray(given) && columns.size < given.length) check.refuse('columns', 'One of them is named twice.', 'Name each once.');
  for (const column of columns?.keys() ?? []) named(`columns.${column}`, column);
  for (const column of Object.keys(settings.types)) if (columns?.has(column) === false) check.refuse(`types.${column}`, 'There is no such column.', 'Name it among the columns.');
  if (key !== undefined && (!Array.isArray(key) || key.length === 0 || new Set(key).size < key.length)) check.refuse('key', 'It is no list of different columns.', "Write key: ['id'].");
  else for (const column of key ?? []) if (columns?.has(column) === false) check.refuse('key', `${JSON.stringify(column)} is none of the columns.`, 'Name it among the columns.');
  if (key !== undefined && settings.method === 'copy') check.refuse('method', 'COPY only appends.', "Leave out key, or write method: 'insert'.");
  check.done();

  const table = { table: String(settings.table), schema: settings.schema, key: key?.slice(), types: settings.types };
  const picks = [...(columns?.values() ?? [])];
  const open = async ({ job, step, environment }: SinkContext, also: (client: Client) => Promise<void> = async () => {}) => {
    const address = { address: connection, applicationName: settings.applicationName ?? `millrace ${job} ${step}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 63), statementTimeout: settings.statementTimeout };
    const session = openSession(() => dial(address, environment), settings.retryFor, environment);
    try {
      const known = await session.run(async client => {
        const found = await lookAt(client, { ...table, columns: [...(columns?.keys() ?? [])] });
        if (found.problems.length > 0) throw new ConfigurationError(found.problems);
        await also(client);
        return found.columns;
      }, Math.min(settings.retryFor, FIRST_CONNECT));
      return { session, columns: known, statement: statementOf({ ...table, columns: known, method: settings.method }) };
    } catch (cause) {
      await session.close();
      throw cause;
    }
  };
  const inParts = (rows: readonly Placed[]): Iterable<readonly Placed[]> => parts(rows, settings.batch, LONGEST_STATEMENT);

  return {
    name: settings.name,
    guarantee: key === undefined ? 'append' : 'idempotent',
    async open(context) {
      const { session, columns: known, statement } = await open(context);
      return {
        async write(values) {
          const { rows, failed } = rowsOf(values, known, picks);
          const refused = [...failed];
          for (const part of inParts(rows)) refused.push(...(await writeAll(part, some => session.run(client => statement.write(client, some)))));
          return refused;
        },
        flush() {},
        close: () => session.close(),
      };
    },
    ledger: {
      name: settings.name,
      async open(context) {
        const ledger = ledgerOf(context, settings.schema, settings.ledger);
        const { session, columns: known, statement } = await open(context, client => ledger.enter(client));
        return {
          check: values => rowsOf(values, known, picks).failed,
          deliver: (checkpoint, values) => delivery(session, known, values, rows => session.run(client => ledger.once(client, checkpoint, async () => {
            for (const part of inParts(rows)) await statement.write(client, part.map(({ row }) => row));
          }))),
          close: () => session.close(),
        };
      },
    },
  };

  /** Every record was checked when it was written; what fails now, the server refuses. */
  async function delivery(session: Session, known: readonly Column[], values: readonly T[], deliver: (rows: readonly Placed[]) => Promise<void>): Promise<void> {
    const { rows, failed } = rowsOf(values, known, picks);
    const [first] = failed;
    if (first !== undefined) throw new PostgresError('postgres-row', `Record ${first.index} of a delivery cannot be written: ${String(first.cause)}`);
    await deliver(rows);
  }
}

/** Each column and where its value comes from; `undefined` if the option says neither. */
function picksOf<T>(columns: PostgresOptions<T>['columns'] | undefined): ReadonlyMap<string, Pick<T>> | undefined {
  if (isNames(columns)) return columns.every(column => typeof column === 'string') ? new Map(columns.map(column => [column, record => Reflect.get(Object(record), column) as unknown])) : undefined;
  if (typeof columns !== 'object' || columns === null) return undefined;
  const entries = Object.entries(columns);
  return entries.every(([, pick]) => typeof pick === 'function') ? new Map(entries) : undefined;
}

const isNames = (columns: unknown): columns is readonly string[] => Array.isArray(columns);
