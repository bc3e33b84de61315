/** Logs that do not retain everything: views answer the same, and say so where they cannot. */
import { describe, expect, it } from 'vitest';
import { Stream, sum } from 'millrace';
import { masterLog } from 'millrace/log';
import { kappa, lambda } from 'millrace/views';
import type { MasterLog } from '../../src/core/master-log.js';
import { HOUR, codeOf, hit, world, type Hit } from './kit.js';

const DAY = { from: 0, to: 24 * HOUR };

function setUp(retain: { readonly bytes?: number; readonly age?: '1h' } = { bytes: 0 }) {
  const w = world();
  const logOf = () => masterLog('/log', { blockEvents: 2, segmentBytes: 200, retain });
  const options = { key: (one: Hit) => one.url, every: '1h', aggregate: sum((one: Hit) => one.n), share: 1, folder: '/views' } as const;
  const events = () => Stream.from(w.source, { name: 'in' });
  const build = (more = {}) => lambda('hits', events(), { ...options, log: logOf(), batch: { keep: 2 }, ...more });
  const segments = (): readonly number[] => [...w.disk.texts('/log/0').keys()].flatMap(name => (name.endsWith('.log') ? [Number(name.slice(0, 16))] : [])).sort((a, b) => a - b);
  return { ...w, build, segments, events, options, logOf };
}
/** Rounds of events, each behind the one before, with a checkpoint: segments are begun where the disk was synced. */
async function rounds({ push }: { push(...hits: readonly Hit[]): void }, job: { settle(): Promise<unknown>; checkpoint(): Promise<unknown> }, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    push(...Array.from({ length: 8 }, (_, i) => hit(`/${i % 3}`, n % 20)));
    await job.settle();
    await job.checkpoint();
  }
}

describe('a log that retains only what is needed', () => {
  it('has nothing below the oldest version that is kept, and answers as before, also after a crash', async () => {
    const w = setUp();
    let view = w.build();
    const job = await w.start(() => (view = w.build()).outputs);
    await rounds(w, job, 0, 10);
    expect(w.segments()[0]).toBe(0);
    for (let n = 1; n <= 4; n++) {
      await w.finish(view.publish());
      await rounds(w, job, 10 * n, 10 * n + 10);
    }
    const oldest = (await w.finish(view.versions()))[0]?.cut[0] ?? 0;
    const [first = 0, second = 0] = w.segments();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(oldest);
    // No segment is left that lies wholly below.
    expect(second).toBeGreaterThan(oldest);
    const answer = { value: 50 * 3, gaps: [] };
    expect(await w.finish(view.query('/0', DAY))).toMatchObject(answer);
    // It cannot begin at the beginning any more, and builds on the version there is.
    expect((await w.finish(view.publish())).reconciled).toMatchObject({ differ: 0 });
    expect(await w.finish(view.query('/0', DAY))).toMatchObject(answer);
    await job.crash();
    await job.settle();
    expect(await w.finish(view.query('/0', DAY))).toMatchObject(answer);
    // Attempts to begin at the beginning have used numbers up.
    await w.finish(view.rollback((await w.finish(view.versions()))[0]?.version ?? 0));
    expect(await w.finish(view.query('/0', DAY))).toMatchObject(answer);
    expect((await w.finish(view.publish())).reconciled).toMatchObject({ differ: 0 });
    await job.stop();
  });
  it('says what is missing when no version is left that has what was removed', async () => {
    const w = setUp();
    let view = w.build();
    const job = await w.start(() => (view = w.build()).outputs);
    await rounds(w, job, 0, 10);
    await w.finish(view.publish());
    await rounds(w, job, 10, 12);
    for (const name of ['/views/version-0000000001/rows.ndjson']) w.disk.edit(name, () => new Uint8Array());
    await job.crash();
    await job.settle();
    const { gaps, version, complete } = await w.finish(view.query('/0', DAY));
    expect([gaps.map(({ reason, from }) => [reason, from]), version, complete]).toEqual([[['speed', [0]]], 0, false]);
    await expect(w.finish(view.publish())).rejects.toThrow(/no record 0; its oldest is [1-9]/);
    await job.stop();
  });
  it('is not trimmed below what another view over it needs', async () => {
    const w = setUp();
    const log = w.logOf();
    const events = w.events();
    const one = lambda('one', events, { ...w.options, log });
    const other = lambda('other', events, { ...w.options, log, folder: '/others' });
    const job = await w.start(() => [...one.outputs, ...other.outputs]);
    await rounds(w, job, 0, 10);
    await w.finish(one.publish());
    await rounds(w, job, 10, 12);
    expect(w.segments()[0]).toBe(0);
    await w.finish(other.publish());
    await rounds(w, job, 12, 14);
    expect(w.segments()[0]).toBeGreaterThan(0);
    expect([(await w.finish(one.query('/0', DAY))).value, (await w.finish(other.query('/0', DAY))).value]).toEqual([42, 42]);
    // The log goes back to where the version of each ends.
    for (const view of [one, other]) expect((await w.finish(view.publish({ incremental: true }))).reconciled).toMatchObject({ differ: 0 });
    await job.stop();
  });
});

describe('a log with limits', () => {
  it('of bytes keeps that many of what is not needed; of age, what is younger', async () => {
    const sizes: number[] = [];
    for (const retain of [{ bytes: 1_500 }, { bytes: 0 }] as const) {
      const w = setUp(retain);
      const view = w.build({ batch: { keep: 1 } });
      const job = await w.start(() => view.outputs);
      await rounds(w, job, 0, 30);
      await w.finish(view.publish());
      await rounds(w, job, 30, 31);
      sizes.push([...w.disk.texts('/log/0')].reduce((sum, [name, bytes]) => sum + (name.endsWith('.log') ? bytes.length : 0), 0));
      await job.stop();
    }
    expect(sizes[0]).toBeGreaterThan(1_000);
    expect(sizes[0]).toBeLessThanOrEqual(2_500);
    expect(sizes[1]).toBeLessThan(1_000);
    expect(() => masterLog('/log', { retain: { age: 'soon', byte: 1 } } as never)).toThrow(/2 problems/);
  });
  it('is replayed from where it begins, and not from before', async () => {
    const w = setUp();
    const view = kappa('hits', w.events(), { ...w.options, log: w.logOf() });
    const job = await w.start(() => view.outputs);
    await rounds(w, job, 0, 10);
    await rounds(w, job, 10, 11);
    const [first = 0] = w.segments();
    expect(first).toBeGreaterThan(0);
    await expect(w.finish(view.replay({ revision: 1 }).caughtUp)).rejects.toThrow(new RegExp(`no record 0; its oldest is ${first}`));
    expect(await codeOf(w.finish(view.replay({ revision: 2 }, { from: [first - 1] }).caughtUp))).toBe('log-missing');
    const next = view.replay({ revision: 3 }, { from: [first] });
    await w.finish(next.caughtUp);
    expect((await w.finish(next.shadow.query('/0', DAY))).gaps).toEqual([{ reason: 'speed', from: [0], to: [first] }]);
    expect(await w.finish(view.query('/0', DAY))).toMatchObject({ value: 33, gaps: [] });
    await job.stop();
  });
  it('survives a power loss between any two removals', async () => {
    for (let n = 1; n <= 6; n++) {
      const w = setUp();
      let view = w.build();
      const job = await w.start(() => (view = w.build()).outputs);
      await rounds(w, job, 0, 8);
      await w.finish(view.publish());
      for (let i = 0; i < n; i++) await Promise.resolve();
      w.disk.powerLoss();
      await job.crash();
      await job.settle();
      await rounds(w, job, 8, 9);
      expect(await w.finish(view.query('/0', DAY))).toMatchObject({ value: 27, gaps: [] });
      const starts = w.segments();
      expect(starts.every((start, i) => i === 0 || start > (starts[i - 1] ?? 0))).toBe(true);
      await w.finish(view.publish());
      expect(await w.finish(view.query('/0', DAY))).toMatchObject({ value: 27, gaps: [] });
      await job.stop();
    }
  });
  it('keeps what came behind the last checkpoint, and says when nothing can be removed', async () => {
    const w = setUp();
    const real = w.logOf();
    const asked: (readonly number[])[] = [];
    let broken = true;
    const log: MasterLog = {
      ...real,
      async open(environment, from) {
        const writer = await real.open(environment, from);
        const trim = async (before: readonly number[]): Promise<void> => {
          asked.push([...before]);
          if (broken) throw new Error('the disk is read-only');
          await writer.trim?.(before);
        };
        return new Proxy(writer, { get: (of, name) => (name === 'trim' ? trim : (Reflect.get(of, name) as unknown)) });
      },
    };
    const view = kappa('hits', w.events(), { ...w.options, log });
    const job = await w.start(() => view.outputs);
    await rounds(w, job, 0, 3);
    expect(view.status().lastError).toMatchObject({ message: 'the disk is read-only' });
    w.push(hit('/', 1), hit('/', 1), hit('/', 1), hit('/', 1));
    await job.settle();
    // Of all it might let go of, that of the last checkpoint: 4 blocks a round.
    expect(asked.at(-1)).toEqual([12]);
    broken = false;
    await job.checkpoint();
    expect([view.status().lastError, asked.at(-1)]).toEqual([undefined, [14]]);
    await job.stop();
  });
});
