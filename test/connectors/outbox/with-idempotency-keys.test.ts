import { describe, expect, it } from 'vitest';
import { Stream, type SinkContext } from 'millrace';
import { outbox, withIdempotencyKeys } from 'millrace/outbox';
import { testing } from 'millrace/testing';
import { suiteEnvironment } from '../../../src/testing/suites/suite.js';

const context = (more: Partial<SinkContext> = {}): SinkContext => ({ job: 'job', step: 'out', generation: 1, restored: [], checkpoint: 0, environment: suiteEnvironment(), ...more });

/** A receiver that remembers keys, and loses the n-th reply. */
const receiver = (lost: readonly number[] = []) => {
  const seen = new Map<string, unknown>();
  const requests: string[] = [];
  return {
    seen,
    requests,
    send: async (record: unknown, { key }: { readonly key: string }): Promise<void> => {
      requests.push(key);
      if (!seen.has(key)) seen.set(key, record);
      if (lost.includes(requests.length)) throw new Error('socket hang up');
    },
  };
};

describe('withIdempotencyKeys', () => {
  it('sends in order, each record with a key of its own, also equal ones', async () => {
    const { send, seen } = receiver();
    const writer = await withIdempotencyKeys(send).open(context());
    await writer.deliver(1, ['a', 'b', 'a'], [1, 2, 3]);
    await writer.deliver(2, ['a'], [4]);
    expect([...seen.values()]).toEqual(['a', 'b', 'a', 'a']);
  });

  it('sends again what was not confirmed, with the same key, and nothing else in this process', async () => {
    const { send, seen, requests } = receiver([2]);
    const writer = await withIdempotencyKeys(send).open(context());
    await expect(writer.deliver(1, ['a', 'b', 'c'], [1, 2, 3])).rejects.toThrow('socket hang up');
    await writer.deliver(1, ['a', 'b', 'c'], [1, 2, 3]);
    expect([...seen.values()]).toEqual(['a', 'b', 'c']);
    expect(requests).toHaveLength(4);
    expect(requests[1]).toBe(requests[2]);
  });

  it('a new process sends the same keys; another job, step or record does not', async () => {
    const keys = async (more: Partial<SinkContext>, record: unknown = 'a'): Promise<string> => {
      const { send, requests } = receiver();
      await (await withIdempotencyKeys(send).open(context(more))).deliver(1, [record], [0]);
      return requests[0]!;
    };
    const first = await keys({});
    expect(await keys({ generation: 2 })).toBe(first);
    expect(new Set([first, await keys({ job: 'other' }), await keys({ step: 'other' }), await keys({}, 'b')]).size).toBe(4);
  });

  it('has no more under way than it may, and waits for all of it before it fails', async () => {
    let under = 0;
    let most = 0;
    let done = 0;
    const target = withIdempotencyKeys<number>(
      async n => {
        most = Math.max(most, ++under);
        for (let i = 0; i < n % 3; i++) await Promise.resolve();
        under--;
        if (n === 4) throw new Error('no');
        done++;
      },
      { concurrency: 3 },
    );
    const writer = await target.open(context());
    await expect(writer.deliver(1, [...Array(20).keys()], Array<number>(20).fill(0))).rejects.toThrow('no');
    expect(under).toBe(0);
    expect(most).toBe(3);
    await expect(writer.deliver(1, [...Array(20).keys()], Array<number>(20).fill(0))).rejects.toThrow('no');
    expect(done).toBe(19);
  });

  it('makes a job exactly-once over crashes at the worst place', async () => {
    const t = testing();
    const { send, seen } = receiver([3, 5]);
    const source = t.source<number>('numbers');
    const job = await t.run(Stream.from(source).to(outbox(withIdempotencyKeys(send)), { name: 'out' }));
    for (let n = 0; n < 9; n++) {
      source.push(n, n);
      if (n % 2 === 0) continue;
      // A start that meets a lost reply fails, and is tried again.
      await job.crash({ at: n % 4 === 1 ? 'commit' : 'acknowledge' }).catch(() => job.crash().catch(() => job.crash()));
    }
    await job.settle();
    await job.stop();
    expect([...seen.values()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('refuses options that cannot be', () => {
    expect(() => withIdempotencyKeys(undefined as unknown as () => void)).toThrow('not a function');
    expect(() => withIdempotencyKeys(() => {}, { concurrency: Infinity })).toThrow('positive whole number');
  });
});
