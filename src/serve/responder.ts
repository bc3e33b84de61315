/** From a request to a response, whatever server it came through: admission, places, route, view, time. */
import { Refusal, refused, respond, type PlainRequest, type PlainResponse } from './exchange.js';
import { admit, authorized } from './admission.js';
import { changesHub } from './changes.js';
import { refusalOf } from './failures.js';
import { openApi } from './openapi.js';
import type { Settings } from './options.js';
import { PATHS, ROUTES } from './routes.js';
import type { ServedViews } from './served-views.js';

/** Answers requests; `undefined`: there is nothing of that name here, and somebody else may have it. */
export type Responder = (request: PlainRequest) => Promise<PlainResponse | undefined>;

/** What a path leads to. */
interface Place {
  readonly route: string;
  readonly view: string | undefined;
}

const FIXED: { readonly [path: string]: string } = { '/views': 'views', '/openapi.json': 'openapi', '/health': 'health', '/ready': 'ready' };

function placeOf(path: string): Place | undefined {
  if (Object.hasOwn(FIXED, path)) return { route: FIXED[path] ?? '', view: undefined };
  const found = /^\/views\/([^/]+)(?:\/([a-z-]+))?$/.exec(path);
  const end = found?.[2] ?? '';
  return found === null || !Object.hasOwn(PATHS, end) ? undefined : { route: PATHS[end] ?? '', view: found[1] };
}

const busy = (what: string): Refusal => new Refusal(429, 'busy', what, { 'retry-after': '1' });

export function responderOf(views: ServedViews, settings: Settings): Responder {
  const { clock, limits, base, signal } = settings;
  const onError = settings.onError ?? ((error: unknown): void => process.emitWarning(error instanceof Error ? error : String(error)));
  const tell = (error: unknown): Refusal => refusalOf(error, onError);
  const served = new Map(Object.entries(views).map(([name, view]) => [name, { view, changes: changesHub(view, clock, onError) }] as const));
  let requests = 0;
  let streams = 0;
  let document: string | undefined;
  signal?.addEventListener('abort', () => served.forEach(({ changes }) => changes.close()), { once: true });

  const openStream = (): (() => void) => {
    if (streams >= limits.streams) throw busy('Too many streams are open.');
    streams++;
    return () => void streams--;
  };
  const list = (): PlainResponse =>
    respond(200, JSON.stringify({ views: [...served].map(([name, { view }]) => ({ name, version: versionOf(view) })) }));
  const ready = async (): Promise<PlainResponse> => {
    const waiting: string[] = [];
    for (const [name, { view }] of served) await view.queryMany([], { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }).catch(() => waiting.push(name));
    if (waiting.length > 0) throw new Refusal(503, 'not-ready', `Not all views answer: ${waiting.join(', ')}.`, { 'retry-after': '1' });
    return respond(200, '{"ready":true}', { 'cache-control': 'no-store' });
  };
  const answer = async (request: PlainRequest, { route, view: name }: Place, query: string): Promise<PlainResponse> => {
    await authorized(settings.authorize, request, route, name);
    if (name !== undefined) {
      const found = served.get(name);
      if (found === undefined) throw new Refusal(404, 'unknown-view', 'There is no view of this name.');
      // One of the routes, or there were no place.
      return ROUTES[route as keyof typeof ROUTES]({ request, view: found.view, changes: found.changes, name, query, settings, openStream, tell });
    }
    if (route === 'views') return list();
    if (route === 'openapi') return respond(200, (document ??= JSON.stringify(openApi([...served.keys()], settings))));
    return route === 'ready' ? ready() : respond(200, '{"status":"ok"}', { 'cache-control': 'no-store' });
  };
  const inTime = (work: Promise<PlainResponse>): Promise<PlainResponse> =>
    new Promise((resolve, reject) => {
      let late = false;
      const stop = clock.every(limits.time, () => {
        late = true;
        stop();
        reject(new Refusal(503, 'timeout', 'The answer took too long.', { 'retry-after': '1' }));
      });
      work.then(
        response => {
          stop();
          resolve(response);
          if (late) void discard(response);
        },
        (error: unknown) => {
          stop();
          reject(error);
        },
      );
    });
  const admitted = async (request: PlainRequest, place: Place, query: string): Promise<PlainResponse> => {
    if (requests >= limits.requests) throw busy('Too many requests are being answered.');
    requests++;
    try {
      return await inTime(answer(request, place, query).finally(() => requests--));
    } catch (error) {
      return refused(tell(error));
    }
  };

  return async request => {
    let crossing: { readonly [name: string]: string } | undefined;
    let response: PlainResponse;
    try {
      if (request.target.length > limits.url) throw new Refusal(414, 'limit', `A URL may have ${limits.url} characters.`);
      const mark = request.target.indexOf('?');
      const whole = mark < 0 ? request.target : request.target.slice(0, mark);
      const path = base !== undefined && whole.startsWith(`${base}/`) ? whole.slice(base.length) : whole;
      if (base !== undefined && path === whole) return undefined;
      const place = placeOf(path);
      if (place === undefined) return undefined;
      crossing = admit(request, settings);
      if (request.method === 'OPTIONS' && crossing !== undefined) response = respond(204, undefined, { 'access-control-allow-methods': 'GET, HEAD', 'access-control-allow-headers': 'accept, authorization, if-none-match', 'access-control-max-age': '600' });
      else if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'method', 'There is nothing but GET: nothing is changed over HTTP.', { allow: 'GET, HEAD' });
      else if (request.hasBody) throw new Refusal(413, 'limit', 'A question has no body.');
      else response = await admitted(request, place, mark < 0 ? '' : request.target.slice(mark + 1));
    } catch (error) {
      response = refused(tell(error));
    }
    // What is in an unwanted body is not read: the connection ends with the response.
    const close = request.hasBody ? { connection: 'close' } : undefined;
    return crossing === undefined && close === undefined ? response : { ...response, headers: { ...response.headers, ...crossing, ...close } };
  };

  function versionOf(view: ServedViews[string]): number | null {
    try {
      return view.status().version;
    } catch {
      return null; // it is not running, which is no reason not to name it
    }
  }
}

/** Lets go of a response that nobody reads. */
export async function discard({ body }: PlainResponse): Promise<void> {
  if (typeof body === 'object') await body[Symbol.asyncIterator]().return?.();
}

/** What is told where nobody else has the path either. */
export const nothingHere = (): PlainResponse => refused(new Refusal(404, 'not-found', 'There is nothing here. What there is stands in /openapi.json.'));
