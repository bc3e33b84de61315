/** How views are served: the options of `serve`, `handler` and `fetchHandler`, checked all at once. */
import { z } from 'zod';
import { systemClock, type Clock } from '../core/clock.js';
import { checker, count, type Checker } from '../connectors/settings.js';
import type { Authorize } from './admission.js';
import { NAME, type ResultOf, type ServedViews } from './served-views.js';

/** What a stranger may take. Each can be raised or lowered. */
export interface Limits {
  /** Characters of path and query; default 4,096. */
  readonly url?: number | undefined;
  /** Keys of one `query-many`; default 100. */
  readonly keys?: number | undefined;
  /** Rows of one JSON answer; default 10,000. Streamed lines have no such limit. */
  readonly rows?: number | undefined;
  /** Longest range in milliseconds; default none. With it, ranges must be finite. */
  readonly range?: number | undefined;
  /** Requests that are answered at once; default 64. One more is told to come again (429). */
  readonly requests?: number | undefined;
  /** Streams (`changes`, lines) that are open at once; default 100. */
  readonly streams?: number | undefined;
  /** Connections of `serve`; default 256. One more is closed. */
  readonly connections?: number | undefined;
  /** Milliseconds for one answer, `authorize` included; default 10,000. */
  readonly time?: number | undefined;
  /** Milliseconds in which the headers of a request must have come, and in which a reader must take what is sent; default 5,000. */
  readonly stall?: number | undefined;
  /** Characters that wait for one reader of `changes`; default 1,048,576. A slower one is dropped. */
  readonly buffer?: number | undefined;
  /** Milliseconds after which a stream of `changes` ends and must be asked for (and authorized) again; default 1 h. */
  readonly session?: number | undefined;
  /** Milliseconds between two signs of life in `changes`; default 15,000. */
  readonly heartbeat?: number | undefined;
}

/** What all three ways of serving have. */
export interface ServingOptions<V extends ServedViews = ServedViews> {
  /** Who may ask what: `true`, `false` or `'unauthorized'` (401), `'forbidden'` (403). Absent: everybody on this machine, and nobody else. */
  readonly authorize?: Authorize | undefined;
  /** Host names, besides those of this machine, under which requests on a loopback address may come, such as that of a proxy in front. */
  readonly hosts?: readonly string[] | undefined;
  /** Other origins whose pages may ask, such as `https://shop.example`. */
  readonly origins?: readonly string[] | undefined;
  /** The path below which the views stand, where what mounts them leaves it in the URL; default none. */
  readonly base?: string | undefined;
  /** How large a result is, for `top` of views whose results are no numbers. */
  readonly by?: { readonly [N in keyof V]?: ((value: ResultOf<V[N]>) => number) | undefined } | undefined;
  readonly limits?: Limits | undefined;
  /** Is told what a client is not: the error behind a 500. Default: a warning of the process. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Ends open streams when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

const limits = z.strictObject({
  url: count(4_096),
  keys: count(100),
  rows: count(10_000),
  range: count(Number.POSITIVE_INFINITY),
  requests: count(64),
  streams: count(100),
  connections: count(256, false),
  time: count(10_000, false),
  stall: count(5_000, false),
  buffer: count(1_048_576),
  session: count(3_600_000, false),
  heartbeat: count(15_000, false),
});

const optional = <T>(holds: (value: unknown) => boolean, what: string, fix: string) => z.custom<T>(value => value === undefined || holds(value), { error: () => what, params: { fix } }).optional();
const isFunction = (value: unknown): boolean => typeof value === 'function';
const texts = (value: unknown, like: RegExp): boolean => Array.isArray(value) && value.every(one => typeof one === 'string' && like.test(one));

/** Of all three; `serve` has more. */
export const common = z.strictObject({
  authorize: optional<Authorize>(isFunction, 'It is no function.', 'Give `authorize: request => boolean`.'),
  hosts: optional<readonly string[]>(value => texts(value, /^[\w.:[\]-]+$/), 'They are no host names.', "Give names as in `hosts: ['shop.example']`, with a port if the requests have one."),
  origins: optional<readonly string[]>(value => texts(value, /^https?:\/\/[^/*\s]+$/), 'They are no origins.', "Give origins as in `origins: ['https://shop.example']`, without a path and without `*`."),
  base: optional<string>(value => typeof value === 'string' && /^(\/[\w.~-]+)+$/.test(value), 'It is no path.', "Give a path such as '/live', without a slash at its end."),
  by: optional<{ readonly [name: string]: ((value: unknown) => number) | undefined }>(value => typeof value === 'object' && value !== null && Object.values(value).every(one => one === undefined || isFunction(one)), 'They are no functions.', 'Give a function for each view, as in `by: { pages: result => result.hits }`.'),
  limits: limits.prefault({}),
  onError: optional<(error: unknown) => void>(isFunction, 'It is no function.', 'Give `onError: error => ...`.'),
  signal: optional<AbortSignal>(value => value instanceof AbortSignal, 'It is no AbortSignal.', 'Give that of an AbortController.'),
  clock: z.custom<Clock>(value => typeof value === 'object' && value !== null).default(systemClock),
});

/** The options, with their defaults. */
export type Settings = z.output<typeof common>;

/** Views and options that have no problems. */
export function settingsOf<Schema extends z.ZodObject>(where: string, schema: Schema, views: ServedViews, options: unknown, more?: (settings: z.output<Schema>, check: Checker) => void): z.output<Schema> {
  const check = checker(where, 'serve');
  const settings = check.settings(schema, options);
  if (typeof views !== 'object' || views === null || Object.keys(views).length === 0) check.refuse('', 'There are no views.', 'Give them with their names, as in `{ pages }`.');
  for (const [name, view] of Object.entries(views ?? {})) {
    // A promise is recognized by its `then`, and a client by its views.
    if (!NAME.test(name) || name === 'then') check.refuse('', `A view is called ${JSON.stringify(name)}.`, 'Give it a name of 1 to 128 letters, digits, dots, dashes or underscores that begins with a letter or digit, and is not `then`.');
    if (typeof view?.queryMany !== 'function' || typeof view.changes !== 'function') check.refuse('', `${JSON.stringify(name)} is no view.`, 'Give what `lambda` or `kappa` returned.');
  }
  more?.(settings, check);
  check.done();
  return settings;
}
