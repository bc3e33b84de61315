/** A connection of the driver `pg`, found when it is needed, and the little of it that is used here. Its types are not: whoever has no `pg` can compile. */
import { ConfigurationError, causeText, TimeoutError, type Problem } from '../../core/errors.js';
import type { Environment } from '../../core/clock.js';
import { kindOf, toldOf } from './error.js';

/** Where the server is and who asks; what is left out comes from the environment (`PGHOST`, `PGUSER`, ...), as with any client. */
export interface PostgresConnection {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** `true`: TLS, with the server's certificate checked; or options of `tls.connect`. Hosts other than this one are reached by TLS unless it is `false`. */
  readonly ssl?: boolean | { readonly [option: string]: unknown } | undefined;
}

/** A connection string, its parts, or a function that gives either: it is asked at every connect, so that secrets may change. */
export type PostgresAddress = string | PostgresConnection | (() => string | PostgresConnection | Promise<string | PostgresConnection>);

export interface Rows {
  readonly command: string;
  readonly rows: readonly { readonly [column: string]: unknown }[];
}

/** One connection. After an error of kind `broken` it is of no more use. */
export interface Client {
  query(text: string, values?: readonly unknown[]): Promise<Rows>;
  /** COPY ... FROM STDIN. */
  copy(text: string, data: Buffer): Promise<void>;
  /** False once the connection is gone. */
  readonly alive: boolean;
  /** At once, whatever is under way. */
  destroy(): void;
  /** With a goodbye. */
  end(): Promise<void>;
}

/** What of `pg` is used. */
export interface DriverConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  readonly stream: { destroy(): void };
}
export interface Driver {
  connect(): Promise<unknown>;
  query(text: unknown, values?: readonly unknown[]): unknown;
  end(): Promise<void>;
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown;
  readonly connection?: DriverConnection;
}
export type NewDriver = new (config: { readonly [option: string]: unknown }) => Driver;

/** Finds `pg`, or says what to install. */
export async function findDriver(load: () => Promise<unknown> = () => import('pg')): Promise<NewDriver> {
  let found: unknown;
  try {
    found = await load();
  } catch (cause) {
    if (!/Cannot find (?:package|module)/.test(causeText(cause))) throw cause;
  }
  const Client: unknown = Reflect.get(Object(found), 'Client') ?? Reflect.get(Object(Reflect.get(Object(found), 'default')), 'Client');
  if (typeof Client === 'function') return Client as NewDriver; // its class
  throw new ConfigurationError([{ code: 'missing-peer', where: 'postgres()', what: 'The package "pg" (8.16 or later), which talks to PostgreSQL, is not installed.', fix: 'Run: npm install pg' }]);
}

const PARTS = ['host', 'port', 'database', 'user', 'password', 'ssl'] as const;

const isHere = (host: string): boolean => host === '' || host.startsWith('/') || host === 'localhost' || host.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(host) || host === '::1' || host === '[::1]';

const wrong = (what: string, fix: string): never => {
  const problem: Problem = { code: 'postgres-option', where: 'postgres(): connection', what, fix };
  throw new ConfigurationError([problem]);
};

/** The configuration for the driver, and what of it must never be shown. */
export async function configOf(address: PostgresAddress, environment: { readonly [name: string]: string | undefined } = process.env): Promise<{ readonly config: { readonly [option: string]: unknown }; readonly secrets: readonly string[] }> {
  const given = typeof address === 'function' ? await address() : address;
  if (typeof given === 'string') {
    let url: URL;
    try {
      url = new URL(given.startsWith('/') ? 'socket:' : given, 'postgres://base');
    } catch {
      // The error of URL has all of it in it.
      return wrong('It is not a connection string.', 'Write postgres://user:password@host:5432/database, with special characters percent-encoded.');
    }
    const secrets = [given, url.password, decoded(url.password), url.searchParams.get('password') ?? ''];
    const host = url.searchParams.get('host') ?? (url.protocol === 'socket:' ? '' : decoded(url.hostname) || (environment['PGHOST'] ?? ''));
    const decided = ['ssl', 'sslmode', 'sslnegotiation'].some(name => url.searchParams.has(name)) || environment['PGSSLMODE'] !== undefined;
    return { config: { connectionString: given, ...(!decided && !isHere(host) && { ssl: true }) }, secrets };
  }
  if (typeof given !== 'object' || given === null) return wrong('It is neither a connection string nor an object.', 'Give one of them, or a function that does.');
  for (const name of Object.keys(given)) if (!PARTS.includes(name as (typeof PARTS)[number])) wrong(`There is no part ${JSON.stringify(name.slice(0, 40))}.`, `There are ${PARTS.join(', ')}.`);
  const config: { [option: string]: unknown } = {};
  for (const name of PARTS) if (given[name] !== undefined) config[name] = given[name];
  if (given.ssl === undefined && environment['PGSSLMODE'] === undefined && !isHere(given.host ?? environment['PGHOST'] ?? '')) config['ssl'] = true;
  return { config, secrets: [given.password ?? ''] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface ConnectSettings {
  readonly address: PostgresAddress;
  readonly applicationName: string;
  /** Milliseconds; the server ends a statement after so long, and we give up on its answer a little later. */
  readonly statementTimeout: number;
}

/** For a connection to come about. */
const CONNECT_TIMEOUT = 10_000;
/** A reply may be this much later than the server's own limit before the connection counts as lost. */
const GRACE = 5_000;

/** Connects. Errors are told without secrets. */
export async function connect(settings: ConnectSettings, environment: Environment, find: () => Promise<NewDriver> = findDriver): Promise<Client> {
  const Driver = await find();
  const { config, secrets } = await configOf(settings.address);
  const { clock, signal } = environment;
  const { statementTimeout } = settings;
  let driver: Driver;
  try {
    driver = new Driver({
      ...config,
      application_name: settings.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
      ...(Number.isFinite(statementTimeout) && { statement_timeout: statementTimeout }),
    });
  } catch (cause) {
    throw toldOf(cause, secrets);
  }
  let alive = true;
  const gone = (): void => void (alive = false);
  // An idle connection that is lost says so by an event; nobody listening would end the process.
  driver.on('error', gone);
  driver.on('end', gone);
  const destroy = (): void => {
    gone();
    driver.connection?.stream.destroy();
    driver.end().catch(() => {}); // it is of no more use
  };
  /** An answer that never comes (a cable that was pulled) must not be waited for for ever. */
  const inTime = async <R>(work: Promise<R>): Promise<R> => {
    if (!Number.isFinite(statementTimeout)) return work;
    const over = new AbortController();
    const limit = statementTimeout + GRACE;
    const late = clock.sleep(limit, over.signal).then(() => {
      destroy();
      throw new TimeoutError('An answer of PostgreSQL', limit);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
      late.catch(() => {}); // aborted
      work.catch(() => {}); // heard already, or given up
    }
  };
  const told = (cause: unknown): unknown => {
    if (kindOf(cause) === 'broken') destroy();
    return cause;
  };
  try {
    await driver.connect();
  } catch (cause) {
    destroy();
    throw toldOf(cause, secrets);
  }
  if (signal.aborted) {
    destroy();
    throw signal.reason;
  }
  return {
    get alive() {
      return alive;
    },
    query: (text, values) =>
      inTime(Promise.resolve(driver.query(text, values ?? [])) as Promise<Rows>).catch((cause: unknown) => {
        throw told(cause);
      }),
    copy: (text, data) =>
      inTime(new Promise<void>((resolve, reject) => void driver.query(copyIn(text, data, error => (error === undefined ? resolve() : reject(error)))))).catch((cause: unknown) => {
        throw told(cause);
      }),
    destroy,
    async end() {
      if (!alive) return;
      gone();
      await driver.end().catch(() => {}); // nothing was under way
    },
  };
}

/** A query of the driver's own kind that answers the server's wish for data. */
function copyIn(text: string, data: Buffer, done: (error?: unknown) => void): object {
  return {
    submit: (connection: DriverConnection) => connection.query(text),
    handleCopyInResponse(connection: DriverConnection) {
      connection.sendCopyFromChunk(data);
      connection.endCopyFrom();
    },
    handleCommandComplete() {},
    handleError: (error: unknown) => done(error),
    handleReadyForQuery: () => done(),
  };
}
