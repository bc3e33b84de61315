/** The views of a server, with the types of the object that was served: a proxy makes of `client.pages.query(...)` a request, so nothing is generated and nothing is known at run time. */
import { canonicalKey } from '../core/key.js';
import { causeText } from '../core/errors.js';
import { fromTagged, toTagged } from '../core/tagged.js';
import type { Json, Key } from '../core/values.js';
import type { KeyOf, ResultOf, ServedViews } from '../serve/served-views.js';
import type { Answer, EntriesOptions, Entry, Point, QueryOptions, Range, ViewChange, ViewStatus } from '../views/index.js';
import { linesOf } from './lines.js';
import { ViewError } from './view-error.js';

/** How the server is asked. */
export interface ClientOptions {
  /** Default: that of the runtime. */
  readonly fetch?: typeof fetch | undefined;
  /** Sent with each request, such as `authorization`; a function is asked each time. */
  readonly headers?: { readonly [name: string]: string } | (() => { readonly [name: string]: string } | Promise<{ readonly [name: string]: string }>) | undefined;
}

/** How one question is meant. */
export interface ClientQuery extends QueryOptions {
  /** An answer that lacks something, or to which more may come, is an error (`gaps`, `incomplete`). */
  readonly complete?: 'require' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which changes. */
export interface ClientChanges<K extends Key> {
  /** Of these keys only. */
  readonly keys?: readonly K[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A view on the server. Every method rejects with a {@link ViewError}, or with the reason of the signal. */
export interface ClientView<K extends Key, R> {
  /** The aggregate of one key over a range. */
  query(key: K, range: Range, options?: ClientQuery): Promise<Answer<R>>;
  /** The same of several keys, in their order. */
  queryMany(keys: readonly K[], range: Range, options?: ClientQuery): Promise<Answer<readonly R[]>>;
  /** The granules of one key in a range that have something, in order. */
  series(key: K, range: Range, options?: ClientQuery): Promise<Answer<readonly Point<R>[]>>;
  /** Keys with something in the range, in the order of keys. */
  entries(range: Range, options?: EntriesOptions<K> & ClientQuery): Promise<Answer<readonly Entry<K, R>[]>>;
  /** The same one by one, all of one moment, as many as there are. */
  each(range: Range, options?: EntriesOptions<K> & ClientQuery): AsyncIterable<Entry<K, R>>;
  /** The `n` keys with the largest values. */
  top(n: number, range: Range, options?: ClientQuery): Promise<Answer<readonly Entry<K, R>[]>>;
  /** Every change from now on. It ends when the server ends it, which it does at least once an hour, or when the loop is left. */
  changes(options?: ClientChanges<K>): AsyncIterable<ViewChange<K, R>>;
  /** What the view is at the moment. */
  status(options?: { readonly signal?: AbortSignal | undefined }): Promise<Omit<ViewStatus, 'lastError'> & { readonly failing: boolean }>;
}

/** The views of a server. */
export type Client<V extends ServedViews> = { readonly [N in keyof V]: ClientView<KeyOf<V[N]>, ResultOf<V[N]>> };

/**
 * The views that a server serves, as if they were here.
 *
 * @param url where they are mounted: that of `serve`, with the path of a `handler` behind it
 * @param options `fetch` and headers
 * @returns an object with a view for each name; names and types are those of the type argument, and nothing is asked before a method is called
 * @example
 * ```ts
 * import { Stream, count, run } from 'millrace';
 * import { client } from 'millrace/client';
 * import { serve } from 'millrace/serve';
 * import { lambda } from 'millrace/views';
 *
 * const hits = Stream.from([{ url: '/', at: 1_000 }, { url: '/', at: 2_000 }]).timestamps(hit => hit.at);
 * const views = { pages: lambda('pages', hits, { key: hit => hit.url, every: '1h', aggregate: count() }) };
 * const job = await run([...views.pages.outputs], { name: 'site' });
 * await job.done;
 * const server = await serve(views, { port: 0 });
 *
 * const remote = client<typeof views>(server.url);
 * const { value } = await remote.pages.query('/', { from: 0, to: 3_600_000 });
 * console.log(value); // 2
 * await server.close();
 * ```
 */
export function client<V extends ServedViews>(url: string | URL, options: ClientOptions = {}): Client<V> {
  const root = String(url).replace(/\/+$/, '');
  const views = new Map<string, ClientView<Key, unknown>>();
  const viewOf = (name: string): ClientView<Key, unknown> => {
    let view = views.get(name);
    if (view === undefined) views.set(name, (view = remoteView(`${root}/views/${encodeURIComponent(name)}`, options)));
    return view;
  };
  // A promise is recognized by its `then`: this is none.
  return new Proxy({}, { get: (_, name) => (typeof name === 'string' && name !== 'then' ? viewOf(name) : undefined) }) as Client<V>; // its names are those of V
}

type Parameters = readonly (readonly [name: string, value: string | number | undefined])[];

const keyOf = (key: Key, name = 'key'): readonly [string, string] => (typeof key === 'string' ? [name, key] : [`${name}Json`, JSON.stringify(toTagged(canonicalKey(key)))]);
const asked = ({ from, to }: Range, { partial, asOf, complete }: ClientQuery = {}): Parameters => [['from', from], ['to', to], ['partial', partial], ['asOf', asOf], ['complete', complete]];
const askedEntries = (range: Range, options: EntriesOptions<Key> & ClientQuery = {}): Parameters => [
  ...asked(range, options),
  ['limit', options.limit],
  ...(options.keys?.from === undefined ? [] : [keyOf(options.keys.from, 'keyFrom')]),
  ...(options.keys?.to === undefined ? [] : [keyOf(options.keys.to, 'keyTo')]),
  ...(options.after === undefined ? [] : [keyOf(options.after, 'after')]),
];

function remoteView(url: string, options: ClientOptions): ClientView<Key, unknown> {
  const ask = async (path: string, parameters: Parameters, accept: string, signal: AbortSignal | undefined): Promise<Response> => {
    const query = new URLSearchParams(parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
    const headers = typeof options.headers === 'function' ? await options.headers() : options.headers;
    let response: Response;
    try {
      response = await (options.fetch ?? fetch)(`${url}${path}${query.size === 0 ? '' : `?${query}`}`, { headers: { ...headers, accept }, redirect: 'error', ...(signal === undefined ? {} : { signal }) });
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ViewError('connection', 0, `The server of the views did not answer: ${causeText(cause)}`, { cause });
    }
    if (response.ok) return response;
    const { code, message } = refusalIn(await response.json().catch(() => undefined));
    throw new ViewError(code, response.status, message);
  };
  const answer = async <A>(path: string, parameters: Parameters, signal: AbortSignal | undefined): Promise<A> => {
    const response = await ask(path, parameters, 'application/json', signal);
    try {
      return fromTagged((await response.json()) as Json) as A; // the server answers as the view does
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ViewError('response', response.status, 'What came is no answer of a view.', { cause });
    }
  };
  const linesFrom = async function* (path: string, parameters: Parameters, accept: string, signal: AbortSignal | undefined): AsyncGenerator<string> {
    const { body, status } = await ask(path, parameters, accept, signal);
    if (body === null) return;
    try {
      yield* linesOf(body);
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ViewError('connection', status, `The connection broke: ${causeText(cause)}`, { cause });
    }
  };
  return {
    query: (key, range, how) => answer('/query', [keyOf(key), ...asked(range, how)], how?.signal),
    queryMany: (keys, range, how) => answer('/query-many', [...keys.map(key => keyOf(key)), ...asked(range, how)], how?.signal),
    series: (key, range, how) => answer('/series', [keyOf(key), ...asked(range, how)], how?.signal),
    entries: (range, how) => answer('/entries', askedEntries(range, how), how?.signal),
    top: (n, range, how) => answer('/top', [['n', n], ...asked(range, how)], how?.signal),
    status: how => answer('', [], how?.signal),
    async *each(range, how) {
      let head = true;
      for await (const line of linesFrom('/entries', askedEntries(range, how), 'application/x-ndjson', how?.signal)) {
        const row = parsed(line);
        if (head) head = false;
        else if ('end' in row) return;
        else if ('error' in row) {
          const { code, message } = refusalIn(row);
          throw new ViewError(code, 200, message);
        } else yield fromTagged(row) as Entry<Key, unknown>; // as above
      }
      throw new ViewError('connection', 200, 'The rows broke off.');
    },
    async *changes(how) {
      let event = '';
      let data = '';
      for await (const line of linesFrom('/changes', (how?.keys ?? []).map(key => keyOf(key)), 'text/event-stream', how?.signal)) {
        if (line.startsWith('event: ')) event = line.slice(7);
        else if (line.startsWith('data: ')) data += line.slice(6);
        else if (line === '') {
          if (event === 'change') yield fromTagged(parsed(data)) as ViewChange<Key, unknown>; // as above
          event = data = '';
        }
      }
    },
  };
}

function parsed(text: string): { readonly [name: string]: Json } {
  try {
    const json = JSON.parse(text) as Json;
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as { readonly [name: string]: Json };
  } catch {
    // told below
  }
  throw new ViewError('response', 200, 'What came is no answer of a view.');
}

function refusalIn(body: unknown): { readonly code: string; readonly message: string } {
  const error = (body as { readonly error?: { readonly code?: unknown; readonly message?: unknown } } | undefined)?.error; // whatever it is
  return typeof error?.code === 'string' && typeof error.message === 'string' ? { code: error.code, message: error.message } : { code: 'response', message: 'The views were not answered by their server.' };
}
