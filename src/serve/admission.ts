/**
 * Who is let in. What listens on this machine is reachable from every page that its user opens, so a request must name a host of this machine (or the page's own name would be enough: DNS rebinding) and come from no other
 * site. Nothing is changed over HTTP, so there is nothing but GET.
 */
import type { IncomingMessage } from 'node:http';
import { Refusal, type PlainRequest } from './exchange.js';
import type { Settings } from './options.js';

/** What is asked, for `authorize`. */
export interface ServeRequest {
  /** What is asked for: `query`, `queryMany`, `series`, `entries`, `top`, `changes` or `status` of a view; `views`, `openapi`, `health` or `ready`. */
  readonly route: string;
  /** The name of the view, if there is such a one or not. */
  readonly view: string | undefined;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** By names in lower case. */
  readonly headers: { readonly authorization?: string | undefined; readonly cookie?: string | undefined; readonly [name: string]: string | undefined };
  /** The request itself, with what middleware has put on it. */
  readonly raw: IncomingMessage | Request;
}

/** May it be answered? `false` is `'unauthorized'`. */
export type Verdict = boolean | 'unauthorized' | 'forbidden';

/** Says who may ask what. If it throws, nobody may. */
export type Authorize = (request: ServeRequest) => Verdict | Promise<Verdict>;

/** Is it a name of this machine for itself, with any port? */
export const isLocal = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host);

const forbidden = (message: string): Refusal => new Refusal(403, 'forbidden', message);

/** Throws unless host, origin and method are right; returns the headers by which a page of another origin may read the response. */
export function admit(request: PlainRequest, { hosts, origins, authorize }: Settings): { readonly [name: string]: string } | undefined {
  const host = request.header('host') ?? '';
  const known = hosts?.includes(host) === true;
  if (request.loopback && !known && !isLocal(host)) throw forbidden('The request is for another host. If it came through a proxy, its name belongs into `hosts`.');
  if (!request.loopback && authorize === undefined) throw forbidden('Without `authorize`, only this machine may ask.');
  const origin = request.header('origin');
  if (origin === undefined) {
    // Scripts and images of other sites come without an origin.
    if (request.header('sec-fetch-site') === 'cross-site') throw forbidden('The request comes from another site.');
    return undefined;
  }
  if (origins?.includes(origin) === true) return { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'etag, retry-after', 'cross-origin-resource-policy': 'cross-origin' };
  if (origin !== `http://${host}` && origin !== `https://${host}`) throw forbidden('The request comes from another origin.');
  return undefined;
}

/** Throws a Refusal for whoever `authorize` does not let in. */
export async function authorized(authorize: Authorize | undefined, request: PlainRequest, route: string, view: string | undefined): Promise<void> {
  if (authorize === undefined) return;
  const verdict = await authorize({ route, view, method: request.method, url: request.target, headers: request.headers(), raw: request.raw });
  if (verdict === true) return;
  if (verdict === 'forbidden') throw forbidden('You may not ask this.');
  throw new Refusal(401, 'unauthorized', 'Say who you are.', { 'www-authenticate': 'Bearer' });
}
