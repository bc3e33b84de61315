/** Views on a server of their own. */
import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { isLocal } from './admission.js';
import { nodeHandler } from './handler.js';
import { common, settingsOf, type ServingOptions } from './options.js';
import { responderOf } from './responder.js';
import type { ServedViews } from './served-views.js';

/** Where and how views are served. */
export interface ServeOptions<V extends ServedViews = ServedViews> extends ServingOptions<V> {
  /** 0: any that is free. */
  readonly port: number;
  /** The address to listen on; default 127.0.0.1, which only this machine can reach. Any other needs `authorize`. */
  readonly host?: string | undefined;
}

/** A server at work. */
export interface Serving {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /** Ends open streams, lets what is being answered be answered, and closes the server. */
  close(): Promise<void>;
}

const settings = common.extend({
  port: z.custom<number>(value => Number.isInteger(value) && Number(value) >= 0 && Number(value) < 65_536, { error: ({ input }) => `${String(input)} is no port.`, params: { fix: 'Give a number from 0 to 65535; 0 is any that is free.' } }).default(0),
  host: z.string().default('127.0.0.1'),
});

/** Characters of all headers of a request. */
const HEADERS = 16_384;
/** Requests of one connection, after which it must be made anew. */
const PER_CONNECTION = 10_000;
/** Milliseconds between two looks for connections that are too slow. */
const LOOK = 500;
/** The same while the server closes. */
const LAST_LOOK = 20;

/**
 * Serves views over HTTP: JSON answers, lines, server-sent events, an OpenAPI document, health and readiness. Only this machine can reach it unless `host` says otherwise, and then `authorize` must say who may ask.
 *
 * @param views by the names they are asked for under
 * @param options where to listen, who may ask, and how much
 * @returns the server, when it listens
 * @throws ConfigurationError for options that cannot be, such as an address others can reach without `authorize`
 * @example
 * ```ts
 * import { Stream, count, run } from 'millrace';
 * import { serve } from 'millrace/serve';
 * import { lambda } from 'millrace/views';
 *
 * const hits = Stream.from([{ url: '/', at: 1_000 }, { url: '/', at: 2_000 }]).timestamps(hit => hit.at);
 * const pages = lambda('pages', hits, { key: hit => hit.url, every: '1h', aggregate: count() });
 * const job = await run([...pages.outputs], { name: 'site' });
 * await job.done;
 *
 * const server = await serve({ pages }, { port: 0 });
 * const response = await fetch(`${server.url}/views/pages/query?key=/&from=0&to=3600000`);
 * console.log(await response.json()); // { value: 2, version: 0, ... }
 * await server.close();
 * ```
 */
export async function serve<const V extends ServedViews>(views: V, options: ServeOptions<V>): Promise<Serving> {
  const given = settingsOf('serve', settings, views, options, (_, check) => {
    // As they were given: where something else is wrong, the settings are the defaults.
    const { host = '127.0.0.1', authorize } = options ?? {};
    if (options?.port === undefined) check.refuse('port', 'It is missing.', 'Give a number from 0 to 65535; 0 is any that is free.');
    if (typeof host === 'string' && !isLocal(host.includes(':') ? `[${host}]` : host) && authorize === undefined) check.refuse('host', `${JSON.stringify(host)} can be reached by others, and there is no \`authorize\`.`, 'Say who may ask (`authorize: request => boolean`), or leave `host` out.');
  });
  const { limits, port, host, signal } = given;
  const ending = new AbortController();
  const responder = responderOf(views, { ...given, signal: signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]) });
  const answer = nodeHandler(responder, given);
  const server = createServer({ maxHeaderSize: HEADERS, headersTimeout: limits.stall, requestTimeout: limits.stall * 2, connectionsCheckingInterval: LOOK, keepAliveTimeout: limits.stall, noDelay: true }, (request, response) => answer(request, response));
  server.maxConnections = limits.connections;
  server.maxRequestsPerSocket = PER_CONNECTION;
  // A sign of life of `changes` is activity; so longer than that.
  server.timeout = Math.max(limits.heartbeat, limits.time, limits.stall) * 2;
  // Whoever asks first whether it may send a body gets the answer without having sent it.
  server.on('checkContinue', (request, response) => answer(request, response));
  server.on('clientError', refuse);
  await listening(server, port, host);
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () =>
      new Promise(resolve => {
        ending.abort();
        // A connection whose response has ended since is idle now, and would be kept for a next request.
        const timers = [given.clock.every(LAST_LOOK, () => server.closeIdleConnections()), given.clock.every(limits.time, () => server.closeAllConnections())];
        server.close(() => {
          for (const stop of timers) stop();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

const listening = (server: Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

const REFUSALS: { readonly [code: string]: readonly [status: string, message: string] } = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to come.'],
};

/** What is not HTTP, or too much or too slow of it, ends the connection. */
function refuse(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, message] = REFUSALS[error.code ?? ''] ?? ['400 Bad Request', 'This is no HTTP request.'];
  const body = JSON.stringify({ error: { code: 'request', message } });
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`, () => socket.destroy());
}
