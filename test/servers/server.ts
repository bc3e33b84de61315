/**
 * A PostgreSQL to test with: the one that runs on this machine, else one that is started for the tests from whatever installation is here. None is a failure, not a skip.
 * Every user of it makes a database of its own and drops it.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

export interface Server {
  readonly address: Address;
  stop(): Promise<void>;
}

const answers = async (address: Address): Promise<boolean> => {
  const client = new pg.Client({ ...address, database: 'postgres', connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
};

/** Where installations put their programs; the newest first. */
function programs(): string {
  const versions = '/usr/lib/postgresql';
  const found = existsSync(versions) ? readdirSync(versions).toSorted((a, b) => Number(b) - Number(a)).map(version => join(versions, version, 'bin')) : [];
  const folder = [...found, ...(process.env['PATH'] ?? '').split(':')].find(path => existsSync(join(path, 'initdb')) && existsSync(join(path, 'postgres')));
  if (folder === undefined) throw new Error('These tests need PostgreSQL: none answers at PGHOST:PGPORT or 127.0.0.1:5432 (user PGUSER or postgres), and none is installed to be started (Debian: apt-get install postgresql).');
  return folder;
}

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // it listens on a port
      server.close(() => resolve(port));
    });
  });

/** A server of one's own, which may be treated badly. */
export interface OwnServer extends Server {
  /** All its processes die at once, as after a power cut (`pg_ctl -m immediate`). */
  crash(): Promise<void>;
  /** Starts it again on what is on the disk. */
  restart(): Promise<void>;
}

/** Starts one in a folder of its own. It refuses to run as root, so root runs it as `postgres` or `nobody`. */
export async function startServer(): Promise<OwnServer> {
  const bin = programs();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-postgres-'));
  const port = await freePort();
  const user = userInfo().uid === 0 ? ['postgres', 'nobody'].flatMap(name => idOf(name))[0] : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], { ...user, stdio: 'pipe', cwd: folder });
  const address: Address = { host: '127.0.0.1', port, user: 'postgres' };
  let child: ChildProcess | undefined;
  const end = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying === undefined) return;
    const ended = new Promise<void>(resolve => dying.once('exit', () => resolve()));
    dying.kill(signal);
    await ended;
  };
  const begin = async (): Promise<void> => {
    const begun = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${folder}`], { ...user, stdio: 'ignore', cwd: folder });
    child = begun;
    for (let tries = 0; !(await answers(address)); tries++) {
      if (tries > 300 || begun.exitCode !== null) throw new Error('The PostgreSQL that was started does not answer.');
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  };
  await begin();
  return {
    address,
    crash: () => end('SIGQUIT'),
    restart: begin,
    async stop() {
      await end('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function idOf(name: string): { readonly uid: number; readonly gid: number }[] {
  try {
    const id = (flag: string): number => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
    return [{ uid: id('-u'), gid: id('-g') }];
  } catch {
    return [];
  }
}

export async function findServer(): Promise<Server> {
  const address: Address = { host: process.env['PGHOST'] ?? '127.0.0.1', port: Number(process.env['PGPORT'] ?? 5432), user: process.env['PGUSER'] ?? 'postgres' };
  return (await answers(address)) ? { address, stop: async () => {} } : startServer();
}

/** A database of one test file. */
export interface Database {
  readonly url: string;
  readonly address: Address & { readonly database: string };
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Ends the connections, and leaves the database as it is. */
  leave(): Promise<void>;
  drop(): Promise<void>;
}

let made = 0;

/** Makes a database, or comes back to one that is there. */
export async function makeDatabase({ address }: Server, existing?: string): Promise<Database> {
  const database = existing ?? `millrace_test_${process.pid}_${++made}`;
  const admin = new pg.Client({ ...address, database: 'postgres' });
  await admin.connect();
  if (existing === undefined) {
    await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${database}`);
  }
  const client = new pg.Client({ ...address, database });
  client.on('error', () => {}); // it is dropped while we are in it
  await client.connect();
  const leave = async (): Promise<void> => {
    await client.end();
    await admin.end();
  };
  return {
    url: `postgres://${address.user}@${address.host}:${address.port}/${database}`,
    address: { ...address, database },
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) => (await client.query<Row>(text, [...values])).rows,
    leave,
    async drop() {
      await client.end();
      await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}
