import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, type, unchanged, withTtl, type Domain } from '../../src/index.js';
import { crashAfterEach, testing, type Testing } from '../../src/testing/index.js';
import { errorOf, valuesOf } from './kit.js';

interface Op { readonly k: string; readonly write?: string }
const asked = type<string | null>();
interface How { readonly domain: Domain; readonly refresh?: 'write' | 'read-write' }

/** Keyed access: a write sets, anything else reads and says what it saw. */
const cell = (stream: Stream<Op>, { domain, refresh }: How, onExpire?: (value: string) => void) =>
  stream.keyBy(op => op.k).process(
    withTtl(
      {
        name: 'cell', emits: asked, init: (): { value: string | null } => ({ value: null }),
        onData(s, op, c) {
          if (op.write !== undefined) return { value: op.write };
          c.emit(s.value);
          return unchanged;
        },
      },
      { after: 100, domain, ...(refresh === undefined ? {} : { refresh }), onExpire: (s, c) => { onExpire?.(`${c.key} ${s.value} ${c.time}`); } },
    ),
  );

/** What Flink's tests of TTL do: the clock, writes, reads. */
async function flink(script: readonly (number | readonly [string, string?] | 'snapshot' | 'restore')[], refresh: 'write' | 'read-write' = 'write') {
  const t = testing();
  const source = t.source<Op>('ops');
  const seen = t.collect(cell(Stream.from(source), { domain: 'processing', refresh }));
  const job = await t.run(seen);
  let now = 0;
  for (const step of script) {
    if (typeof step === 'number') {
      await job.advance(step - now);
      now = step;
    } else if (step === 'snapshot') await job.checkpoint();
    else if (step === 'restore') await job.crash();
    else source.push(step[1] === undefined ? { k: step[0] } : { k: step[0], write: step[1] }, 0);
    await job.settle();
  }
  await job.stop();
  return seen.values;
}

describe('withTtl', () => {
  it('processing time, refreshed by writes', async () => {
    expect(await flink([0, ['k', 'v1'], 20, ['k'], 50, ['k', 'v2'], 120, ['k'], 170, ['k', 'v3'], 220, ['k'], 300, ['k']])).toEqual(['v1', 'v2', 'v3', null]);
  });
  it('is per key', async () => {
    expect(await flink([0, ['2', 'v1'], 50, ['1', 'v1'], ['2', 'v2'], 120, ['1'], ['2'], 170, ['2', 'v3'], 230, ['1'], ['2'], 300, ['1'], ['2']])).toEqual(['v1', 'v2', null, 'v3', null, null]);
  });
  it('refreshed by reads too', async () => {
    expect(await flink([0, ['k', 'v'], 60, ['k'], 130, ['k'], 229, ['k'], 329, ['k']], 'read-write')).toEqual(['v', 'v', 'v', null]);
    expect(await flink([0, ['k', 'v'], 60, ['k'], 99, ['k'], 100, ['k']], 'write')).toEqual(['v', 'v', null]);
  });
  it('what was touched when is in the checkpoint', async () => {
    expect(await flink([0, ['a', 'v1'], 50, ['a', 'v2'], 90, ['b', 'v1'], 'snapshot', 120, 160, ['a'], ['b'], 'restore', 180, ['b'], 190, ['b']])).toEqual([null, 'v1', 'v1', null]);
  });
  it('a read does not make a key', async () => {
    const t = testing();
    const source = t.source<Op>('ops');
    const gone: string[] = [];
    const job = await t.run(t.collect(cell(Stream.from(source), { domain: 'event' }, text => gone.push(text))));
    source.push({ k: 'a' }, 0);
    source.watermark(1_000);
    await job.settle();
    expect(gone).toEqual([]);
    await job.stop();
  });
  it('event time: by the watermark, and no record sees what has expired by its own time', async () => {
    const t = testing();
    const source = t.source<Op>('ops');
    const gone: string[] = [];
    const seen = t.collect(cell(Stream.from(source), { domain: 'event' }, text => gone.push(text)));
    const job = await t.run(seen);
    const step = async (time: number, op: Op): Promise<void> => {
      source.push(op, time);
      await job.settle();
    };
    await step(0, { k: 'a', write: 'x' });
    await step(99, { k: 'a' });
    await step(50, { k: 'a', write: 'y' });
    await step(149, { k: 'a' });
    await step(150, { k: 'a' });
    expect([seen.values, gone]).toEqual([['x', 'y', null], ['a y 150']]);
    await step(200, { k: 'b', write: 'z' });
    source.watermark(299);
    await job.settle();
    expect(gone).toHaveLength(1);
    source.watermark(300);
    await job.settle();
    expect(gone).toEqual(['a y 150', 'b z 300']);
    // Late, and dead on arrival.
    await step(10, { k: 'b', write: 'late' });
    await step(20, { k: 'b' });
    expect(seen.values.at(-1)).toBe(null);
    await job.stop();
  });
  it('timers of the key go with it, and a timer before the end still sees the state', async () => {
    const process = { name: 'p', emits: type<string>(), init: () => ({ n: 0 }), onData: (s: { n: number }, n: number, c: { timer(name: string, at: number): void; rows<V>(name: string): { set(sub: number, value: V): void } }) => { s.n = n; c.timer('before', 50); c.timer('after', 500); c.rows<number>('r').set(n, n); } };
    const values = await valuesOf(
      Stream.from([0]).timestamps(n => n).keyBy(() => 'k').process(withTtl({ ...process, onTimer: (s, name, c) => { c.emit(`${name} ${s.n}`); return unchanged; } }, { after: 100, onExpire: (s, c) => c.emit(`gone ${s.n}@${c.time} ${[...c.rows('r').range()].length}`) })),
    );
    expect(values).toEqual(['before 0', 'gone 0@100 1']);
  });
  it('survives a crash after every input, keys interleaved', () =>
    crashAfterEach(
      (t: Testing) => t.collect(cell(Stream.from(t.source<Op>('ops')), { domain: 'event', refresh: 'read-write' })),
      t => {
        const ops = t.source<Op>('ops');
        return [() => ops.push({ k: 'a', write: '1' }, 0), () => ops.push({ k: 'b', write: '2' }, 30), () => ops.push({ k: 'a' }, 90), () => ops.watermark(120), () => ops.push({ k: 'b' }, 129), () => ops.push({ k: 'a' }, 189), () => ops.watermark(400), () => ops.push({ k: 'a' }, 401), () => ops.end()];
      },
    ));
  it('L: as a model with a Map of values and times says, for any order', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.record({ k: fc.constantFrom('a', 'b'), time: fc.integer({ min: 0, max: 500 }), write: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }) }), { maxLength: 40 }), fc.constantFrom('write' as const, 'read-write' as const), async (ops, refresh) => {
        const model = new Map<string, { value: string; until: number }>();
        let watermark = Number.NEGATIVE_INFINITY;
        const expected: (string | null)[] = [];
        for (const { k, time, write } of ops) {
          const held = model.get(k);
          if (held !== undefined && held.until <= Math.max(time, watermark)) model.delete(k);
          const live = model.get(k);
          if (write === undefined) expected.push(live?.value ?? null);
          if (write !== undefined) model.set(k, { value: write, until: Math.max(live?.until ?? 0, time + 100) });
          else if (live !== undefined && refresh === 'read-write') live.until = Math.max(live.until, time + 100);
          watermark = Math.max(watermark, time - 50);
        }
        const stream = Stream.from(ops).timestamps(op => op.time, { disorder: 50 }).map(({ k, write }): Op => (write === undefined ? { k } : { k, write }));
        expect(await valuesOf(cell(stream, { domain: 'event', refresh }))).toEqual(expected);
      }),
      { numRuns: 200 },
    ));
  it('state of before the wrapper is taken over by migrate', async () => {
    const t = testing();
    const source = t.source<number>('n');
    const plain = { name: 'p', emits: type<number>(), init: () => ({ n: 0 }), onData(s: { n: number }, n: number, c: { emit(n: number): void }) { s.n += n; c.emit(s.n); } };
    const first = await t.run(t.collect(Stream.from(source).keyBy(() => 'k').process(plain)));
    source.push(5, 0);
    await first.stop();
    const seen = t.collect(Stream.from(source).keyBy(() => 'k').process(withTtl({ ...plain, version: 1, migrate: old => old as { n: number } }, { after: 100 })));
    const second = await t.run(seen);
    source.push(1, 10);
    source.watermark(110);
    source.push(1, 120);
    await second.settle();
    expect(seen.values).toEqual([6, 1]);
    await second.stop();
  });
  it('wrong options are problems of the step', async () => {
    const stream = Stream.from([1]).keyBy(() => 'k').process(withTtl({ name: 'p', emits: type<number>(), init: () => 0, onData: () => {} }, { after: '-5m', refresh: 'never' as 'write' }));
    const error = await errorOf(valuesOf(stream));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems.map(p => p.what)).toEqual([expect.stringContaining('after'), expect.stringContaining('refresh')]);
  });
  it('forgets millions of keys as time goes on', async () => {
    let largest = 0;
    let expired = 0;
    let seen = 0;
    const stream = Stream.generate(n => n, { count: 200_000 }).timestamps(n => n).keyBy(n => n).process(withTtl({ name: 'p', emits: type<number>(), init: () => ({ n: 0 }), onData(s, n) { s.n = n; seen++; largest = Math.max(largest, seen - expired); } }, { after: 100, onExpire: () => void expired++ }));
    await valuesOf(stream);
    expect(largest).toBeLessThanOrEqual(103);
    expect(expired).toBe(200_000);
  });
});
