import { describe, expect, it } from 'vitest';
import { Stream, type LedgerTarget, type SinkContext } from 'millrace';
import { outbox } from 'millrace/outbox';
import { testing } from 'millrace/testing';
import { sinkSuite } from '../../../src/testing/suites/sink.js';
import { suiteEnvironment } from '../../../src/testing/suites/suite.js';
import { ledgerTarget } from './target.js';

const context = (more: Partial<SinkContext> = {}): SinkContext => ({ job: 'job', step: 'out', generation: 1, restored: [], checkpoint: 0, environment: suiteEnvironment(), ...more });
const sum = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('outbox', () => {
  const suite = sinkSuite<number>(() => {
    const target = ledgerTarget<number>();
    return { sink: outbox(target), record: i => i, arrived: () => target.rows };
  });
  for (const { name, run } of suite) it(name, run);

  it('delivers what is not JSON as it was, with its times', async () => {
    const target = ledgerTarget<unknown>();
    const record = { at: new Date(5), big: 2n ** 70n, bytes: new Uint8Array([1]), not: Number.NaN, gone: undefined };
    const writer = await outbox(target).open(context());
    await writer.write([record, 1], [7, 8]);
    record.at.setTime(0); // what the pipeline does with it afterwards is nobody's business here
    await writer.commit?.([(await writer.prepare?.(1))!]);
    expect(target.rows).toStrictEqual([{ ...record, at: new Date(5) }, 1]);
    expect(target.times).toEqual([7, 8]);
  });

  it('a commit whose reply was lost is done once', async () => {
    const target = ledgerTarget<number>();
    const writer = await outbox(target).open(context());
    await writer.write([1, 2], [0, 0]);
    const token = (await writer.prepare?.(1))!;
    target.loseReply = true;
    await expect(writer.commit?.([token])).rejects.toThrow('lost');
    await writer.commit?.([token]);
    expect(target.rows).toEqual([1, 2]);
  });

  it('records of a checkpoint that could not be written come with the next, once, from a new process too', async () => {
    const target = ledgerTarget<number>();
    const sink = outbox(target);
    const writer = await sink.open(context());
    await writer.write([1], [0]);
    const failed = (await writer.prepare?.(1))!;
    await writer.write([2], [0]);
    const tokens = [failed, (await writer.prepare?.(2))!];
    await sink.open(context({ generation: 2, checkpoint: 2, restored: tokens }));
    await sink.open(context({ generation: 3, checkpoint: 2, restored: tokens }));
    expect(target.rows).toEqual([1, 2]);
  });

  it('a zombie is fenced', async () => {
    const target = ledgerTarget<number>();
    const sink = outbox(target);
    const zombie = await sink.open(context());
    await zombie.write([1], [0]);
    const token = (await zombie.prepare?.(1))!;
    await sink.open(context({ generation: 2 }));
    await expect(zombie.commit?.([token])).rejects.toMatchObject({ code: 'fenced' });
    expect(target.rows).toEqual([]);
  });

  it('records that cannot be kept, and those the target has something against, fail one by one', async () => {
    const target = ledgerTarget<unknown>({ check: values => values.flatMap((value, index) => (value === 'bad' ? [{ index, cause: new Error('bad') }] : [])) });
    const writer = await outbox(target).open(context());
    const failed = await writer.write([1, () => 1, 'bad', 2], [0, 0, 0, 0]);
    expect(failed).toMatchObject([{ index: 1, cause: { code: 'outbox-value' } }, { index: 2, cause: { message: 'bad' } }]);
    await writer.commit?.([(await writer.prepare?.(1))!]);
    expect(target.rows).toEqual([1, 2]);
  });

  it('waits for a target that checks elsewhere', async () => {
    const target = ledgerTarget<number>({ check: async values => [{ index: values.length - 1, cause: new Error('the last is never good') }] });
    const writer = await outbox(target).open(context());
    expect(await writer.write([1, 2], [0, 0])).toMatchObject([{ index: 1 }]);
    await writer.commit?.([(await writer.prepare?.(1))!]);
    expect(target.rows).toEqual([1]);
  });

  it('asks for a checkpoint at its bounds, and for another at the next ones', async () => {
    let asked = 0;
    const writer = await outbox(ledgerTarget<number>(), { maxRecords: 10 }).open(context({ checkpointSoon: () => asked++ }));
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 2; i++) await writer.write(sum(0, 5), sum(0, 5));
    };
    await fill();
    expect(asked).toBe(1);
    await writer.prepare?.(1);
    await fill();
    expect(asked).toBe(2);
  });

  it('asks by bytes too', async () => {
    let asked = 0;
    const writer = await outbox(ledgerTarget<string>(), { maxBytes: 1_000 }).open(context({ checkpointSoon: () => asked++ }));
    await writer.write(['a'], [0]);
    await writer.write(['a'.repeat(600)], [0]);
    expect(asked).toBe(1);
  });

  it('does not grow without an end', async () => {
    const alone = await outbox(ledgerTarget<number>(), { maxRecords: 10 }).open(context());
    await alone.write(sum(0, 10), sum(0, 10));
    expect(() => alone.write([1], [0])).toThrow('No checkpoint comes');
    const asking = await outbox(ledgerTarget<number>(), { maxRecords: 10 }).open(context({ checkpointSoon: () => {} }));
    for (let i = 0; i < 16; i++) await asking.write(sum(0, 10), sum(0, 10));
    expect(() => asking.write([1], [0])).toThrow('No checkpoint comes');
  });

  it('refuses tokens of others, and closes what it opened', async () => {
    const target = ledgerTarget<number>();
    for (const restored of [[{ bytes: 5 }], [null], [{ checkpoint: 1, rows: [1], times: [] }]]) await expect(outbox(target).open(context({ restored }))).rejects.toMatchObject({ code: 'outbox-token' });
    expect(target.writers.open).toBe(0);
  });

  it('refuses what is no target and options there are not', () => {
    const sink = { name: 'plain', guarantee: 'append' as const, open: () => ({ write() {}, flush() {}, close() {} }) };
    expect(() => outbox(sink as unknown as LedgerTarget<number>)).toThrow('keeps no ledger');
    expect(() => outbox(undefined as unknown as LedgerTarget<number>)).toThrow('no target');
    expect(() => outbox(ledgerTarget(), { maxRecord: 5 } as object)).toThrow('There is no such option');
    expect(() => outbox(ledgerTarget(), { maxRecords: 0 })).toThrow('positive whole number');
  });

  it('takes the ledger of a sink that has one', async () => {
    const target = ledgerTarget<number>();
    const sink = { name: 'both', guarantee: 'append' as const, ledger: target, open: () => ({ write() {}, flush() {}, close() {} }) };
    expect(outbox(sink).name).toBe('outbox(both)');
    const job = await Stream.from([1, 2]).to(outbox(sink), { name: 'out' }).run({ name: 'job' });
    await job.done;
    expect(target.rows).toEqual([1, 2]);
  });
});

describe('outbox in a job', () => {
  for (const at of ['pause', 'drain', 'flush', 'prepare', 'encode', 'write', 'commit', 'acknowledge', 'resume'] as const) {
    it(`a crash at ${at} neither loses nor doubles`, async () => {
      const t = testing();
      const target = ledgerTarget<number>();
      const source = t.source<number>('numbers');
      const job = await t.run(Stream.from(source).map(n => n * 2).to(outbox(target), { name: 'out' }));
      for (let n = 0; n < 12; n++) {
        source.push(n, n);
        if (n % 3 === 1) await job.checkpoint();
        if (n % 3 === 2) await job.crash({ at });
      }
      await job.settle();
      await job.stop();
      expect(target.rows).toEqual(sum(0, 12).map(n => n * 2));
    });
  }

  it('takes a checkpoint when the bound is reached, though none is due', async () => {
    const t = testing();
    const target = ledgerTarget<number>();
    const source = t.source<number>('numbers');
    const job = await t.run(Stream.from(source).to(outbox(target, { maxRecords: 10 }), { name: 'out' }));
    for (let n = 0; n < 25; n++) {
      source.push(n, n);
      await job.settle();
    }
    expect(target.rows).toEqual(sum(0, target.rows.length));
    expect(target.rows.length).toBeGreaterThanOrEqual(20);
    expect(job.metrics().checkpoints.completed).toBe(2);
    await job.stop();
    expect(target.rows).toEqual(sum(0, 25));
  });

  it('in a job that is all synchronous and far faster than its bound', async () => {
    const target = ledgerTarget<number>();
    const job = await Stream.generate(i => i, { count: 200_000, name: 'numbers' }).to(outbox(target, { maxRecords: 2_000 }), { name: 'out' }).run({ name: 'job' });
    await job.done;
    expect(target.rows).toHaveLength(200_000);
    expect(job.metrics().checkpoints.completed).toBeGreaterThan(3);
  });
});
