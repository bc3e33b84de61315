import { describe, expect, it } from 'vitest';
import { Stream, count, sum, type Aggregate } from 'millrace';
import { masterLog } from 'millrace/log';
import { kappa } from 'millrace/views';
import { HOUR, codeOf, hit, world, type Hit } from './kit.js';

const DAY = { from: 0, to: 24 * HOUR };

function setUp() {
  const w = world();
  const build = (more: { readonly filter?: (one: Hit) => boolean; readonly revision?: number } = {}) =>
    kappa('hits', Stream.from(w.source, { name: 'in' }), { key: one => one.url, every: '1h', aggregate: sum((one: Hit) => one.n), log: masterLog('/log', { blockEvents: 4 }), folder: '/views', share: 1, ...more });
  return { ...w, build };
}
const positive = { filter: (one: Hit): boolean => one.n > 0 };

describe('a replay', () => {
  it('computes changed code beside the old one, compares, swaps, goes back, and forgets', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 0, 5), hit('/', 0, -2), hit('/a', 1, 1));
    await job.settle();
    const next = view.replay(positive);
    push(hit('/', 0, -1)); // while it catches up
    await finish(next.caughtUp);
    push(hit('/', 2, -4), hit('/', 2, 6));
    await job.settle();
    expect([(await finish(view.query('/', DAY))).value, (await finish(next.shadow.query('/', DAY))).value]).toEqual([4, 11]);
    expect(await finish(next.diff())).toEqual({ rows: 3, differ: 2, largest: [{ key: '/', from: 2 * HOUR, before: 2, after: 6 }, { key: '/', from: 0, before: 2, after: 5 }] });
    await finish(next.swap());
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 11, gaps: [] });
    push(hit('/', 3, -100));
    await job.settle();
    await finish(next.rollback());
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: -96, gaps: [] });
    expect(await codeOf(finish(next.retire()))).toBe('view-code');
    await finish(next.swap());
    await finish(next.retire());
    expect(await finish(view.query('/', DAY))).toMatchObject({ value: 11, gaps: [] });
    expect(await codeOf(finish(next.rollback()))).toBe('view-code');
    expect(await codeOf(finish(view.replay(positive).caughtUp))).toBe('view-code');
    await job.stop();
  });
  it('knows an aggregate by the functions in it, not by its name alone', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 0, 5));
    await job.settle();
    expect(await codeOf(finish(view.replay({ aggregate: sum((one: Hit) => one.n) }).caughtUp))).toBe('view-code');
    const next = view.replay({ aggregate: sum((one: Hit) => 2 * one.n) });
    await finish(next.caughtUp);
    expect(await finish(next.diff())).toMatchObject({ rows: 1, differ: 1 });
    await finish(next.swap());
    expect((await finish(view.query('/', DAY))).value).toBe(10);
    await job.stop();
  });
  it('of other keys, granules and aggregates', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 0, 5), hit('/', 1, 7), hit('/a', 1, 5));
    await job.settle();
    const next = view.replay({ key: one => String(one.n), every: '1d', aggregate: count() as Aggregate<Hit, unknown, number> });
    await finish(next.caughtUp);
    push(hit('/', 1, 7));
    await job.settle();
    expect((await finish(next.shadow.entries(DAY))).value).toEqual([{ key: '5', value: 2 }, { key: '7', value: 2 }]);
    await job.stop();
  });
  it('that is swapped in is what a job with the new code goes on with; one with the old code is refused', async () => {
    const { build, start, push, finish } = setUp();
    let view = build();
    const job = await start(() => view.outputs);
    push(hit('/', 0, 5), hit('/', 0, -2));
    await job.settle();
    const next = view.replay(positive);
    await finish(next.caughtUp);
    await finish(next.swap());
    await job.stop();
    const old = await start(() => (view = build()).outputs);
    expect(await codeOf(finish(view.query('/', DAY)))).toBe('view-code');
    await old.stop();
    const again = await start(() => (view = build(positive)).outputs);
    push(hit('/', 0, 1));
    await again.settle();
    const answer = await finish(view.query('/', DAY));
    // The job with the old code has counted nothing for it meanwhile, and nothing came.
    expect([answer.value, answer.gaps]).toEqual([6, []]);
    await again.stop();
  });
  it('that throws, at once or later, does not fail the job', async () => {
    const { build, start, push, finish } = setUp();
    const view = build();
    const job = await start(() => view.outputs);
    const odd = (one: Hit): string => {
      if (one.n === 13) throw new Error('thirteen');
      return one.url;
    };
    push(hit('/', 0, 5));
    await job.settle();
    const next = view.replay({ key: odd });
    await finish(next.caughtUp);
    push(hit('/', 0, 13), hit('/', 0, 1));
    await job.settle();
    expect((await finish(view.query('/', DAY))).value).toBe(19);
    expect([await codeOf(finish(next.swap())), await codeOf(finish(next.diff()))]).toEqual(['view-code', 'view-code']);
    const other = view.replay({ key: odd, revision: 2 });
    await expect(finish(other.caughtUp)).rejects.toThrow('thirteen');
    expect((await finish(view.query('/', DAY))).value).toBe(19);
    expect(() => view.replay({ every: '0s' })).toThrow(/`every`/);
    await job.stop();
  });
});
