/** What can be asked of a view, route by route: parameters in, response out. */
import type { Key } from '../core/values.js';
import type { Answer, EntriesOptions, Point, QueryOptions, Range, View } from '../views/index.js';
import { demand, jsonOf, tagged } from './answers.js';
import type { ChangesHub } from './changes.js';
import { Refusal, respond, type PlainRequest, type PlainResponse } from './exchange.js';
import { finallyDo, guarded, linesOf, momentOf, pagesOf, wantsLines } from './lines.js';
import type { Settings } from './options.js';
import { parametersOf, type ViewRoute } from './parameters.js';

/** What a route has to work with. */
export interface Asked {
  readonly request: PlainRequest;
  readonly view: View<Key, unknown>;
  readonly name: string;
  readonly query: string;
  readonly settings: Settings;
  readonly changes: ChangesHub;
  /** Takes one of the places for open streams; throws a Refusal if there is none. What it returns gives it back. */
  openStream(): () => void;
  /** What a client is told of an error; the host is told the rest. */
  tell(error: unknown): Refusal;
}

interface Common extends Range {
  readonly partial?: QueryOptions['partial'];
  readonly asOf?: number | undefined;
}

const LINES = { 'content-type': 'application/x-ndjson; charset=utf-8' };
const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };

function rangeOf({ from, to }: Range, { limits }: Settings): Range {
  if (to - from > limits.range) throw new Refusal(400, 'limit', `A range may be ${limits.range} ms long.`);
  return { from, to };
}
const optionsOf = ({ partial, asOf }: Common): QueryOptions => ({ partial, asOf });
const answered = ({ request }: Asked, answer: Answer<unknown>, { asOf, complete }: { readonly asOf?: number | undefined; readonly complete?: 'require' | undefined }): PlainResponse => {
  demand(answer, complete);
  return tagged(request, jsonOf(answer), asOf !== undefined);
};
const tooMany = (rows: number, fix: string): Refusal => new Refusal(400, 'limit', `The answer has more than ${rows} rows. ${fix}`);
/** A HEAD request is answered without what would be streamed. */
async function streamed({ request, openStream }: Asked, headers: { readonly [name: string]: string }, rows: () => AsyncIterable<string>, after: () => Promise<void> = async () => {}): Promise<PlainResponse> {
  if (request.method === 'HEAD') {
    await after();
    return respond(200, undefined, headers);
  }
  const close = openStream();
  const finish = (): Promise<void> => {
    close();
    return after();
  };
  return respond(200, finallyDo(rows(), finish), headers);
}
const lines = (asked: Asked, rows: AsyncIterable<string>, after?: () => Promise<void>): Promise<PlainResponse> => {
  const { clock, limits } = asked.settings;
  return streamed(asked, LINES, () => guarded(rows, clock, clock.monotonic() + limits.session, asked.tell), after);
};

async function series(asked: Asked): Promise<PlainResponse> {
  const { request, view, query, settings } = asked;
  const { values, keys: [key = ''] } = parametersOf('series', query, settings.limits.keys);
  const answer: Answer<readonly Point<unknown>[]> = await view.series(key, rangeOf(values, settings), optionsOf(values));
  if (wantsLines(request.header('accept'))) {
    demand(answer, values.complete);
    return lines(asked, linesOf(answer));
  }
  if (answer.value.length > settings.limits.rows) throw tooMany(settings.limits.rows, 'Ask for a shorter range, or for lines: `Accept: application/x-ndjson`.');
  return answered(asked, answer, values);
}

async function entries(asked: Asked): Promise<PlainResponse> {
  const { request, view, query, settings } = asked;
  const { rows } = settings.limits;
  const { values } = parametersOf('entries', query, settings.limits.keys);
  const one = (name: 'keyFrom' | 'keyTo' | 'after'): Key | undefined => {
    const [text, json] = [values[name], values[`${name}Json`]];
    if (text !== undefined && json !== undefined) throw new Refusal(400, 'parameters', `There is ${name} and ${name}Json.`);
    return text ?? json;
  };
  const range = rangeOf(values, settings);
  const options: EntriesOptions<Key> = { ...optionsOf(values), keys: { from: one('keyFrom'), to: one('keyTo') }, after: one('after'), limit: values.limit };
  if (wantsLines(request.header('accept'))) {
    const { reading, release } = await momentOf(view, values.asOf);
    try {
      const page = Math.min(rows, values.limit ?? rows);
      const first = await reading.entries(range, { ...options, limit: page });
      demand(first, values.complete);
      return await lines(asked, pagesOf(reading, range, options, page, first), release);
    } catch (error) {
      await release();
      throw error;
    }
  }
  if (values.limit !== undefined && values.limit > rows) throw tooMany(rows, 'Lower `limit` and go on with `after`, or ask for lines: `Accept: application/x-ndjson`.');
  const answer = await view.entries(range, { ...options, limit: values.limit ?? rows + 1 });
  if (answer.value.length > rows) throw tooMany(rows, 'Ask for pages with `limit` and `after`, or for lines: `Accept: application/x-ndjson`.');
  return answered(asked, answer, values);
}

/** The routes, by the names of the view's own methods. */
export const ROUTES: { readonly [R in ViewRoute]: (asked: Asked) => PlainResponse | Promise<PlainResponse> } = {
  status({ request, view, name, query, settings }) {
    parametersOf('status', query, settings.limits.keys);
    // What went wrong in the last publication is for the host only: an error may name files.
    const { lastError, name: _, ...status } = view.status();
    return tagged(request, jsonOf({ name, ...status, failing: lastError !== undefined }), false);
  },
  async query(asked) {
    const { values, keys: [key = ''] } = parametersOf('query', asked.query, asked.settings.limits.keys);
    return answered(asked, await asked.view.query(key, rangeOf(values, asked.settings), optionsOf(values)), values);
  },
  async queryMany(asked) {
    const { values, keys } = parametersOf('queryMany', asked.query, asked.settings.limits.keys);
    return answered(asked, await asked.view.queryMany(keys, rangeOf(values, asked.settings), optionsOf(values)), values);
  },
  series,
  entries,
  async top(asked) {
    const { view, name, query, settings } = asked;
    const { values } = parametersOf('top', query, settings.limits.keys);
    if (values.n > settings.limits.rows) throw tooMany(settings.limits.rows, 'Lower `n`.');
    const by = settings.by !== undefined && Object.hasOwn(settings.by, name) ? settings.by[name] : undefined;
    return answered(asked, await view.top(values.n, rangeOf(values, settings), { ...optionsOf(values), by }), values);
  },
  changes(asked) {
    const { request, query, settings, changes } = asked;
    const { keys } = parametersOf('changes', query, settings.limits.keys);
    asked.view.status(); // throws where no job runs
    return streamed(asked, EVENTS, () => changes.read(keys, settings.limits, request.gone));
  },
};

/** As they stand in a path, behind `/views/:name`. */
export const PATHS: { readonly [path: string]: ViewRoute } = { '': 'status', query: 'query', 'query-many': 'queryMany', series: 'series', entries: 'entries', top: 'top', changes: 'changes' };
