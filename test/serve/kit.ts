/** What the tests of serving share: views at work, plain requests, and sockets that say what they like. */
import { connect } from 'node:net';
import { Stream, count, run, sum } from 'millrace';
import { lambda, type LambdaView } from 'millrace/views';
import type { PlainRequest, PlainResponse } from '../../src/serve/exchange.js';
import { common, settingsOf, type ServingOptions } from '../../src/serve/options.js';
import { responderOf, type Responder } from '../../src/serve/responder.js';
import type { ServedViews } from '../../src/serve/served-views.js';

export interface Hit {
  readonly url: string;
  readonly at: number;
  readonly ms: number;
}
export const HOUR = 3_600_000;
export const HITS: readonly Hit[] = [
  { url: '/', at: 1_000, ms: 5 },
  { url: '/docs', at: 2_000, ms: 7 },
  { url: '/', at: HOUR + 1, ms: 9 },
  { url: '/', at: 2 * HOUR, ms: 1 },
  { url: '<img src=x onerror=alert(1)>', at: 3 * HOUR, ms: 1 },
];

/** The oracle: how many hits a URL has in a range. */
export const hitsIn = (url: string, from: number, to: number): number => HITS.filter(hit => hit.url === url && hit.at >= from && hit.at < to).length;

/** Views whose job has read all of {@link HITS}. */
export async function pageViews(): Promise<{ readonly pages: LambdaView<string, number>; readonly byPair: LambdaView<readonly [string, number], { readonly hits: number; readonly ms: number }> }> {
  const hits = Stream.from(HITS, { name: 'hits' }).timestamps(hit => hit.at);
  const pages = lambda('pages-view', hits, { key: hit => hit.url, every: '1h', aggregate: count() });
  const byPair = lambda('pairs-view', Stream.from(HITS, { name: 'pairs' }).timestamps(hit => hit.at), { key: hit => [hit.url, hit.ms] as const, every: '1h', aggregate: { hits: count(), ms: sum((hit: Hit) => hit.ms) } });
  const job = await run([...pages.outputs, ...byPair.outputs], { name: 'serving' });
  await job.done;
  return { pages, byPair };
}

/** A responder without a server. */
export const responder = (views: ServedViews, options: ServingOptions = {}): Responder => responderOf(views, settingsOf('test', common, views, options));

export interface Asking {
  readonly method?: string;
  readonly headers?: { readonly [name: string]: string };
  readonly loopback?: boolean;
  readonly body?: boolean;
  readonly signal?: AbortSignal;
}

/** A request from this machine, unless it says otherwise. */
export function plain(target: string, { method = 'GET', headers = {}, loopback = true, body = false, signal = new AbortController().signal }: Asking = {}): PlainRequest {
  const all: { readonly [name: string]: string | undefined } = { host: '127.0.0.1:80', ...headers };
  return { method, target, header: name => all[name], headers: () => all, hasBody: body, loopback, raw: new Request('http://127.0.0.1/'), gone: signal };
}

/** Status and JSON of a response. */
export async function told(response: PlainResponse | undefined): Promise<{ readonly status: number | undefined; readonly json: unknown }> {
  const text = await textOf(response);
  return { status: response?.status, json: text === '' ? undefined : JSON.parse(text) };
}

export async function textOf(response: PlainResponse | undefined): Promise<string> {
  if (typeof response?.body !== 'object') return response?.body ?? '';
  let text = '';
  for await (const part of response.body) text += part;
  return text;
}

/** Code of a refusal, with its status. */
export async function refusalOf(response: PlainResponse | undefined): Promise<string> {
  const { status, json } = await told(response);
  return `${status} ${(json as { error?: { code?: string } } | undefined)?.error?.code ?? 'answered'}`;
}

/** All that a server says on a socket until it is closed. */
export function raw(port: number, text: string, onOpen?: (write: (more: string) => boolean) => void): Promise<string> {
  return new Promise(resolve => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(text);
      onOpen?.(more => socket.writable && socket.write(more));
    });
    socket.setEncoding('utf8');
    socket.on('data', more => (said += String(more)));
    socket.on('error', () => {}); // closed under our hands, which is what is asked for
    socket.on('close', () => resolve(said));
  });
}
