/** What is to be written where, and how: checked when it is said, all problems at once. */
import { z } from 'zod';
import { milliseconds, type Duration } from '../../core/duration.js';
import { checker, count, name } from '../settings.js';
import type { PostgresAddress } from './client.js';
import { nameProblem } from './identifiers.js';
import type { Pick } from './rows.js';

/** Options of `postgres`. */
export interface PostgresOptions<in T> {
  /** Name of the sink; `postgres` by default. */
  readonly name?: string | undefined;
  readonly connection: PostgresAddress;
  /** The table, which exists. Names are taken as they are written: quoted, capitals too. */
  readonly table: string;
  /** Its schema; where the connection finds it by default. */
  readonly schema?: string | undefined;
  /** What is written where: names of columns that are members of the records as well, or the value for each column. */
  readonly columns: readonly (string & keyof T)[] | { readonly [column: string]: (record: T) => unknown };
  /** Columns of a unique index: a record whose key is there already takes the place of that row. Without it rows are appended. */
  readonly key?: readonly string[] | undefined;
  /** `insert` by default; `copy` is faster, and appends only. */
  readonly method?: 'insert' | 'copy' | undefined;
  /** Where the column's own type is not to decide how values are written: `json`, whatever the column is; `text`, values are in PostgreSQL's own form already. */
  readonly types?: { readonly [column: string]: 'text' | 'json' } | undefined;
  /** In an outbox: the table of what was delivered, made in the same schema if it is not there; `millrace_ledger` by default. */
  readonly ledger?: string | undefined;
  /**
   * In an outbox: every batch is written when it comes, and rolled back, so that what the server refuses goes to the `onError` of the step like any other record. Twice the work; without it such a record fails the
   * job when it is delivered.
   */
  readonly trial?: boolean | undefined;
  /** Rows in one statement at most; 2,000 by default. */
  readonly batch?: number | undefined;
  /** How long a server that is away is waited for; a minute by default. */
  readonly retryFor?: Duration | undefined;
  /** How long a statement may take before the server ends it; a minute by default, `Infinity` for the server's own setting. */
  readonly statementTimeout?: Duration | undefined;
  /** What the server calls the connection; `millrace` with job and step by default. */
  readonly applicationName?: string | undefined;
}

const duration = (standard: Duration, least: number) =>
  z
    .custom<Duration>(value => (milliseconds(value) ?? -1) >= least, { error: ({ input }) => `${JSON.stringify(input)} is not a duration that can be used.`, params: { fix: "Give milliseconds or a text such as '30s'." } })
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
  trial: z.boolean().default(false),
  batch: count(2_000, false),
  retryFor: duration('1m', 0),
  statementTimeout: duration('1m', 1),
  applicationName: z.string().optional(),
} satisfies { readonly [Name in keyof Required<PostgresOptions<unknown>>]: z.ZodType });

/** The options, checked and filled in. */
export interface Settings<in T> extends Omit<z.output<typeof OPTIONS>, 'connection' | 'table' | 'schema' | 'columns' | 'key'> {
  readonly connection: PostgresAddress;
  readonly table: string;
  readonly schema: string | undefined;
  readonly columns: readonly string[];
  /** Where the value of each column comes from. */
  readonly picks: readonly Pick<T>[];
  readonly key: readonly string[] | undefined;
}

/** Throws a ConfigurationError with all that is wrong. */
export function settingsOf<T>(options: PostgresOptions<T>): Settings<T> {
  const check = checker('postgres()', 'postgres-option');
  const settings = check.settings(OPTIONS, options);
  const { connection, columns: given, key } = options ?? {};
  const named = (option: string, name: unknown): void => {
    const problem = nameProblem(name);
    if (problem !== undefined) check.refuse(option, problem, 'Give a name of 1 to 63 bytes.');
  };
  named('table', options?.table);
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

  return { ...settings, connection, table: String(settings.table), schema: settings.schema, columns: [...(columns?.keys() ?? [])], picks: [...(columns?.values() ?? [])], key: key?.slice() };
}

/** Each column and where its value comes from; `undefined` if the option says neither. */
function picksOf<T>(columns: PostgresOptions<T>['columns'] | undefined): ReadonlyMap<string, Pick<T>> | undefined {
  if (isNames(columns)) return columns.every(column => typeof column === 'string') ? new Map(columns.map(column => [column, record => Reflect.get(Object(record), column) as unknown])) : undefined;
  if (typeof columns !== 'object' || columns === null) return undefined;
  const entries = Object.entries(columns);
  return entries.every(([, pick]) => typeof pick === 'function') ? new Map(entries) : undefined;
}

const isNames = (columns: unknown): columns is readonly string[] => Array.isArray(columns);
