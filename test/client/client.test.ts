/** The client against a real server: what a view answers here, it answers there. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { Stream, collect, countBy, max, run, type Key } from 'millrace';
import { ViewError, client, type Client } from 'millrace/client';
import { serve, type Serving } from 'millrace/serve';
import { kappa, lambda, type Answer, type Entry, type Point, type View } from 'millrace/views';
import { HITS, HOUR, pageViews, type Hit } from '../serve/kit.js';

async function odd() {
  const { pages, byPair } = await pageViews();
  const hits = (name: string): Stream<Hit> => Stream.from(HITS, { name }).timestamps(hit => hit.at);
  const big = kappa('big', hits('h1'), { key: hit => BigInt(hit.ms), every: '1h', aggregate: collect() });
  const yes = lambda('yes', hits('h2'), { key: hit => hit.ms > 5, every: '1h', aggregate: countBy((hit: Hit) => hit.url) });
  const most = lambda('most', hits('h3'), { key: hit => hit.ms, every: '1h', aggregate: max((hit: Hit) => (hit.ms > 5 ? hit.ms : Number.NEGATIVE_INFINITY)) });
  const job = await run([...big.outputs, ...yes.outputs, ...most.outputs], { name: 'odd' });
  await job.done;
  return { pages, byPair, big, yes, most };
}

type Views = Awaited<ReturnType<typeof odd>>;
let views: Views;
let server: Serving;
let remote: Client<Views>;
beforeAll(async () => {
  views = await odd();
  server = await serve(views, { port: 0, by: { byPair: value => value.hits, big: list => list.length, yes: counts => Object.keys(counts).length }, limits: { rows: 3 } });
  remote = client<Views>(server.url);
});
afterAll(() => server.close());

const ALL = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const code = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(() => 'answered', (cause: unknown) => cause);
  return error instanceof ViewError ? `${error.status} ${error.code}` : String(error);
};

describe('a client', () => {
  it('has the types of the views', () => {
    expectTypeOf(remote.pages.query).parameter(0).toEqualTypeOf<string>();
    expectTypeOf(remote.pages.query).returns.toEqualTypeOf<Promise<Answer<number>>>();
    expectTypeOf(remote.byPair.query).parameter(0).toEqualTypeOf<readonly [string, number]>();
    expectTypeOf(remote.byPair.series).returns.toEqualTypeOf<Promise<Answer<readonly Point<{ readonly hits: number; readonly ms: number }>[]>>>();
    expectTypeOf(remote.big.entries).returns.toEqualTypeOf<Promise<Answer<readonly Entry<bigint, readonly Hit[]>[]>>>();
    // @ts-expect-error there is no such view
    void remote.nothing;
    // @ts-expect-error its keys are texts
    void (() => remote.pages.query(7, ALL));
  });
  const cases: readonly (readonly [name: keyof Views, keys: readonly Key[]])[] = [['pages', ['/', 'nobody', '7', 'ü&=+ #?/%']], ['byPair', [['/', 9], ['/', 5]]], ['big', [5n, -1n]], ['yes', [true, false]], ['most', [1, 7, -0, Number.POSITIVE_INFINITY]]];
  it.each(cases)('answers as %s does', async (name, keys) => {
    const [here, there] = [views[name] as View<Key, unknown>, remote[name] as Client<{ any: View<Key, unknown> }>['any']];
    for (const key of keys) {
      expect(await there.query(key, ALL)).toEqual(await here.query(key, ALL));
      expect(await there.series(key, ALL)).toEqual(await here.series(key, ALL));
    }
    expect(await there.queryMany(keys, { from: 0, to: HOUR })).toEqual(await here.queryMany(keys, { from: 0, to: HOUR }));
    const all = (await here.entries(ALL)).value;
    const first = all[0]?.key;
    expect((await there.entries(ALL, { limit: 3 })).value).toEqual(all.slice(0, 3));
    if (first !== undefined) expect(await there.entries(ALL, { after: first, keys: { from: first }, limit: 2 })).toEqual(await here.entries(ALL, { after: first, keys: { from: first }, limit: 2 }));
    const rows: unknown[] = [];
    for await (const row of there.each(ALL)) rows.push(row);
    expect(rows).toEqual(all);
    const by = name === 'pages' || name === 'most' ? undefined : (value: unknown): number => (Array.isArray(value) ? value.length : name === 'yes' ? Object.keys(value as object).length : (value as { hits: number }).hits);
    expect(await there.top(2, ALL, { partial: 'outward' })).toEqual(await here.top(2, ALL, { by }));
    const { lastError, name: _, ...status } = here.status();
    expect(await there.status()).toEqual({ ...status, name, failing: lastError !== undefined });
  });
  it('throws what the server refuses, with its code', async () => {
    expect(await code(remote.pages.query('/', { from: 1, to: 2 }))).toBe('400 range');
    expect(await code(remote.pages.query('/', ALL, { asOf: 9 }))).toBe('404 view-version');
    expect(await code(remote.pages.entries(ALL, { limit: 4 }))).toBe('400 limit');
    expect(await code((remote as unknown as Client<{ no: View<string, number> }>).no.query('/', ALL))).toBe('404 unknown-view');
    expect(await code(remote.pages.query('x'.repeat(5_000), ALL))).toBe('414 limit');
    expect(await code(client<Views>(`${server.url}/elsewhere`).pages.query('/', ALL))).toBe('404 not-found');
  });
  it('throws what is no answer, and that nobody answers', async () => {
    const saying = (text: string, status = 200): Client<Views> => client<Views>(server.url, { fetch: async () => new Response(text, { status }) });
    expect(await code(saying('<html>').pages.query('/', ALL))).toBe('200 response');
    expect(await code(saying('<html>', 502).pages.query('/', ALL))).toBe('502 response');
    expect(await code(saying('{"value":{"$evil":1}}').pages.query('/', ALL))).toBe('200 response');
    const read = async (remoteViews: Client<Views>): Promise<void> => {
      for await (const _ of remoteViews.pages.each(ALL)) continue;
    };
    expect(await code(read(saying('{"answer":{}}\n{"key":"a","value":1}\n')))).toBe('200 connection');
    expect(await code(read(saying('{"answer":{}}\n{"error":{"code":"internal","message":"no"}}\n')))).toBe('200 internal');
    expect(await code(read(saying('{"answer":{}}\n{"end":{"rows":0}}\n')))).toBe('answered');
    const gone = await serve(views, { port: 0 });
    await gone.close();
    expect(await code(client<Views>(gone.url).pages.query('/', ALL))).toBe('0 connection');
  });
  it('is no promise, asks with its headers, and stops when told', async () => {
    expect(await Promise.resolve(remote)).toBe(remote);
    const seen: (string | null)[] = [];
    const asking = client<Views>(`${server.url}/`, { headers: async () => ({ authorization: `Bearer ${seen.length}` }), fetch: (url, init) => (seen.push(new Headers(init?.headers).get('authorization')), fetch(url, init)) });
    await asking.pages.query('/', ALL);
    await asking.pages.query('/', ALL);
    expect(seen).toEqual(['Bearer 0', 'Bearer 1']);
    await expect(remote.pages.query('/', ALL, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    const stop = new AbortController();
    const work = (async () => {
      for await (const _ of remote.pages.changes({ signal: stop.signal })) continue;
    })();
    stop.abort(new Error('enough'));
    await expect(work).rejects.toThrow('enough');
  });
  it('reads changes in whatever pieces they come', async () => {
    const events = `retry: 3000\n\n: here\n\nevent: change\ndata: {"key":"ü","from":0,"to":1,"value":{"$bigint":"5"},"before":{"$undefined":true},"reason":"event","version":0}\n\nevent: other\ndata: {}\n\nevent: change\r\ndata: {"key":"b"}\r\n\r\n`;
    const bytes = new TextEncoder().encode(events);
    for (const size of [1, 7, 1_000]) {
      const body = (): ReadableStream<Uint8Array> => {
        let sent = 0;
        return new ReadableStream({ pull: controller => (sent < bytes.length ? controller.enqueue(bytes.slice(sent, (sent += size))) : controller.close()) });
      };
      const found: unknown[] = [];
      for await (const change of client<Views>(server.url, { fetch: async () => new Response(body()) }).pages.changes({ keys: ['ü', 'b'] })) found.push(change);
      expect(found).toEqual([{ key: 'ü', from: 0, to: 1, value: 5n, before: undefined, reason: 'event', version: 0 }, { key: 'b' }]);
    }
  });
  it('leaves the stream when the loop is left', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({ pull: controller => controller.enqueue(new TextEncoder().encode('event: change\ndata: {"key":"a"}\n\n')), cancel: () => void (cancelled = true) });
    for await (const change of client<Views>(server.url, { fetch: async () => new Response(body) }).pages.changes()) {
      expect(change).toEqual({ key: 'a' });
      break;
    }
    expect(cancelled).toBe(true);
  });
  it('is a small module without anything of Node or of packages, and reads bytes without a Buffer', async () => {
    const { outputFiles, metafile } = await build({ entryPoints: [fileURLToPath(new URL('../../src/client/index.ts', import.meta.url))], bundle: true, minify: true, write: false, metafile: true, format: 'esm', platform: 'browser', target: 'es2022' });
    expect(Object.keys(metafile.inputs).filter(path => path.includes('node_modules'))).toEqual([]);
    expect(outputFiles[0]?.contents.length).toBeLessThan(16_384);
    const { fromTagged } = await import('../../src/core/tagged.js');
    const kept = globalThis.Buffer;
    try {
      Reflect.deleteProperty(globalThis, 'Buffer');
      expect(fromTagged({ $bytes: 'AQID', of: 'Uint8Array' })).toEqual(new Uint8Array([1, 2, 3]));
    } finally {
      globalThis.Buffer = kept;
    }
  });
});
