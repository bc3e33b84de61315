/** S9 to S11: who is let in. Every route against every caller. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from 'millrace';
import { fetchHandler, handler, serve, type Verdict } from 'millrace/serve';
import type { Responder } from '../../src/serve/responder.js';
import { discard } from '../../src/serve/responder.js';
import { pageViews, plain, refusalOf, responder, type Asking } from './kit.js';

let views: Awaited<ReturnType<typeof pageViews>>;
let ask: Responder;
beforeAll(async () => {
  views = await pageViews();
  ask = responder(views);
});

const VIEW = ['', '/query?key=/', '/query-many?key=/', '/series?key=/', '/entries', '/top?n=1', '/changes'];
const PATHS = ['/views', '/openapi.json', '/health', '/ready', ...VIEW.map(end => `/views/pages${end}`)];

/** The status, and nothing left open. */
async function statusOf(on: Responder, path: string, asking?: Asking): Promise<number | undefined> {
  const response = await on(plain(path, asking));
  if (response !== undefined) await discard(response);
  return response?.status;
}

describe('S9: an address that others can reach', () => {
  const refused = async (options: object): Promise<string> => {
    const error: unknown = await serve(views, { port: 0, ...options }).then(server => server.close(), (cause: unknown) => cause);
    return error instanceof ConfigurationError ? error.message : 'started';
  };
  it.each(['0.0.0.0', '::', '10.0.0.1', 'views.example', '', '127.0.0.1.evil.example'])('%s is refused without `authorize`', async host => expect(await refused({ host })).toContain('there is no `authorize`'));
  it.each([{}, { host: '127.0.0.1' }, { host: 'localhost' }, { host: '0.0.0.0', authorize: () => false }])('%o starts', async options => expect(await refused(options)).toBe('started'));
  it('is 127.0.0.1 by default', async () => {
    const server = await serve(views, { port: 0 });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    await server.close();
  });
  it('all that is wrong is told at once', async () => {
    const message = await refused({ host: '0.0.0.0', port: 70_000, origins: ['*'], limits: { rows: -1, row: 5 } });
    for (const part of ['host', 'port', 'origins', 'limits.rows', 'limits.row:']) expect(message).toContain(part);
    expect(() => handler({} as never)).toThrow('There are no views.');
    expect(() => handler({ [['th', 'en'].join('')]: views.pages })).toThrow('is not `then`');
    expect(() => handler({ '../x': views.pages })).toThrow('A view is called');
    expect(() => handler({ pages: {} as never })).toThrow('"pages" is no view');
    expect(() => fetchHandler(views, {} as never)).toThrow('does not say whether it comes from this machine');
  });
  it.each(PATHS)('a mounted handler without `authorize` answers %s to this machine only', async path => {
    expect(await statusOf(ask, path, { loopback: true })).toBe(200);
    expect(await statusOf(ask, path, { loopback: false })).toBe(403);
    expect(await statusOf(ask, path, { loopback: false, headers: { host: 'localhost' } })).toBe(403);
  });
});

describe('S10: authorization', () => {
  const NOW = 1_000;
  const tokens: { readonly [token: string]: { readonly role: string; readonly until: number } } = { reader: { role: 'reader', until: 2_000 }, expired: { role: 'reader', until: 500 }, other: { role: 'billing', until: 2_000 } };
  const authorize = async ({ headers }: { readonly headers: { readonly [name: string]: string | undefined } }): Promise<Verdict> => {
    const token = tokens[headers['authorization']?.replace('Bearer ', '') ?? ''];
    if (token === undefined || token.until < NOW) return 'unauthorized';
    return token.role === 'reader' ? true : 'forbidden';
  };
  const cases = PATHS.flatMap(path => ([[path, undefined, 401], [path, 'wrong', 401], [path, 'expired', 401], [path, 'other', 403], [path, 'reader', 200], ['/views/unknown/query?key=a', undefined, 401], ['/views/pages/query?nonsense', undefined, 401]] as const));
  it.each(cases)('%s with the token %s: %i', async (path, token, status) => {
    const on = responder(views, { authorize });
    expect(await statusOf(on, path, { loopback: false, headers: { host: 'views.example', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } })).toBe(status);
  });
  it('is asked by route and view, with what middleware has put on the request', async () => {
    const seen: unknown[] = [];
    const on = responder(views, { authorize: ({ route, view, method, url }) => seen.push([route, view, method, url]) > 0 });
    for (const path of PATHS) await statusOf(on, path);
    expect(seen.map(one => (one as unknown[])[0])).toEqual(['views', 'openapi', 'health', 'ready', 'status', 'query', 'queryMany', 'series', 'entries', 'top', 'changes']);
    expect(seen[5]).toEqual(['query', 'pages', 'GET', '/views/pages/query?key=/']);
  });
  it.each([[false, '401 unauthorized'], ['unauthorized', '401 unauthorized'], ['forbidden', '403 forbidden'], [undefined, '401 unauthorized'], [1, '401 unauthorized'], ['yes', '401 unauthorized']])('%s is %s', async (verdict, refusal) =>
    expect(await refusalOf(await responder(views, { authorize: () => verdict as Verdict })(plain('/views')))).toBe(refusal));
  it('that throws lets nobody in, and is told to the host', async () => {
    const errors: unknown[] = [];
    const on = responder(views, { authorize: () => Promise.reject(new Error('the key server at 10.0.0.9 is down')), onError: error => void errors.push(error) });
    expect(await refusalOf(await on(plain('/views')))).toBe('500 internal');
    expect(errors).toHaveLength(1);
  });
});

describe('S11: pages of others', () => {
  const at = (headers: { readonly [name: string]: string }, asking: Asking = {}): Promise<number | undefined> => statusOf(ask, '/views/pages/query?key=/', { ...asking, headers });
  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example', '', 'localhost:80:80', '10.0.0.1', '127.0.0.1@evil.example'])('the host %o on this machine is refused (DNS rebinding)', async host => expect(await at({ host })).toBe(403));
  it.each(['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.8.8.8:1', '[::1]:80'])('the host %s is its own', async host => expect(await at({ host })).toBe(200));
  it.each(['http://evil.example', 'null', 'http://127.0.0.1:81', 'https://127.0.0.1:80.evil.example', 'file://'])('the origin %s is refused', async origin => expect(await at({ origin })).toBe(403));
  it('the own origin is none of others, scripts of other sites are', async () => {
    expect(await at({ origin: 'http://127.0.0.1:80' })).toBe(200);
    expect(await at({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await at({ 'sec-fetch-site': 'same-origin' })).toBe(200);
  });
  it('known hosts and origins are let in, and an origin reads what it is told by name, never by *', async () => {
    const on = responder(views, { hosts: ['shop.example'], origins: ['https://app.example'] });
    expect(await statusOf(on, '/views', { headers: { host: 'shop.example' } })).toBe(200);
    const response = await on(plain('/views', { headers: { origin: 'https://app.example' } }));
    expect(response?.headers).toMatchObject({ 'access-control-allow-origin': 'https://app.example', vary: 'Accept, Authorization, Origin' });
    const asked = await on(plain('/views', { method: 'OPTIONS', headers: { origin: 'https://app.example' } }));
    expect([asked?.status, asked?.headers['access-control-allow-methods']]).toEqual([204, 'GET, HEAD']);
    // A refusal, too, is read by a page that may ask.
    expect((await on(plain('/views/no', { headers: { origin: 'https://app.example' } })))?.headers['access-control-allow-origin']).toBe('https://app.example');
    expect((await on(plain('/views', { headers: { origin: 'https://evil.example' } })))?.headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask(plain('/views')))?.headers['access-control-allow-origin']).toBeUndefined();
  });
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])('%s changes nothing: 405', async method => {
    for (const path of PATHS) {
      const response = await ask(plain(path, { method }));
      expect([response?.status, response?.headers['allow']]).toEqual([405, 'GET, HEAD']);
    }
  });
});

describe('S12: names and keys of strangers', () => {
  it('are JSON that is shown as text by everything that shows it', async () => {
    const key = '<img src=x onerror=alert(1)>';
    for (const path of [`/views/pages/entries`, `/views/${encodeURIComponent(key)}/query?key=a`, `/views/pages/query?${encodeURIComponent(key)}=1`, `/views/pages/query?key=a&from=${encodeURIComponent(key)}`]) {
      const response = await ask(plain(path));
      expect(response?.headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" });
      if (path !== '/views/pages/entries') expect(response?.body).not.toContain('<img');
    }
  });
});

describe('S13: bodies', () => {
  it('are not read: 413, and the connection ends', async () => {
    const response = await ask(plain('/views', { body: true }));
    expect([response?.status, response?.headers['connection']]).toEqual([413, 'close']);
    expect((await ask(plain('/views', { body: true, method: 'POST' })))?.headers['connection']).toBe('close');
  });
});
