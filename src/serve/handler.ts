/** Views behind a server of `node:http` that is already there: bare, or that of Express, Fastify and their like. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainRequest, PlainResponse } from './exchange.js';
import { common, settingsOf, type ServingOptions, type Settings } from './options.js';
import { discard, nothingHere, responderOf, type Responder } from './responder.js';
import type { ServedViews } from './served-views.js';

/** Answers a request, or passes it on if it is for somebody else. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void;

/**
 * Views as a handler for Express, Fastify or a bare server: `app.use('/live', handler({ pages }))`. Without `authorize` it answers this machine only.
 *
 * @param views by the names they are asked for under
 * @param options who may ask, and how much; `base` where what mounts the handler leaves its path in the URL
 * @returns the handler; requests for other paths go to `next`, or get 404
 * @throws ConfigurationError for options that cannot be
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { Stream, count, run } from 'millrace';
 * import { handler } from 'millrace/serve';
 * import { lambda } from 'millrace/views';
 *
 * const hits = Stream.from([{ url: '/', at: 1_000 }]).timestamps(hit => hit.at);
 * const pages = lambda('pages', hits, { key: hit => hit.url, every: '1h', aggregate: count() });
 * const job = await run([...pages.outputs], { name: 'site' });
 *
 * const server = createServer(handler({ pages }));
 * await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
 * await job.done;
 * server.close();
 * ```
 */
export function handler<const V extends ServedViews>(views: V, options: ServingOptions<V> = {}): NodeHandler {
  const settings = settingsOf('handler', common, views, options);
  return nodeHandler(responderOf(views, settings), settings);
}

/** The same for settings that are checked. */
export function nodeHandler(responder: Responder, settings: Pick<Settings, 'clock' | 'limits' | 'onError'>): NodeHandler {
  return (request, response, next) => {
    const work = async (): Promise<void> => {
      const found = await responder(plainRequest(request, response));
      if (found === undefined && next !== undefined) return next();
      await send(found ?? nothingHere(), response, settings);
    };
    work().catch((error: unknown) => {
      // The response is half-way out, and nothing that could be said in it would be understood.
      response.destroy();
      settings.onError?.(error);
    });
  };
}

const LOOPBACK = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;

function plainRequest(request: IncomingMessage, response: ServerResponse): PlainRequest {
  const { headers } = request;
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  };
  let gone: AbortController | undefined;
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    header,
    headers: () => Object.fromEntries(Object.keys(headers).map(name => [name, header(name)])),
    hasBody: headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0'),
    loopback: LOOPBACK.test(request.socket.localAddress ?? ''),
    raw: request,
    get gone() {
      if (gone === undefined) {
        const controller = (gone = new AbortController());
        if (response.destroyed) controller.abort();
        else response.once('close', () => controller.abort());
      }
      return gone.signal;
    },
  };
}

async function send(plain: PlainResponse, response: ServerResponse, { clock, limits }: Pick<Settings, 'clock' | 'limits'>): Promise<void> {
  const { status, headers, body } = plain;
  if (response.destroyed) return discard(plain);
  if (typeof body !== 'object') {
    response.writeHead(status, body === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  const parts = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const part = await parts.next();
      if (response.destroyed) return;
      if (part.done === true) break;
      if (!response.write(part.value)) await room(response, (stop: () => void) => clock.every(limits.stall, stop));
    }
    response.end();
  } finally {
    await parts.return?.();
  }
}

/** Waits until the reader has taken what was sent; one that takes too long is dropped. */
const room = (response: ServerResponse, after: (stop: () => void) => () => void): Promise<void> =>
  new Promise(resolve => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      cancel();
      resolve();
    };
    const cancel = after(() => {
      response.destroy();
      done();
    });
    response.once('drain', done);
    response.once('close', done);
  });
