import { describe, expect, it } from 'vitest';
import { Stream, StepError, count, tumbling } from 'millrace';
import { expectRecords, pane, sourceSuite, testing } from 'millrace/testing';

const perMinute = (source: Parameters<typeof Stream.from<string>>[0]) => Stream.from<string>(source).keyBy(value => value).window(tumbling('1m')).aggregate(count(), { name: 'per-minute' });

describe('a scripted source', () => {
  for (const { name, run } of sourceSuite<number>(() => {
    const source = testing().source<number>('s');
    const values = Array.from({ length: 20 }, (_, index) => index);
    const split = source.split('all');
    for (const value of values) {
      split.push(value, value);
      if (value % 5 === 0) split.watermark(value);
    }
    split.end();
    return { source, expected: { all: values } };
  }))
    it(name, run);

  it('keeps what was pushed before the job ran', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const out = t.collect(Stream.from(source));
    source.push('a', 1);
    source.push('b', 2);
    const job = await t.run(out);
    expectRecords(out, [['a', 1], ['b', 2]]);
    source.end();
    await job.done;
  });

  it('hands records down at once while the job is idle', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const out = t.collect(Stream.from(source).map(n => n * 2));
    await t.run(out);
    source.push(1);
    expect(out.values).toEqual([2]);
    source.push(2);
    expect(out.values).toEqual([2, 4]);
  });

  it('gives a record without a time that of the clock', async () => {
    const t = testing({ now: 1_000 });
    const source = t.source<string>('s');
    const out = t.collect(Stream.from(source));
    const job = await t.run(out);
    source.push('a');
    await job.advance(500);
    source.push('b');
    expectRecords(out, [['a', 1_000], ['b', 1_500]]);
  });

  it('moves the watermark only when told', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const out = t.collect(perMinute(source));
    await t.run(out);
    source.push('a', 0);
    source.push('a', 120_000);
    expect(out.values).toEqual([]);
    source.watermark(59_999);
    expect(out.values).toEqual([]);
    source.watermark(60_000);
    expectRecords(out, [[pane('a', [0, 60_000], 1), 59_999]]);
    source.end();
    expect(out.values.at(-1)).toEqual(pane('a', [120_000, 180_000], 1));
  });

  it('leaves its time to a timestamps step below it', async () => {
    const t = testing();
    const source = t.source<{ at: number }>('s');
    const out = t.collect(Stream.from(source).timestamps(r => r.at).keyBy(() => 'all').window(tumbling('1m')).aggregate(count(), { name: 'c' }));
    await t.run(out);
    source.push({ at: 10_000 }, 5);
    source.watermark(1_000_000);
    expect(out.values).toEqual([]);
    source.push({ at: 60_000 }, 5);
    expect(out.values).toEqual([pane('all', [0, 60_000], 1)]);
  });

  it('takes the minimum of the watermarks of its splits', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const [left, right] = [source.split('left'), source.split('right')];
    const out = t.collect(perMinute(source));
    await t.run(out);
    left.push('a', 10);
    right.push('a', 20);
    left.watermark(90_000);
    expect(out.values).toEqual([]);
    right.watermark(60_000);
    expect(out.values).toEqual([pane('a', [0, 60_000], 2)]);
    right.push('a', 60_001);
    right.end();
    expect(out.values).toHaveLength(1);
    left.watermark(120_000);
    expect(out.values.at(-1)).toEqual(pane('a', [60_000, 120_000], 1));
  });

  it('leaves an idle split out, until its next record', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const [left, right] = [source.split('left'), source.split('right')];
    const out = t.collect(perMinute(source));
    const job = await t.run(out);
    left.push('a', 10);
    left.watermark(60_000);
    expect(out.values).toEqual([]);
    right.idle();
    expect(out.values).toEqual([pane('a', [0, 60_000], 1)]);
    right.push('b', 70_000);
    left.push('a', 70_000);
    left.watermark(200_000);
    expect(out.values).toHaveLength(1);
    right.watermark(150_000);
    expect(out.values.slice(1)).toEqual([pane('b', [60_000, 120_000], 1), pane('a', [60_000, 120_000], 1)]);
    await job.stop();
  });

  it('counts a split again when it says that it is active', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const [left, right] = [source.split('left'), source.split('right')];
    const out = t.collect(perMinute(source));
    await t.run(out);
    right.idle();
    right.active();
    left.push('a', 10);
    left.watermark(60_000);
    expect(out.values).toEqual([]);
    right.idle();
    expect(out.values).toHaveLength(1);
  });

  it('fails where the script says so, and the job names it', async () => {
    const t = testing();
    const source = t.source<string>('orders');
    const out = t.collect(Stream.from(source, { name: 'orders' }));
    const job = await t.run(out);
    source.push('a');
    source.fail(new Error('the broker is gone'));
    source.push('b');
    expect(out.values).toEqual(['a']);
    await expect(job.done).rejects.toBeInstanceOf(StepError);
    await expect(job.done).rejects.toMatchObject({ step: 'orders', code: 'step-failed', cause: new Error('the broker is gone') });
    await expect(job.settle()).rejects.toThrow('the broker is gone');
    await job.crash();
    expect(out.values).toEqual(['a', 'b']);
    source.end();
    await job.done;
  });

  it('replays its splits in the order in which the script was written', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const [left, right] = [source.split('left'), source.split('right')];
    const out = t.collect(Stream.from(source));
    const job = await t.run(out);
    for (const n of [1, 2, 3]) {
      right.push(`r${n}`);
      left.push(`l${n}`);
    }
    const live = [...out.values];
    expect(live).toEqual(['r1', 'l1', 'r2', 'l2', 'r3', 'l3']);
    await job.crash();
    expect(out.values).toEqual(live);
  });

  it('tells a restarted job that a split was idle', async () => {
    const t = testing();
    const source = t.source<string>('s');
    const [left, right] = [source.split('left'), source.split('right')];
    const out = t.collect(perMinute(source));
    const job = await t.run(out);
    right.push('b', 0);
    right.idle();
    await job.checkpoint();
    await job.crash();
    left.push('a', 10);
    left.watermark(60_000);
    expect(out.values).toEqual([pane('b', [0, 60_000], 1), pane('a', [0, 60_000], 1)]);
  });

  it('refuses what makes no sense', async () => {
    const t = testing();
    const source = t.source<number>('s');
    source.split('a');
    source.split('b');
    expect(() => source.push(1)).toThrow('push to one of them');
    await t.run(t.collect(Stream.from(source)));
    expect(() => source.split('c')).toThrow('was not named before the job ran');
    source.end();
    expect(() => source.split('a').push(1)).toThrow('has ended');
  });

  it('hands on more than one batch of what was pushed before', async () => {
    const t = testing();
    const source = t.source<number>('s');
    const numbers = Array.from({ length: 5_000 }, (_, i) => i);
    for (const n of numbers) source.push(n, n);
    source.end();
    const out = t.collect(Stream.from(source));
    const job = await t.run(out);
    await job.done;
    expect(out.values).toEqual(numbers);
  });
});
