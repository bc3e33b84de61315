import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, collect, count, session, toArray, trigger, tumbling, type ConfigurationError, type DataError, type Late, type Rejected, type Time, type WindowResult, type WindowScope } from '../../src/index.js';
import { crashAfterEach, testing } from '../../src/testing/index.js';
import { errorOf, hasty, runAll, scripted, valuesOf } from '../operators/kit.js';

interface Event {
  readonly key: string;
  readonly at: Time;
}
const SIZE = 10;

/** Each key by its own clock, as a loop over an array. */
function oracle(events: readonly Event[], bound: number, disorder: number, maxBehind: number, lateness: number): { readonly counts: ReadonlyMap<string, number>; readonly late: readonly Event[] } {
  const own = new Map<string, Time>();
  const counts = new Map<string, number>();
  const late: Event[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (const event of events) {
    const clock = Math.max((own.get(event.key) ?? Number.NEGATIVE_INFINITY) - disorder, newest - bound - maxBehind);
    const start = Math.floor(event.at / SIZE) * SIZE;
    if (start + SIZE + lateness <= clock) late.push(event);
    else counts.set(`${event.key} ${start}`, (counts.get(`${event.key} ${start}`) ?? 0) + 1);
    own.set(event.key, Math.max(own.get(event.key) ?? Number.NEGATIVE_INFINITY, event.at));
    newest = Math.max(newest, event.at);
  }
  return { counts, late };
}
const events = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), at: fc.integer({ min: -30, max: 100 }) }), { maxLength: 50 });
const lastOf = (results: readonly WindowResult<string, number>[]): ReadonlyMap<string, number> => new Map(results.map(r => [`${r.key} ${r.window.start}`, r.value]));

describe('windows by a clock of their own', () => {
  it('each key its own: results and late records are those of a loop over arrays', () =>
    fc.assert(
      fc.asyncProperty(events, fc.nat(40), fc.nat(15), fc.constantFrom(0, 5, 25, 1_000), fc.constantFrom(0, 7), fc.boolean(), async (input, bound, disorder, maxBehind, lateness, plain) => {
        const late: Late<Event>[] = [];
        const windowed = Stream.from(input).timestamps(e => e.at, { disorder: bound }).keyBy(e => e.key).window(tumbling(SIZE), { scope: { by: 'key', disorder, maxBehind }, lateness, late: l => l.to(toArray(late)) });
        // With a trigger the windows are other machinery, whose results are the same.
        const results = await (async () => {
          const values: WindowResult<string, number>[] = [];
          await runAll(windowed.aggregate(count(), { name: 'w', ...(plain ? {} : { trigger: trigger.watermark({}) }) }).to(toArray(values)), hasty(), { budget: 1 });
          return values;
        })();
        const expected = oracle(input, bound, disorder, maxBehind, lateness);
        expect(lastOf(results)).toEqual(expected.counts);
        expect(late.map(l => l.value)).toEqual(expected.late);
      }),
      { numRuns: 150 },
    ));
  it('a fast key closes its windows, a slow one is not made late by it', async () => {
    const t = testing();
    const s = t.source<Event>('s');
    const out = t.collect(Stream.from<Event>(s).timestamps(e => e.at, { disorder: 1_000 }).keyBy(e => e.key).window(tumbling(10), { scope: { by: 'key' } }).aggregate(count()));
    const job = await t.run(out);
    for (const [key, at] of [['fast', 1], ['slow', 2], ['fast', 25], ['slow', 3]] as const) s.push({ key, at });
    await job.settle();
    expect(out.values.map(r => [r.key, r.window.start, r.value])).toEqual([['fast', 0, 1]]);
    s.push({ key: 'slow', at: 10 });
    await job.settle();
    expect(out.values.map(r => [r.key, r.window.start, r.value])).toEqual([['fast', 0, 1], ['slow', 0, 2]]);
    expect(job.why('aggregate', 'fast').open).toEqual([{ what: 'window [20, 30) (by the clock of its key)', until: 30 }]);
    await job.stop();
  });
  it('each split its own: one partition ahead makes nothing late in another', async () => {
    const t = testing();
    const s = t.source<Event>('s');
    const [p, q] = [s.split('p'), s.split('q')];
    const out = t.collect(Stream.from<Event>(s).timestamps(e => e.at, { disorder: 1_000 }).keyBy(e => e.key).window(tumbling(10), { scope: { by: 'split' } }).aggregate(count()));
    const job = await t.run(out);
    p.push({ key: 'a', at: 1 });
    q.push({ key: 'a', at: 2 });
    p.push({ key: 'b', at: 35 });
    q.push({ key: 'a', at: 3 });
    await job.settle();
    expect(out.values.map(r => [r.key, r.window.start, r.value])).toEqual([['a', 0, 1]]);
    q.push({ key: 'b', at: 11 });
    await job.settle();
    expect(out.values.map(r => [r.key, r.window.start, r.value])).toEqual([['a', 0, 1], ['a', 0, 2]]);
    s.end();
    await job.done;
    expect(out.values).toHaveLength(4);
  });
  it('sessions too, and crashes after every input change nothing', async () => {
    for (const scope of [{ by: 'key', maxBehind: 50 }, { by: 'split' }] satisfies WindowScope[]) {
      await crashAfterEach(
        t => t.collect(Stream.from<Event>(t.source<Event>('s'), { name: 's' }).timestamps(e => e.at, { disorder: 20 }).keyBy(e => e.key).window(session(10), { scope, lateness: 5 }).aggregate(collect<Event>(), { name: 'w' })),
        t => {
          const s = t.source<Event>('s');
          return [['a', 1], ['b', 3], ['a', 8], ['a', 40], ['b', 5], ['b', 60], ['c', 200], ['a', 41], ['c', 300]].map(([key, at]) => () => s.push({ key: String(key), at: Number(at) })).concat([() => s.end()]);
        },
      );
    }
  });
  it('a key whose windows are closed is forgotten when the stream has gone on', async () => {
    const t = testing();
    const s = t.source<Event>('s');
    const out = t.collect(Stream.from<Event>(s, { name: 's' }).timestamps(e => e.at).keyBy(e => e.key).window(tumbling(10), { scope: { by: 'key', maxBehind: 100 } }).aggregate(count(), { name: 'w' }));
    const job = await t.run(out);
    for (let i = 0; i < 300; i++) s.push({ key: `k${i}`, at: i * 10 });
    await job.settle();
    expect(job.why('w').buffered['domains']).toBeLessThan(15);
    expect(out.values.length).toBeGreaterThan(280);
    await job.checkpoint();
    await job.crash();
    expect(job.why('w').buffered['domains']).toBeLessThan(15);
    s.end();
    await job.done;
    expect(out.values).toHaveLength(300);
  });
  it('by split needs a split: below another keyed step that is an error of the record', async () => {
    const rejected: Rejected<unknown>[] = [];
    const source = Stream.from(scripted<Event>([[{ key: 'a', at: 1 }, { key: 'a', at: 100 }]])).timestamps(e => e.at);
    await runAll(source.window(tumbling(10)).aggregate(count()).window(tumbling(20), { scope: { by: 'split' } }).aggregate(count(), { onError: r => r.to(toArray(rejected)) }).to(toArray<unknown>([])));
    expect(rejected.map(r => (r.cause as DataError).code)).toEqual(['scope', 'scope']);
  });
  it('wrong options are told before anything runs', async () => {
    const scope = { by: 'all' as 'key', disorder: -1, maxBehind: 'long' as '1s' };
    const error = (await errorOf(valuesOf(Stream.from<Event>([]).timestamps(e => e.at).window(tumbling(10), { scope }).aggregate(count())))) as ConfigurationError;
    expect(error.problems).toHaveLength(3);
  });
});
