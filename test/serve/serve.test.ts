/** A server of its own on a real socket, and S13: those who are slow, large or many. */
import { request as ask } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serve, type ServeOptions, type Serving } from 'millrace/serve';
import type { View } from 'millrace/views';
import type { Key } from '../../src/core/values.js';
import { HOUR, hitsIn, pageViews, raw } from './kit.js';

let views: Awaited<ReturnType<typeof pageViews>>;
beforeAll(async () => {
  views = await pageViews();
});
const open: Serving[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()));
});
async function started(options: Partial<ServeOptions<never>> = {}, of: { readonly [name: string]: View<Key, unknown> } = views): Promise<Serving> {
  const server = await serve(of, { port: 0, ...options });
  open.push(server);
  return server;
}
const statusIn = (said: string): string => /^HTTP\/1\.1 (\d{3})/.exec(said)?.[1] ?? said;
const GET = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`;

describe('a server', () => {
  it('answers, with a tag, and 304 to whoever has it', async () => {
    const { url } = await started();
    const response = await fetch(`${url}/views/pages/query?key=/&from=0&to=${2 * HOUR}`);
    expect([response.status, await response.json()]).toEqual([200, { value: hitsIn('/', 0, 2 * HOUR), version: 0, cut: [0], watermark: { $number: 'Infinity' }, complete: true, gaps: [] }]);
    const again = await fetch(`${url}/views/pages/query?key=/&from=0&to=${2 * HOUR}`, { headers: { 'if-none-match': response.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const head = await fetch(`${url}/views/pages/query?key=/`, { method: 'HEAD' });
    expect([head.status, await head.text(), Number(head.headers.get('content-length')) > 0]).toEqual([200, '', true]);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });
  it('streams lines and changes, and ends what is open when it closes', async () => {
    const server = await started();
    const lines = await fetch(`${server.url}/views/pages/entries`, { headers: { accept: 'application/x-ndjson' } });
    expect((await lines.text()).trimEnd().split('\n')).toHaveLength(2 + 3);
    const changes = await fetch(`${server.url}/views/pages/changes`);
    expect(changes.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const text = changes.text();
    await server.close();
    expect(await text).toBe('retry: 3000\n\n');
  });
  it('ends streams when its signal says so', async () => {
    const stop = new AbortController();
    const { url } = await started({ signal: stop.signal });
    const text = (await fetch(`${url}/views/pages/changes`)).text();
    stop.abort();
    expect(await text).toBe('retry: 3000\n\n');
  });
  it('answers while versions are published and rolled back, and always the same', async () => {
    const { url } = await started();
    let over = false;
    const work = (async () => {
      for (let i = 0; i < 5; i++) await views.pages.publish();
      await views.pages.rollback((await views.pages.versions())[0]?.version ?? 0);
      over = true;
    })();
    const values = new Set<number>();
    const versions = new Set<number>();
    while (!over) {
      const { value, version } = (await (await fetch(`${url}/views/pages/query?key=/`)).json()) as { value: number; version: number };
      values.add(value);
      versions.add(version);
    }
    await work;
    expect([...values]).toEqual([hitsIn('/', -Infinity, Infinity)]);
    expect(versions.size).toBeGreaterThan(0);
  });
  it('rejects when it cannot listen', async () => {
    const { port } = await started();
    await expect(started({ port })).rejects.toThrow('EADDRINUSE');
  });
  it('a reader that leaves leaves nothing behind', async () => {
    const { url } = await started({ limits: { streams: 1 } });
    for (let i = 0; i < 3; i++) {
      const leave = new AbortController();
      // The place is free as soon as the server has seen that the reader is gone.
      let response = await fetch(`${url}/views/pages/changes`, { signal: leave.signal });
      while (response.status === 429) response = await fetch(`${url}/views/pages/changes`, { signal: leave.signal });
      expect(response.status).toBe(200);
      leave.abort();
    }
  });
});

describe('S11 on a socket', () => {
  it.each([
    ['another host', GET('/views').replace('localhost', 'evil.example'), '403'],
    ['no host', 'GET /views HTTP/1.1\r\n\r\n', '400'],
    ['an old version without a host', 'GET /views HTTP/1.0\r\n\r\n', '403'],
    ['two hosts', `GET /views HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n`, '200'],
    ['an absolute URL', 'GET http://evil.example/views HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', '404'],
  ])('%s', async (_, text, status) => {
    const { port } = await started();
    const said = await raw(port, text.replace(/\r\n\r\n$/, text.includes('Connection') ? '\r\n\r\n' : '\r\nConnection: close\r\n\r\n'));
    expect(statusIn(said)).toBe(status);
  });
});

describe('S13: slow, large, many', () => {
  it('headers that come a letter at a time: 408, in time', async () => {
    const { port } = await started({ limits: { stall: 300 } });
    let drip: ReturnType<typeof setInterval> | undefined;
    const begun = performance.now();
    const said = await raw(port, 'GET /views HTTP/1.1\r\nHost: localhost\r\n', write => (drip = setInterval(() => write('X'), 20)));
    clearInterval(drip);
    expect(statusIn(said)).toBe('408');
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
  it('a connection on which nothing comes is closed', async () => {
    const { port } = await started({ limits: { stall: 100 } });
    expect(statusIn(await raw(port, ''))).toMatch(/^(408)?$/);
  });
  it('a body is not read, whatever it says of its size', async () => {
    const { port } = await started();
    expect(statusIn(await raw(port, GET('/views', 'Content-Length: 99999999999\r\n')))).toBe('413');
    expect(statusIn(await raw(port, GET('/views', 'Expect: 100-continue\r\nContent-Length: 5\r\n')))).toBe('413');
    expect(statusIn(await raw(port, GET('/views', 'Transfer-Encoding: chunked\r\n')))).toBe('413');
    expect(statusIn(await raw(port, GET('/views', 'Content-Length: 5\r\n').replace('GET', 'POST')))).toBe('405');
    // A gigabyte that is sent all the same goes nowhere: the connection is closed long before.
    const block = 'x'.repeat(65_536);
    let sent = 0;
    const before = process.memoryUsage().rss;
    await raw(port, GET('/views', 'Content-Length: 1073741824\r\n'), write => {
      const more = (): void => {
        for (let i = 0; i < 16 && sent < 1_073_741_824; i++, sent += block.length) if (!write(block)) break;
        if (sent < 1_073_741_824) setImmediate(() => write('') && more());
      };
      more();
    });
    expect(sent).toBeLessThan(512 * 1_048_576);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1_048_576);
  });
  it('headers and URLs that are too long: 431, 414', async () => {
    const { port } = await started();
    expect(statusIn(await raw(port, GET('/views', `X: ${'a'.repeat(20_000)}\r\n`)))).toBe('431');
    expect(statusIn(await raw(port, GET(`/views?${'a'.repeat(5_000)}`, 'Connection: close\r\n')))).toBe('414');
    expect(statusIn(await raw(port, 'nonsense\r\n\r\n'))).toBe('400');
    expect(await raw(port, 'nonsense\r\n\r\n')).toContain('{"error":{"code":"request","message":"This is no HTTP request."}}');
  });
  it('more connections than allowed are closed', async () => {
    const { port, url } = await started({ limits: { connections: 2 } });
    const held = [fetch(`${url}/views/pages/changes`), fetch(`${url}/views/pages/changes`)];
    const bodies = (await Promise.all(held)).map(response => response.body);
    expect(await raw(port, GET('/views', 'Connection: close\r\n'))).toBe('');
    for (const body of bodies) await body?.cancel();
  });
  it('more streams than allowed: 429', async () => {
    const { url } = await started({ limits: { streams: 1 } });
    const first = await fetch(`${url}/views/pages/changes`);
    const second = await fetch(`${url}/views/pages/changes`);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
    await first.body?.cancel();
  });
  it('a reader that takes nothing is dropped, and what it read from is let go of', async () => {
    let released = 0;
    const big = 'x'.repeat(100_000);
    const endless = { ...views.pages, snapshot: async () => ({ ...views.pages, entries: async () => ({ value: Array.from({ length: 100 }, (_, i) => ({ key: `${i}`, value: big })), version: 0, cut: [0], watermark: 0, complete: false, gaps: [] }), release: async () => void released++ }) } as unknown as View<Key, unknown>;
    const { port } = await started({ limits: { stall: 200, rows: 100 } }, { endless });
    await new Promise<void>(resolve => {
      const reader = ask({ port, host: '127.0.0.1', path: '/views/endless/entries', headers: { accept: 'application/x-ndjson' } }, response => {
        response.pause();
        response.on('error', () => {});
        response.on('close', () => resolve());
        // A paused response hears of its end only when it is read; by then the server has long dropped it.
        const look = setInterval(() => {
          if (released === 0) return;
          clearInterval(look);
          response.resume();
        }, 10);
      });
      reader.on('error', () => resolve());
      reader.end();
    });
    expect(released).toBe(1);
  });
});
