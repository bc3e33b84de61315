/** Routes, admission and refusals, without a server. The answers' oracle is plain array code over the events. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Entry, View } from 'millrace/views';
import type { Key } from '../../src/core/values.js';
import { fromTagged } from '../../src/core/tagged.js';
import { MillraceError } from '../../src/core/errors.js';
import type { Json } from '../../src/core/values.js';
import type { Responder } from '../../src/serve/responder.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { HITS, HOUR, hitsIn, pageViews, plain, refusalOf, responder, textOf, told } from './kit.js';

const URLS = [...new Set(HITS.map(hit => hit.url))].toSorted();
let views: Awaited<ReturnType<typeof pageViews>>;
let ask: Responder;
beforeAll(async () => {
  views = await pageViews();
  ask = responder(views);
});

const answer = async (target: string, on = ask): Promise<Answer<unknown>> => {
  const { status, json } = await told(await on(plain(target)));
  expect([status, json]).toEqual([200, json]);
  return fromTagged(json as Json) as Answer<unknown>;
};

/** A view that only does what a test says. */
const fake = (made: Partial<View<Key, unknown>>): View<Key, unknown> => ({ ...views.pages, ...made });

describe('routes', () => {
  it('answer for one key', async () => {
    for (const url of [...URLS, 'nobody']) {
      for (const [from, to] of [[0, HOUR], [0, 2 * HOUR], [HOUR, 4 * HOUR], [HOUR, HOUR]] as const) {
        expect((await answer(`/views/pages/query?key=${encodeURIComponent(url)}&from=${from}&to=${to}`)).value).toBe(hitsIn(url, from, to));
      }
    }
    expect((await answer('/views/pages/query?key=/')).watermark).toBe(Infinity);
  });
  it('answer for many keys, and for tuples', async () => {
    expect((await answer('/views/pages/query-many?key=/docs&key=/&to=3600000')).value).toEqual([1, 1]);
    expect((await answer(`/views/byPair/query?keyJson=${encodeURIComponent('["/",9]')}`)).value).toEqual({ hits: 1, ms: 9 });
  });
  it('answer series, entries, pages of entries', async () => {
    expect((await answer('/views/pages/series?key=/')).value).toEqual([0, HOUR, 2 * HOUR].map(from => ({ from, to: from + HOUR, value: 1 })));
    const all = URLS.map(key => ({ key, value: hitsIn(key, -Infinity, Infinity) }));
    expect((await answer('/views/pages/entries')).value).toEqual(all);
    expect((await answer('/views/pages/entries?limit=2')).value).toEqual(all.slice(0, 2));
    expect((await answer('/views/pages/entries?limit=2&after=/')).value).toEqual(all.slice(1, 3));
    expect((await answer('/views/pages/entries?keyFrom=/docs&keyTo=0')).value).toEqual(all.filter(({ key }) => key >= '/docs' && key < '0'));
    expect((await answer('/views/byPair/entries?afterJson=["/",5]&limit=1')).value).toEqual([{ key: ['/', 9], value: { hits: 1, ms: 9 } }]);
  });
  it('answer the top, by what the server says where results are no numbers', async () => {
    expect((await answer('/views/pages/top?n=1')).value).toEqual([{ key: '/', value: 3 }]);
    expect(await refusalOf(await ask(plain('/views/byPair/top?n=1')))).toBe('400 top');
    const by = responder(views, { by: { byPair: value => (value as { ms: number }).ms } });
    expect(((await answer('/views/byPair/top?n=1', by)).value as Entry<unknown, unknown>[])[0]?.key).toEqual(['/', 9]);
  });
  it('list views, tell what one is, and what there is', async () => {
    expect((await told(await ask(plain('/views')))).json).toEqual({ views: [{ name: 'pages', version: 0 }, { name: 'byPair', version: 0 }] });
    const { json } = await told(await ask(plain('/views/pages')));
    expect(json).toMatchObject({ name: 'pages', version: 0, failing: false, watermark: { $number: 'Infinity' } });
    expect(json).not.toHaveProperty('lastError');
    expect((await told(await ask(plain('/openapi.json')))).json).toMatchObject({ openapi: '3.1.0' });
  });
  it('tell a path of somebody else from one that is not there', async () => {
    expect(await ask(plain('/'))).toBeUndefined();
    expect(await ask(plain('/views/pages/rows'))).toBeUndefined();
    expect(await ask(plain('/views/pages/query/more'))).toBeUndefined();
    expect(await refusalOf(await ask(plain('/views/nothing/query?key=a')))).toBe('404 unknown-view');
    expect(await refusalOf(await ask(plain('/views/__proto__/query?key=a')))).toBe('404 unknown-view');
    const based = responder(views, { base: '/live' });
    expect(await based(plain('/views/pages'))).toBeUndefined();
    expect(await based(plain('/livelier/views/pages'))).toBeUndefined();
    expect((await told(await based(plain('/live/views/pages')))).status).toBe(200);
  });
  it('send lines: the answer, its rows, and the end', async () => {
    const small = responder(views, { limits: { rows: 2 } });
    for (const target of ['/views/pages/entries', '/views/pages/entries?limit=3', '/views/pages/series?key=/']) {
      const response = await small(plain(target, { headers: { accept: 'application/x-ndjson' } }));
      expect(response?.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
      const [head, ...rows] = (await textOf(response)).trimEnd().split('\n').map(line => JSON.parse(line) as unknown);
      expect(head).toMatchObject({ answer: { version: 0, gaps: [] } });
      expect(rows).toHaveLength(4);
      expect(rows.at(-1)).toEqual({ end: { rows: 3 } });
    }
    expect(await refusalOf(await small(plain('/views/pages/entries')))).toBe('400 limit');
    expect(await refusalOf(await small(plain('/views/pages/entries?limit=3')))).toBe('400 limit');
    expect(await refusalOf(await small(plain('/views/pages/series?key=/')))).toBe('400 limit');
    expect(await refusalOf(await small(plain('/views/pages/top?n=3')))).toBe('400 limit');
    expect((await told(await small(plain('/views/pages/entries?limit=2')))).status).toBe(200);
  });
  it('give back what lines were read from, also if nobody reads them or something breaks', async () => {
    let open = 0;
    let bad = false;
    const pages = fake({
      async snapshot() {
        open++;
        const entries = async (): Promise<Answer<readonly Entry<Key, unknown>[]>> => {
          if (bad) throw new Error('/secret/path');
          bad = true;
          return { value: [{ key: 'a', value: 1 }], version: 0, cut: [0], watermark: 0, complete: false, gaps: [] };
        };
        return { ...views.pages, entries, release: async () => void open-- };
      },
    });
    const errors: unknown[] = [];
    const on = responder({ pages }, { limits: { rows: 1, streams: 1 }, onError: error => void errors.push(error) });
    const lines = { headers: { accept: 'application/x-ndjson' } };
    const first = await on(plain('/views/pages/entries', lines));
    expect(open).toBe(1);
    bad = false;
    expect(await refusalOf(await on(plain('/views/pages/entries', lines)))).toBe('429 busy');
    expect(open).toBe(1);
    if (typeof first?.body === 'object') await first.body[Symbol.asyncIterator]().return?.();
    expect(open).toBe(0);
    bad = false;
    const text = await textOf(await on(plain('/views/pages/entries', lines)));
    expect(text.trimEnd().split('\n').at(-1)).toBe('{"error":{"code":"internal","message":"The answer failed."}}');
    expect(open).toBe(0);
    bad = false;
    expect(await textOf(await on(plain('/views/pages/entries', { ...lines, method: 'HEAD' })))).toBe('');
    expect(open).toBe(0);
    expect(errors).toHaveLength(1);
  });
});

describe('the tag of an answer', () => {
  const etag = async (target: string, on = ask): Promise<string> => (await on(plain(target)))?.headers['etag'] ?? '';
  it('is weak, the same for the same answer, and answers 304', async () => {
    const tag = await etag('/views/pages/query?key=/');
    expect(tag).toMatch(/^W\/"[\w+/]{27}"$/);
    expect(await etag('/views/pages/query?key=/')).toBe(tag);
    for (const known of [tag, `"x", ${tag}`, tag.slice(2), '*']) {
      const response = await ask(plain('/views/pages/query?key=/', { headers: { 'if-none-match': known } }));
      expect([response?.status, response?.body, response?.headers['etag']]).toEqual([304, undefined, tag]);
    }
    expect((await ask(plain('/views/pages/query?key=/', { headers: { 'if-none-match': 'W/"x"' } })))?.status).toBe(200);
  });
  it('is another when an event has changed the value, and neither version nor watermark', async () => {
    let value = 1;
    const on = responder({ pages: fake({ query: async () => ({ value, version: 1, cut: [0], watermark: 5, complete: false, gaps: [] }) }) });
    const before = await etag('/views/pages/query?key=/', on);
    value = 2;
    expect(await etag('/views/pages/query?key=/', on)).not.toBe(before);
  });
  it('is strong for a version', async () => {
    await views.pages.publish();
    expect(await etag('/views/pages/query?key=/&asOf=1')).toMatch(/^"/);
    expect(await refusalOf(await ask(plain('/views/pages/query?key=/&asOf=99')))).toBe('404 view-version');
  });
});

describe('what cannot be answered', () => {
  it('is the asker: ranges within granules, backwards, or too long', async () => {
    expect(await refusalOf(await ask(plain('/views/pages/query?key=/&from=1&to=3600000')))).toBe('400 range');
    expect((await answer('/views/pages/query?key=/&from=1&to=3600000&partial=outward')).value).toBe(1);
    expect(await refusalOf(await ask(plain('/views/pages/query?key=/&from=3600000&to=0')))).toBe('400 range');
    const short = responder(views, { limits: { range: HOUR } });
    expect(await refusalOf(await short(plain('/views/pages/query?key=/')))).toBe('400 limit');
    expect(await refusalOf(await short(plain('/views/pages/query?key=/&from=0&to=3600000')))).toBe('200 answered');
  });
  it('is missing or still expected events, where that was not wanted', async () => {
    const of = (more: object): Responder => responder({ pages: fake({ query: async () => ({ value: 1, version: 1, cut: [1], watermark: 5, complete: false, gaps: [], ...more }) }) });
    const target = '/views/pages/query?key=/&complete=require';
    expect(await refusalOf(await of({})(plain(target)))).toBe('409 incomplete');
    expect(await refusalOf(await of({ gaps: [{ reason: 'speed', from: [1], to: [2] }] })(plain(target)))).toBe('409 gaps');
    expect(await refusalOf(await of({ complete: true })(plain(target)))).toBe('200 answered');
    expect(await refusalOf(await of({})(plain('/views/pages/query?key=/')))).toBe('200 answered');
  });
  it('is a view that does not run', async () => {
    const closed = (): never => {
      throw new MillraceError('view-closed', 'View "pages" is not running: give its outputs to `run`.');
    };
    const on = responder({ pages: fake({ query: async () => closed(), queryMany: async () => closed(), status: closed, snapshot: async () => closed() }) });
    for (const end of ['', '/query?key=a', '/changes']) expect(await refusalOf(await on(plain(`/views/pages${end}`)))).toBe('503 view-closed');
    expect(await refusalOf(await on(plain('/ready')))).toBe('503 not-ready');
    expect(await refusalOf(await on(plain('/health')))).toBe('200 answered');
    expect((await told(await on(plain('/views')))).json).toEqual({ views: [{ name: 'pages', version: null }] });
    expect(await refusalOf(await ask(plain('/ready')))).toBe('200 answered');
  });
  it('is an error of ours: told to the host, and to the client without a word of it', async () => {
    const errors: unknown[] = [];
    for (const [thrown, code] of [[new Error('ENOENT: /home-of-somebody/views/rows.ndjson'), 'internal'], [new MillraceError('view-corrupt', 'Row 5 of /var/lib/views is damaged.'), 'internal'], ['text', 'internal']] as const) {
      const on = responder({ pages: fake({ query: () => Promise.reject(thrown) }) }, { onError: error => void errors.push(error) });
      const { status, json } = await told(await on(plain('/views/pages/query?key=/')));
      expect([status, json]).toEqual([500, { error: { code, message: 'The answer failed.' } }]);
      expect(errors.at(-1)).toBe(thrown);
    }
    const on = responder({ pages: fake({ query: async () => ({ value: () => 1, version: 1, cut: [1], watermark: 5, complete: false, gaps: [] }) }) }, { onError: error => void errors.push(error) });
    expect(await refusalOf(await on(plain('/views/pages/query?key=/')))).toBe('500 not-plain');
  });
  it('is too much at once, or takes too long', async () => {
    const clock = virtualClock(0);
    let go: (() => void) | undefined;
    const on = responder({ pages: fake({ query: () => new Promise(resolve => (go = () => resolve({ value: 1, version: 1, cut: [1], watermark: 5, complete: false, gaps: [] }))) }) }, { clock, limits: { requests: 1, time: 100 } });
    const slow = on(plain('/views/pages/query?key=/'));
    expect(await refusalOf(await on(plain('/views/pages')))).toBe('429 busy');
    await clock.advance(100);
    expect(await refusalOf(await slow)).toBe('503 timeout');
    // The work goes on, and so keeps its place.
    expect(await refusalOf(await on(plain('/views/pages')))).toBe('429 busy');
    go?.();
    await clock.advance(1);
    expect(await refusalOf(await on(plain('/views/pages')))).toBe('200 answered');
    expect(await refusalOf(await on(plain(`/views/pages/query?key=${'a'.repeat(5_000)}`)))).toBe('414 limit');
  });
  it('is let go of, if it comes when nobody waits for it any more', async () => {
    const clock = virtualClock(0);
    let released = 0;
    let go: (() => void) | undefined;
    const late = new Promise<void>(resolve => (go = resolve));
    const pages = fake({
      async snapshot() {
        await late;
        return { ...views.pages, release: async () => void released++ };
      },
    });
    const on = responder({ pages }, { clock, limits: { streams: 1, time: 100 } });
    const slow = on(plain('/views/pages/entries', { headers: { accept: 'application/x-ndjson' } }));
    await clock.advance(100);
    expect(await refusalOf(await slow)).toBe('503 timeout');
    go?.();
    await clock.advance(1);
    expect(released).toBe(1);
    expect((await on(plain('/views/pages/changes')))?.status).toBe(200);
  });
});
