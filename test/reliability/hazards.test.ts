/** Hazards of delivery, time and data that are known to have hurt others, each by its number. Those that one operator answers for stand in its test: grep for the number. */
import { describe, expect, it } from 'vitest';
import { Stream, collect, count, sum, toArray, tumbling, type Late, type Sink } from 'millrace';
import { testing } from 'millrace/testing';

describe('H10, H11: a throw', () => {
  it('on the second of three records ends the job, with the record, and the position is not beyond it', async () => {
    const t = testing();
    const source = t.source<number>('s');
    let bad = true;
    const out = t.collect(Stream.from(source).map(n => {
      if (n === 2 && bad) throw new Error('two');
      return n;
    }, { name: 'two' }));
    let unhandled = 0;
    const listener = (): number => unhandled++;
    process.on('uncaughtException', listener).on('unhandledRejection', listener);
    try {
      const job = await t.run(out);
      [1, 2, 3].forEach(n => source.push(n));
      await expect(job.settle()).rejects.toMatchObject({ step: 'two', input: 2 });
      await expect(job.done).rejects.toThrow('two');
      expect(unhandled).toBe(0);
      bad = false;
      await job.crash();
      await job.settle();
      expect(out.values).toEqual([1, 2, 3]);
      await job.stop();
    } finally {
      process.off('uncaughtException', listener).off('unhandledRejection', listener);
    }
  });
  it.each(['map', 'mapAsync'] as const)('goes to the dead letters of %s, and the others go on', async kind => {
    const t = testing();
    const source = t.source<number>('s');
    const dead: unknown[] = [];
    const unlucky = (n: number): number => {
      if (n === 2) throw new Error('two');
      return n;
    };
    const stream = Stream.from(source);
    const onError = { onError: (r: Stream<{ readonly input: unknown }>) => r.map(({ input }) => input).to(toArray(dead)) };
    const out = t.collect(kind === 'map' ? stream.map(unlucky, onError) : stream.mapAsync(async n => unlucky(n), { concurrency: 2, ...onError }));
    const job = await t.run(out);
    [1, 2, 3].forEach(n => source.push(n));
    await job.settle();
    await job.stop();
    expect([out.values, dead]).toEqual([[1, 3], [2]]);
  });
});

it('H15: a poison record stops every restart with the same error at the same record, and passes when skipped', async () => {
  const t = testing();
  const source = t.source<number>('s');
  let calls = 0;
  const poison = (n: number): number => {
    calls++;
    if (n === 2) throw new Error('poison');
    return n;
  };
  const out = t.collect(Stream.from(source).map(poison, { name: 'p' }));
  const job = await t.run(out);
  source.push(1);
  await job.checkpoint();
  source.push(2);
  source.push(3);
  await expect(job.settle()).rejects.toMatchObject({ step: 'p', input: 2 });
  for (let i = 0; i < 5; i++) await expect(job.crash()).rejects.toMatchObject({ step: 'p', input: 2 });
  expect(calls).toBe(7); // no record twice within one run
});

it('H43: a wall clock that jumps by two hours and back changes nothing of event time', async () => {
  const run = async (jumps: readonly number[]): Promise<readonly unknown[]> => {
    let off = 0;
    const t = testing({ now: 1_700_000_000_000 });
    const now = t.clock.now;
    Object.assign(t.clock, { now: () => now() + off });
    const source = t.source<number>('s');
    const out = t.collect(Stream.from(source).timestamps(n => n).keyBy(() => 'k').window(tumbling('1s')).aggregate(count(), { name: 'w' }));
    const job = await t.run(out);
    for (let i = 0; i < 10; i++) {
      off = jumps[i % jumps.length] ?? 0;
      source.push(i * 700);
      await job.advance('1s');
    }
    source.end();
    await job.done;
    return out.records;
  };
  expect(await run([7_200_000, 0, -7_200_000])).toEqual(await run([0]));
});

it('H45: a record at the lateness, a millisecond before and after it', async () => {
  const play = async (time: number): Promise<readonly [number, number]> => {
    const t = testing();
    const source = t.source<number>('s');
    const late: Late<number>[] = [];
    const out = t.collect(Stream.from(source).keyBy(() => 'k').window(tumbling(100), { lateness: 50, late: l => l.to(toArray(late)) }).aggregate(sum(n => n), { name: 'w' }));
    const job = await t.run(out);
    source.push(1, 10);
    source.watermark(time);
    source.push(1, 20);
    source.end();
    await job.done;
    return [Math.max(...out.values.map(pane => (pane as { value: number }).value)), late.length];
  };
  // The window [0, 100) is closed when the watermark is at 150.
  expect(await Promise.all([149, 150, 151].map(play))).toEqual([[2, 0], [1, 1], [1, 1]]);
});

it('H18: records of a key keep their order when one of five in flight fails and is tried again', async () => {
  const t = testing();
  const failed = new Set<number>();
  const input = Array.from({ length: 25 }, (_, i) => i);
  const out = t.collect(
    Stream.from(input).keyBy(n => n % 5).mapAsync(
      async n => {
        await t.clock.sleep((n * 7) % 11);
        if (n % 4 === 0 && !failed.has(n)) {
          failed.add(n);
          throw new Error('once');
        }
        return n;
      },
      { concurrency: 5, retry: { attempts: 3, backoff: 100 } },
    ).process<{ n: number }, number>({ name: 'out', emits: {}, init: () => ({ n: 0 }), onData: (_, v, c) => c.emit(v) }),
  );
  const job = await t.run(out);
  await job.advance('1m');
  await job.done;
  expect(failed.size).toBe(7);
  for (let key = 0; key < 5; key++) expect(out.values.filter(n => n % 5 === key)).toEqual(input.filter(n => n % 5 === key));
});

it('H69: null, undefined, empty texts, empty objects and repeated values pass as they are', async () => {
  const values = [null, undefined, '', {}, [], 0, -0, false, '', null];
  const seen: unknown[] = [];
  await (await Stream.from(values).map(v => v).merge(Stream.from<unknown>([])).to(toArray(seen)).run()).done;
  expect(seen).toEqual(values);
  expect(await Stream.from(values).keyBy(() => '').window(tumbling(1_000)).aggregate(collect(v => v)).collect()).toMatchObject([{ value: values }]);
});

it('H70: a sink a thousand times slower than its source: the source waits, and nothing queues without a bound', async () => {
  const t = testing();
  let made = 0;
  let written = 0;
  let most = 0;
  const slow: Sink<number> = {
    name: 'slow',
    guarantee: 'append',
    open: () => ({
      async write(values) {
        most = Math.max(most, made - written);
        await t.clock.sleep(10 * values.length);
        written += values.length;
      },
      flush: () => {},
      close: () => {},
    }),
  };
  const job = await t.run(Stream.generate(i => ((made = i + 1), i), { count: 100_000 }).to(slow));
  await job.advance('10m');
  expect(written).toBeGreaterThan(50_000);
  expect(most).toBeLessThan(20_000);
  await job.crash().catch(() => {});
});
