import { describe, expect, it } from 'vitest';
import { ConfigurationError } from 'millrace';
import { configOf, connect, findDriver } from '../../../src/connectors/postgres/client.js';
import { systemEnvironment } from '../../../src/core/clock.js';
import { fakeDriver, serverError } from './driver.js';

const environment = systemEnvironment(new AbortController().signal);
const settings = { address: 'postgres://localhost/db', applicationName: 'test', statementTimeout: 60_000 };

describe('the driver', () => {
  it('is found, or it is said what to install', async () => {
    expect(await findDriver()).toBeTypeOf('function');
    await expect(findDriver(() => Promise.reject(new Error("Cannot find package 'pg' imported from here")))).rejects.toThrow('npm install pg');
    await expect(findDriver(() => Promise.reject(new Error('a broken installation')))).rejects.toThrow('a broken installation');
    await expect(findDriver(() => Promise.resolve({}))).rejects.toThrow(ConfigurationError);
  });
});

describe('TLS', () => {
  const ssl = async (address: Parameters<typeof configOf>[0], env = {}): Promise<unknown> => (await configOf(address, env)).config['ssl'];
  it.each([
    'postgres://localhost/db',
    'postgres://u:p@127.0.0.1:5433/db',
    'postgres://[::1]/db',
    'postgres:///db',
    'postgres://db.localhost/db',
    'postgres://%2Fvar%2Frun/db',
    '/var/run/postgresql db',
    'postgres://elsewhere/db?sslmode=disable',
    'postgres://elsewhere/db?ssl=0',
    {},
    { host: '/var/run' },
    { host: 'localhost' },
    { host: 'elsewhere', ssl: false },
  ])('is not asked for: %j', async address => expect(await ssl(address)).toBe((address as { ssl?: boolean }).ssl));

  it.each(['postgres://elsewhere/db', 'postgres://u:p@10.0.0.5/db', 'postgres://127.0.0.1.evil.example/db', 'postgres:///db?host=elsewhere', 'postgresql://localhost.evil.example/db', { host: 'elsewhere' }, { host: '10.0.0.1', password: 'p' }, { host: '128.0.0.1' }])(
    'with the certificate checked: %j',
    async address => expect(await ssl(address)).toBe(true),
  );

  it('goes by the environment as other clients do', async () => {
    expect(await ssl('postgres:///db', { PGHOST: 'elsewhere' })).toBe(true);
    expect(await ssl({}, { PGHOST: 'elsewhere' })).toBe(true);
    expect(await ssl({ host: 'elsewhere' }, { PGSSLMODE: 'disable' })).toBeUndefined();
    expect(await ssl('postgres://elsewhere/db', { PGSSLMODE: 'disable' })).toBeUndefined();
    expect(await ssl({ host: 'elsewhere', ssl: { ca: 'x' } })).toEqual({ ca: 'x' });
  });
});

describe('an address', () => {
  it('may be a function, asked at every connect', async () => {
    let n = 0;
    const fake = fakeDriver();
    const address = async (): Promise<object> => ({ host: 'localhost', password: `p${++n}` });
    await connect({ ...settings, address }, environment, async () => fake.Driver);
    await connect({ ...settings, address }, environment, async () => fake.Driver);
    expect(fake.configs.map(config => config['password'])).toEqual(['p1', 'p2']);
  });

  it.each([['http://[x', 'not a connection string'], [5, 'neither'], [null, 'neither'], [{ hots: 'x' }, 'There is no part "hots"']])('%j is refused', async (address, text) => {
    const refused = configOf(address as string);
    await expect(refused).rejects.toThrow(text);
    await expect(refused).rejects.toThrow(ConfigurationError);
  });

  it('is no part of any error, nor is the password', async () => {
    for (const [address, message] of [
      ['postgres://u:s%2Fcret@localhost/db', 'password s/cret is wrong'],
      ['postgres://u:s%2Fcret@localhost/db', 'cannot parse postgres://u:s%2Fcret@localhost/db'],
      [{ password: 's/cret' }, 'no s/cret here'],
    ] as const) {
      const error: unknown = await connect({ ...settings, address }, environment, async () => fakeDriver(undefined, () => new Error(message)).Driver).catch((cause: unknown) => cause);
      expect(String(error)).toContain('[redacted]');
      expect(String(error)).not.toMatch(/s.{1,3}cret/);
    }
  });
});

describe('a connection', () => {
  it('tells the server its name and limits', async () => {
    const fake = fakeDriver();
    await connect(settings, environment, async () => fake.Driver);
    expect(fake.configs[0]).toMatchObject({ application_name: 'test', statement_timeout: 60_000, keepAlive: true });
    await connect({ ...settings, statementTimeout: Infinity }, environment, async () => fake.Driver);
    expect(fake.configs[1]).not.toHaveProperty('statement_timeout');
  });

  it('is dead after an error of the network, alive after one of the server', async () => {
    const errors = [serverError('22P02', 'x'), serverError('40001', 'x'), Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })];
    const client = await connect(settings, environment, async () => fakeDriver(() => errors.shift()).Driver);
    await expect(client.query('a')).rejects.toThrow();
    await expect(client.copy('b', Buffer.from(''))).rejects.toThrow();
    expect(client.alive).toBe(true);
    await expect(client.query('c')).rejects.toThrow();
    expect(client.alive).toBe(false);
  });

  it('gives up an answer that does not come', async () => {
    let late: () => void = () => {};
    const clock = { ...environment.clock, sleep: (ms: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => ((late = resolve), signal?.addEventListener('abort', () => reject(signal.reason)))) };
    const client = await connect(settings, { ...environment, clock }, async () => fakeDriver(() => 'never').Driver);
    const asked = client.query('SELECT 1');
    late();
    await expect(asked).rejects.toThrow('An answer of PostgreSQL took longer than 65000 ms');
    expect(client.alive).toBe(false);
  });

  it('is closed again when the job has ended meanwhile', async () => {
    const ended = new AbortController();
    ended.abort(new Error('over'));
    await expect(connect(settings, systemEnvironment(ended.signal), async () => fakeDriver().Driver)).rejects.toThrow('over');
  });
});
