import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { ConfigurationError, Stream, calendar, collect, count, hopping, memory, run, sum } from 'millrace';
import { lmdb } from 'millrace/lmdb';
import { masterLog } from 'millrace/log';
import { lambda, type LambdaOptions, type ViewChange } from 'millrace/views';
import { HOUR, codeOf, hit, world, type Hit } from './kit.js';

const DAY = { from: 0, to: 24 * HOUR };

function setUp(options: Partial<LambdaOptions<Hit, string, number>> = {}) {
  const w = world();
  const build = (more: Partial<LambdaOptions<Hit, string, number>> = {}) =>
    lambda('hits', Stream.from(w.source, { name: 'in' }), { key: one => one.url, every: '1h', aggregate: sum((one: Hit) => one.n), log: masterLog('/log', { blockEvents: 4 }), folder: '/views', share: 1, ...options, ...more });
  return { ...w, build };
}

describe('a view', () => {
  it('answers one key, several, a series, keys in order, the largest, as of a version', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    push(hit('/b', 1, 2), hit('/a', 1, 5), hit('/b', 3, 4), hit('/c', 25, 9));
    await job.settle();
    const first = await finish(view.publish());
    expect(first.manifest).toMatchObject({ view: 'hits', version: 1, rows: 4, events: 4, skipped: 0 });
    expect(first.reconciled).toEqual({ rows: 4, differ: 0, largest: [] });
    push(hit('/b', 3, 10), hit('/d', 0, 1));
    await job.settle();
    expect(await finish(view.query('/b', DAY))).toMatchObject({ value: 16, version: 1, complete: false, gaps: [] });
    expect((await finish(view.query('/b', DAY, { asOf: 1 }))).value).toBe(6);
    expect((await finish(view.queryMany(['/a', '/b', '/x'], DAY))).value).toEqual([5, 16, 0]);
    expect((await finish(view.series('/b', DAY))).value).toEqual([{ from: HOUR, to: 2 * HOUR, value: 2 }, { from: 3 * HOUR, to: 4 * HOUR, value: 14 }]);
    const all = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
    const keys = async (asked: Parameters<typeof view.entries>[1]): Promise<readonly string[]> => (await finish(view.entries(all, asked))).value.map(({ key }) => key);
    expect([await keys({}), await keys({ limit: 2 }), await keys({ after: '/b' }), await keys({ keys: { from: '/b', to: '/d' } })]).toEqual([['/a', '/b', '/c', '/d'], ['/a', '/b'], ['/c', '/d'], ['/b', '/c']]);
    expect((await finish(view.top(2, DAY))).value).toEqual([{ key: '/b', value: 16 }, { key: '/a', value: 5 }]);
    await job.stop();
  });
  it('has the events of a granule in the order in which they came, on whatever side they are', async () => {
    const w = world();
    const view = lambda('list', Stream.from(w.source, { name: 'in' }), { key: one => one.url, every: '1h', aggregate: collect((one: Hit) => one.n), share: 1 });
    const job = await w.start(() => view.outputs);
    for (let n = 0; n < 6; n++) {
      w.push(hit('/', 1, n), hit('/', 0, 10 + n));
      await job.settle();
      if (n === 1 || n === 2) await w.finish(view.publish()); // so the last three are in segments of their own
      else await w.finish(view.snapshot());
    }
    expect((await w.finish(view.query('/', DAY))).value).toEqual([10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5]);
    await job.stop();
  });
  it('says whether an answer is complete, by the watermark', async () => {
    const { build, start, push, finish, source } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 1));
    source.watermark(2 * HOUR);
    await job.settle();
    expect([(await finish(view.query('/', { from: 0, to: 2 * HOUR }))).complete, (await finish(view.query('/', { from: 0, to: 3 * HOUR }))).complete]).toEqual([true, false]);
    await job.stop();
  });
  it('refuses a range that cuts a granule, unless it is told how to mend it', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 0, 1), hit('/', 1, 10), hit('/', 2, 100));
    await job.settle();
    const cut = { from: HOUR / 2, to: 2.5 * HOUR };
    expect(await codeOf(finish(view.query('/', cut)))).toBe('range');
    expect([(await finish(view.query('/', cut, { partial: 'outward' }))).value, (await finish(view.query('/', cut, { partial: 'inward' }))).value]).toEqual([111, 10]);
    for (const wrong of [{ from: 2 * HOUR, to: HOUR }, { from: Number.NaN, to: 0 }]) expect(await codeOf(finish(view.query('/', wrong)))).toBe('range');
    expect([await codeOf(finish(view.top(0, DAY))), await codeOf(finish(view.query('/', DAY, { asOf: 7 })))]).toEqual(['top', 'view-version']);
    expect(await codeOf(finish(view.query(Number.NaN as unknown as string, DAY)))).toBe('key');
    await job.stop();
  });
  it('has granules of the calendar', async () => {
    const { build, start, push, finish } = setUp();
    const view = build({ every: calendar('day', { timeZone: 'Europe/Berlin' }) });
    const job = await start(() => view.outputs);
    push(hit('/', 22, 1), hit('/', 23, 10)); // the day in Berlin begins at 23:00 UTC
    await job.settle();
    expect((await finish(view.series('/', { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }))).value).toEqual([{ from: -HOUR, to: 23 * HOUR, value: 1 }, { from: 23 * HOUR, to: 47 * HOUR, value: 10 }]);
    await job.stop();
  });
  it('tells of changes, and stops telling', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    const seen: ViewChange<string, number>[] = [];
    const subscription = view.changes().toObservable().subscribe(change => seen.push(change));
    await new Promise<void>(resolve => setImmediate(resolve));
    push(hit('/', 0, 1), hit('/', 0, 2));
    await job.settle();
    await finish(view.publish());
    await new Promise<void>(resolve => setImmediate(resolve));
    expect(seen.map(({ before, value, reason }) => [before, value, reason])).toEqual([[undefined, 1, 'event'], [1, 3, 'event']]);
    subscription.unsubscribe();
    await job.stop();
  });
  it('shares a log with others over the same events', async () => {
    const w = world();
    const events = Stream.from(w.source, { name: 'in' });
    const log = masterLog('/log');
    const hits = lambda('hits', events, { key: one => one.url, every: '1h', aggregate: count(), log, share: 1 });
    const weights = lambda('weights', events, { key: one => one.n, every: '1h', aggregate: sum((one: Hit) => one.n), log, share: 1, filter: one => one.url === '/' });
    const job = await w.start(() => [...hits.outputs, ...weights.outputs]);
    w.push(hit('/', 0, 2), hit('/a', 0, 2), hit('/', 1, 3));
    await job.settle();
    await w.finish(weights.publish());
    expect([(await w.finish(hits.query('/', DAY))).value, (await w.finish(weights.queryMany([2, 3], DAY))).value, (await w.finish(weights.versions())).map(({ events: read }) => read)]).toEqual([2, [2, 3], [3]]);
    expect(() => lambda('other', Stream.from([{ url: '/' }]), { key: one => one.url, every: '1h', aggregate: count(), log })).toThrow(/belongs to other events/);
    await job.stop();
  });
  it('is refused for options that cannot be, all at once', () => {
    const events = Stream.from([{ url: '/' }]);
    const wrong = (): unknown => lambda('a/b', events, { key: 'url', every: '-1h', aggregate: count(), onError: 'what', onCodeChange: 'maybe', share: 2, kee: 1, batch: { every: '0s', keep: 0 } } as never);
    let found: readonly string[] = [];
    try {
      wrong();
    } catch (error) {
      found = error instanceof ConfigurationError ? error.problems.map(({ what }) => what) : [];
    }
    for (const word of ['the name', '`key`', '`every`', '`onError`', '`onCodeChange`', '`share`', '`kee`', '`batch.every`', '`batch.keep`']) expect(found.join('\n')).toContain(word);
    expect(() => lambda('v', events, { key: e => e.url, every: hopping('2h', { every: '1h' }), aggregate: count() })).toThrow(/overlap/);
    expect(() => lambda('v', events, { key: e => e.url, every: '1h', aggregate: count(), folder: '/views' })).toThrow(/log that is in memory/);
    expect(() => lambda('v', events, undefined as never)).toThrow(ConfigurationError);
    expect(() => lambda('v', [1] as never, { key: () => 'a', every: '1h', aggregate: count() })).toThrow(/no stream/);
  });
  it('is not there before its job, and says so', async () => {
    const view = setUp().build();
    expect([await codeOf(view.query('/', DAY)), await codeOf(Promise.resolve().then(() => view.publish()))]).toEqual(['view-closed', 'view-closed']);
  });
});

describe('a view whose job has ended', () => {
  it('answers and publishes from memory, and says that state on a disk is closed', async () => {
    const hits = [hit('/', 0, 1), hit('/', 1, 2)];
    for (const [state, codes] of [[memory(), ['fine', 'fine']], [lmdb(await mkdtemp(join(inject('folder'), 'view-'))), ['view-closed', 'view-closed']]] as const) {
      const view = lambda('hits', Stream.from(hits, { name: 'in' }).timestamps(one => one.at, { name: 'times' }), { key: one => one.url, every: '1h', aggregate: count() });
      const job = await run([...view.outputs], { name: 'site', state, checkpoint: '1h' });
      await job.done;
      expect([await codeOf(view.query('/', DAY)), await codeOf(view.publish())]).toEqual(codes);
    }
  });
});

describe('code of users that throws', () => {
  const odd = (one: Hit): number => {
    if (one.n === 13) throw new Error('thirteen');
    return one.n;
  };
  it('fails the job, or is left out and counted on both sides', async () => {
    const { build, start, push } = setUp({ aggregate: sum(odd) });
    const failing = await start(() => build().outputs);
    push(hit('/', 0, 13));
    await expect(failing.done).rejects.toThrow(/thirteen/);

    const other = setUp({ aggregate: sum(odd), onError: 'skip' });
    const view = other.build();
    const job = await other.start(() => view.outputs);
    other.push(hit('/', 0, 1), hit('/', 0, 13), hit('/', 0, 2));
    await job.settle();
    expect([(await other.finish(view.query('/', DAY))).value, view.status().skipped]).toEqual([3, 1]);
    expect((await other.finish(view.publish())).manifest).toMatchObject({ events: 3, skipped: 1, rows: 1 });
    expect((await other.finish(view.query('/', DAY))).value).toBe(3);
    await job.stop();
  });
  it('an event that cannot be kept is an error of its record', async () => {
    const { build, start, source } = setUp();
    const job = await start(() => build().outputs);
    source.push({ url: '/', at: 0, n: 1, f: () => 1 } as unknown as Hit, 0);
    await expect(job.done).rejects.toThrow(/\.f is a function/);
  });
});

describe('a view that is started again', () => {
  it('goes on where it was, from what is on the disk', async () => {
    const { build, start, push, finish } = setUp();
    let view = build();
    const job = await start(() => (view = build()).outputs);
    push(hit('/', 0, 1), hit('/', 1, 2));
    await job.settle();
    await finish(view.publish());
    push(hit('/', 1, 4));
    await job.crash();
    await job.settle();
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 7, version: 1, gaps: [] });
    await job.stop();
  });
  it('before its first checkpoint begins anew, whatever of the log is on the disk', async () => {
    const { build, start, push, finish } = setUp();
    let view = build();
    const job = await start(() => (view = build()).outputs);
    // More than is kept in memory before it is synced unasked.
    push(...Array.from({ length: 300 }, (_, i) => ({ ...hit('/', 0), text: `${i}`.repeat(2_000) })));
    await job.settle();
    await job.crash();
    await job.settle();
    expect((await finish(view.query('/', DAY))).value).toBe(300);
    await finish(view.publish());
    expect((await finish(view.query('/', DAY))).value).toBe(300);
    await job.stop();
  });
  it('without the state that knows its log is refused, or goes on behind it with a gap until it is published', async () => {
    const { build, start, push, finish } = setUp();
    const job = await start(() => build().outputs);
    push(hit('/', 0, 1));
    await job.settle();
    await job.stop();
    expect(await codeOf(start(() => build().outputs, { state: memory() }))).toBe('log-without-state');
    const view = build({ rebuild: true });
    const again = await start(() => view.outputs, { state: memory() });
    await again.settle();
    // The source of the test begins anew; a queue would not.
    expect((await finish(view.query('/', DAY))).gaps).toHaveLength(1);
    await finish(view.publish());
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 2, gaps: [] });
    await again.stop();
  });
  it('with other code is refused, taken over, or computed anew while the old numbers answer', async () => {
    const { build, start, push, finish } = setUp();
    let view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 0, 1), hit('/', 0, -1));
    await job.settle();
    await finish(view.publish());
    await job.stop();
    const filter = (one: Hit): boolean => one.n > 0;
    expect(await codeOf(start(() => build({ filter }).outputs))).toBe('view-code');
    const warned = await start(() => (view = build({ filter, onCodeChange: 'warn' })).outputs);
    expect((await finish(view.query('/', DAY))).value).toBe(0);
    await warned.stop();
    // Back again, and computed anew this time.
    const shadowed = await start(() => (view = build({ filter, revision: 2, onCodeChange: 'shadow' })).outputs);
    const before = await finish(view.query('/', DAY));
    expect([0, 1]).toContain(before.value);
    await shadowed.settle();
    await finish(view.publish());
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 1, gaps: [] });
    await shadowed.stop();
  });
  it('keeps what was published when a publication is stopped in the middle', async () => {
    const { build, start, push, finish } = setUp();
    let view = build();
    const job = await start(() => (view = build()).outputs);
    push(hit('/', 0, 1));
    await job.settle();
    await finish(view.publish());
    push(hit('/', 0, 2));
    await job.settle();
    const half = codeOf(view.publish());
    await job.crash();
    await job.settle();
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 3, gaps: [] });
    await finish(view.publish());
    expect((await finish(view.query('/', DAY))).value).toBe(3);
    void half;
    await job.stop();
  });
});

describe('versions', () => {
  it('are kept, gone back to, and given up', async () => {
    const { build, start, push, finish, disk } = setUp({ batch: { keep: 2 } });
    const view = build();
    const job = await start(() => view.outputs);
    for (let n = 1; n <= 4; n++) {
      push(hit('/', 0, n));
      await job.settle();
      await finish(view.publish());
    }
    expect((await finish(view.versions())).map(({ version }) => version)).toEqual([3, 4]);
    await finish(view.rollback(3));
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 10, version: 3, gaps: [] });
    expect(await codeOf(finish(view.rollback(1)))).toBe('view-version');
    // A snapshot holds what it reads.
    const snapshot = await finish(view.snapshot());
    for (let n = 0; n < 3; n++) {
      push(hit('/', 0, 100));
      await job.settle();
      await finish(view.publish());
    }
    expect([(await finish(snapshot.query('/', DAY))).value, (await finish(view.query('/', DAY))).value]).toEqual([10, 310]);
    await finish(snapshot.release());
    expect((await finish(view.versions())).map(({ version }) => version)).toEqual([6, 7]);
    expect(view.status().segments).toBe(2);
    expect([...disk.texts('/views').keys()].filter(path => path.endsWith('rows.ndjson'))).toHaveLength(2);
    await job.stop();
  });
  it('a snapshot cuts the speed view, and puts it together again when it is released', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 0, 1));
    await job.settle();
    const snapshots = [await finish(view.snapshot()), await finish(view.snapshot())];
    push(hit('/', 0, 2), hit('/a', 0, 4));
    await job.settle();
    expect([(await finish(snapshots[0]?.query('/', DAY) ?? Promise.reject(new Error('none')))).value, view.status().segments]).toEqual([1, 2]);
    for (const snapshot of [...snapshots, ...snapshots]) await finish(snapshot.release());
    expect([(await finish(view.queryMany(['/', '/a'], DAY))).value, view.status().segments]).toEqual([[3, 4], 1]);
    await job.stop();
  });
  it('that are damaged are refused, and published anew', async () => {
    const { build, start, push, finish, disk } = setUp();
    let view = build();
    const job = await start(() => (view = build()).outputs);
    push(hit('/', 0, 1));
    await job.settle();
    await finish(view.publish());
    disk.edit('/views/version-0000000001/rows.ndjson', bytes => bytes.map((byte, i) => (i === 3 ? byte ^ 1 : byte)));
    await job.crash();
    await job.settle();
    const answer = await finish(view.query('/', DAY));
    // The job's checkpoint was taken before the speed view let go of what the version has.
    expect([answer.version, answer.value, answer.gaps, view.status().lastError]).toEqual([0, 1, [], expect.objectContaining({ code: 'view-damaged' })]);
    await finish(view.publish());
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 1, version: 2, gaps: [] });
    // With an earlier one there is no gap.
    push(hit('/', 0, 2));
    await job.settle();
    await finish(view.publish());
    disk.edit('/views/version-0000000003/rows.ndjson', () => new Uint8Array());
    await job.crash();
    await job.settle();
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 3, version: 2, gaps: [] });
    await job.stop();
  });
  it('gives a snapshot that is asked for at any moment of the job\'s end', async () => {
    for (let turns = 0; turns < 80; turns++) {
      const { source, push, finish, start } = world();
      const view = lambda('hits', Stream.from(source, { name: 'in' }), { key: (one: Hit) => one.url, every: '1h', aggregate: count() });
      const job = await start(() => view.outputs);
      push(hit('/', 0), hit('/', 1));
      await job.settle();
      source.end();
      for (let i = 0; i < turns; i++) await Promise.resolve();
      const snapshot = await finish(view.snapshot());
      expect((await finish(snapshot.query('/', DAY))).value, `after ${turns} turns`).toBe(2);
      await finish(snapshot.release());
      await job.done;
    }
  });
});
