/** A request and a response without a server: what `node:http` and `fetch` have in common. Everything between is written once, for these. */
import type { IncomingMessage } from 'node:http';

/** A request. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query, as they came, below where the views are mounted. */
  readonly target: string;
  header(name: string): string | undefined;
  headers(): { readonly [name: string]: string | undefined };
  /** It has a body, or says so. */
  readonly hasBody: boolean;
  /** It came in at an address that only this machine can reach. */
  readonly loopback: boolean;
  readonly raw: IncomingMessage | Request;
  /** Aborted when nobody waits for the response any more; made when somebody asks for it. */
  readonly gone: AbortSignal;
}

/** A response. A body in parts is sent as fast as it is taken. */
export interface PlainResponse {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string | AsyncIterable<string> | undefined;
}

/** A refusal, to be told as it is. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: { readonly [name: string]: string };
  constructor(status: number, code: string, message: string, headers: { readonly [name: string]: string } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** On every response: JSON is shown as text, framed by nobody, read by no other site, and asked for again before it is used again. */
const ALWAYS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'private, no-cache',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  vary: 'Accept, Authorization, Origin',
};

export const respond = (status: number, body: PlainResponse['body'], headers?: { readonly [name: string]: string }): PlainResponse => ({ status, headers: headers === undefined ? ALWAYS : { ...ALWAYS, ...headers }, body });

export const refused = ({ status, code, message, headers }: Refusal): PlainResponse => respond(status, JSON.stringify({ error: { code, message } }), { 'cache-control': 'no-store', ...headers });
