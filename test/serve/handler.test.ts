/** The handler in the servers people have, each the real package, asked by the typed client. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve as honoServe } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { beforeAll, describe, expect, it } from 'vitest';
import { client } from 'millrace/client';
import { fetchHandler, handler } from 'millrace/serve';
import { HOUR, hitsIn, pageViews } from './kit.js';

let views: Awaited<ReturnType<typeof pageViews>>;
beforeAll(async () => {
  views = await pageViews();
});

/** A server somebody has, with the views below `/live`, `/else` of its own, and what is refused without a token. */
interface Host {
  readonly url: string;
  close(): Promise<unknown>;
}
const closing = (server: Server) => (): Promise<unknown> =>
  new Promise(resolve => {
    server.close(resolve);
    server.closeAllConnections();
  });
const at = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const authorize = ({ headers }: { readonly headers: { readonly [name: string]: string | undefined } }): boolean => headers['authorization'] === 'Bearer good';

const hosts: { readonly [name: string]: () => Promise<Host> } = {
  async 'node:http'() {
    const live = handler(views, { base: '/live', authorize });
    const server = createServer((request, response) => live(request, response, () => response.end('else')));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return { url: at(server), close: closing(server) };
  },
  async Express() {
    const app = express();
    app.use(express.json());
    app.use('/live', handler(views, { authorize }));
    app.use((_, response) => void response.send('else'));
    const server = await new Promise<Server>(resolve => {
      const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening));
    });
    return { url: at(server), close: closing(server) };
  },
  async Fastify() {
    const app = fastify({ forceCloseConnections: true });
    const live = handler(views, { base: '/live', authorize });
    app.all('/live/*', (request, reply) => {
      reply.hijack();
      live(request.raw, reply.raw);
    });
    app.get('/else', async () => 'else');
    return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
  },
  async Hono() {
    const app = new Hono();
    app.mount('/live', fetchHandler(views, { authorize }));
    app.get('/else', context => context.text('else'));
    const server = await new Promise<Server>(resolve => {
      const listening = honoServe({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(listening)) as Server;
    });
    return { url: at(server), close: closing(server) };
  },
};

describe.each(Object.keys(hosts))('in %s', name => {
  it('answers, streams, refuses, and leaves the rest to its host', async () => {
    const host = await (hosts[name] as () => Promise<Host>)();
    try {
      const remote = client<typeof views>(`${host.url}/live`, { headers: { authorization: 'Bearer good' } });
      expect((await remote.pages.query('/', { from: 0, to: 2 * HOUR })).value).toBe(hitsIn('/', 0, 2 * HOUR));
      expect((await remote.byPair.query(['/', 9], { from: 0, to: 2 * HOUR })).value).toEqual({ hits: 1, ms: 9 });
      const rows: unknown[] = [];
      for await (const row of remote.pages.each({ from: 0, to: 2 * HOUR })) rows.push(row);
      expect(rows).toEqual(['/', '/docs'].map(key => ({ key, value: hitsIn(key, 0, 2 * HOUR) })));

      const leave = new AbortController();
      const changes = await fetch(`${host.url}/live/views/pages/changes`, { headers: { authorization: 'Bearer good' }, signal: leave.signal });
      const part = await changes.body?.getReader().read();
      expect(new TextDecoder().decode(part?.value)).toBe('retry: 3000\n\n');
      leave.abort();

      const good = { authorization: 'Bearer good' };
      const status = async (path: string, init: RequestInit = {}): Promise<number> => (await fetch(host.url + path, init)).status;
      expect(await status('/live/views')).toBe(401);
      expect(await status('/live/views', { headers: good })).toBe(200);
      expect(await status('/live/views', { headers: { ...good, origin: 'http://evil.example' } })).toBe(403);
      expect(await status('/live/views', { method: 'DELETE', headers: good })).toBe(405);
      expect(await status('/live/views', { method: 'POST', body: '{"$gt":""}', headers: { ...good, 'content-type': 'application/json' } })).toBe(405);
      expect(await status('/live/views', { method: 'HEAD', headers: good })).toBe(200);
      const tag = (await fetch(`${host.url}/live/views/pages/query?key=/`, { headers: good })).headers.get('etag') ?? '';
      expect(await status('/live/views/pages/query?key=/', { headers: { ...good, 'if-none-match': tag } })).toBe(304);
      expect(await (await fetch(`${host.url}/else`)).text()).toBe('else');
    } finally {
      await host.close();
    }
  });
});

describe('a handler', () => {
  it('sends what is not its own to whoever comes next, and 404 if nobody does', async () => {
    const live = handler(views);
    for (const [next, status] of [[undefined, 404], [(response: { end(text: string): unknown }) => void response.end('next'), 200]] as const) {
      const server = createServer((request, response) => live(request, response, next === undefined ? undefined : () => next(response)));
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
      const response = await fetch(`${at(server)}/nothing`);
      expect(response.status).toBe(status);
      await response.text();
      await closing(server)();
    }
  });
  it('lets `authorize` see what middleware has put on the request', async () => {
    const live = handler(views, { authorize: ({ raw }) => (raw as { user?: string }).user === 'ada' });
    const server = createServer((request, response) => live(Object.assign(request, { user: request.headers['x-user'] }), response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const status = async (user: string): Promise<number> => (await fetch(`${at(server)}/views`, { headers: { 'x-user': user } })).status;
    expect([await status('ada'), await status('eve')]).toEqual([200, 401]);
    await closing(server)();
  });
});
