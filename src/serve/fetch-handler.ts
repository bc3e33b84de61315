/** Views behind anything that takes a `Request` and gives a `Response`: Hono, and servers of other runtimes. */
import { ConfigurationError } from '../core/errors.js';
import type { Authorize } from './admission.js';
import type { PlainRequest, PlainResponse } from './exchange.js';
import { common, settingsOf, type ServingOptions } from './options.js';
import { discard, nothingHere, responderOf } from './responder.js';
import type { ServedViews } from './served-views.js';

/** Answers a request. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** A `Request` does not say where it came from, so there must be somebody who says whether it may be answered. */
export interface FetchHandlerOptions<V extends ServedViews = ServedViews> extends ServingOptions<V> {
  readonly authorize: Authorize;
}

/**
 * Views as a function from `Request` to `Response`: `app.mount('/live', fetchHandler({ pages }, { authorize }))` in Hono.
 *
 * @param views by the names they are asked for under
 * @param options who may ask (`() => true`: whoever reaches it), and how much
 * @returns the handler
 * @throws ConfigurationError for options that cannot be
 * @example
 * ```ts
 * import { Stream, count } from 'millrace';
 * import { fetchHandler } from 'millrace/serve';
 * import { lambda } from 'millrace/views';
 *
 * const hits = Stream.from([{ url: '/', at: 1_000 }]).timestamps(hit => hit.at);
 * const pages = lambda('pages', hits, { key: hit => hit.url, every: '1h', aggregate: count() });
 *
 * const answer = fetchHandler({ pages }, { authorize: ({ headers }) => headers.authorization === 'Bearer of good news' });
 * const response = await answer(new Request('http://views.example/views/pages/query?key=/'));
 * console.log(response.status); // 401
 * ```
 */
export function fetchHandler<const V extends ServedViews>(views: V, options: FetchHandlerOptions<V>): FetchHandler {
  const settings = settingsOf('fetchHandler', common, views, options);
  if (settings.authorize === undefined) throw new ConfigurationError([{ code: 'serve', where: 'fetchHandler: authorize', what: 'It is missing, and a Request does not say whether it comes from this machine.', fix: 'Give `authorize: request => boolean`.' }]);
  const responder = responderOf(views, settings);
  return async request => responseOf((await responder(plainRequest(request))) ?? nothingHere(), request.method === 'HEAD');
}

function plainRequest(request: Request): PlainRequest {
  const url = new URL(request.url);
  const header = (name: string): string | undefined => request.headers.get(name) ?? (name === 'host' ? url.host : undefined);
  return {
    method: request.method,
    target: url.pathname + url.search,
    header,
    headers: () => Object.fromEntries(request.headers),
    hasBody: request.body !== null,
    loopback: false,
    raw: request,
    gone: request.signal,
  };
}

function responseOf(plain: PlainResponse, head: boolean): Response {
  const { status, headers, body } = plain;
  if (typeof body !== 'object') return new Response(head ? null : body ?? null, { status, headers });
  const parts = body[Symbol.asyncIterator]();
  const text = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = await parts.next();
        if (part.done === true) controller.close();
        else controller.enqueue(text.encode(part.value));
      },
      cancel: () => discard(plain),
    },
    { highWaterMark: 0 },
  );
  return new Response(stream, { status, headers });
}
