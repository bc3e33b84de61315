import { describe, expect, it } from 'vitest';
import { Stream, toArray, type Batch, type ConfigurationError, type Source } from '../../src/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { begin, errorOf, stepErrorOf, valuesOf } from '../operators/kit.js';

/** Counts from where it is opened, and fails whenever `fails` says so; `open` may fail too. */
const flaky = (last: number, fails: (call: number) => 'read' | 'reject' | 'open' | undefined): Source<number> & { calls: number; opened: (number | undefined)[]; closed: number } => {
  const self = {
    name: 'flaky',
    replayable: true,
    calls: 0,
    opened: [] as (number | undefined)[],
    closed: 0,
    splits: () => ['0'],
    open(_split: string, from: unknown) {
      self.opened.push(from as number | undefined);
      if (fails(self.calls) === 'open') {
        self.calls++;
        throw new Error('no connection');
      }
      let n = typeof from === 'number' ? from : 0;
      return {
        read(): Batch<number> | 'end' | Promise<Batch<number> | 'end'> {
          const how = fails(self.calls++);
          if (how === 'read') throw new Error('torn');
          if (how === 'reject') return Promise.reject(new Error('gone'));
          return n >= last ? 'end' : { values: [n], position: ++n };
        },
        close: () => void self.closed++,
      };
    },
  };
  return self;
};

describe('a source that fails', () => {
  it.each(['read', 'reject', 'open'] as const)('%s: is opened anew behind what was read, nothing lost and nothing twice', async how => {
    const source = flaky(6, call => (call === 2 || call === 3 || call === 6 ? (call === 2 && how === 'open' ? 'read' : how) : undefined));
    const clock = virtualClock();
    const values: number[] = [];
    const job = await begin(Stream.from(source, { name: 'in', retry: { attempts: 3, backoff: '1s' } }).to(toArray(values)), clock);
    await clock.finish(job.done);
    expect(values).toEqual([0, 1, 2, 3, 4, 5]);
    expect(job.metrics().steps['in']?.counters.retries).toBeGreaterThanOrEqual(2);
    expect(source.opened.slice(0, 2)).toEqual([undefined, 2]);
  });
  it('fails the job when the last attempt has failed, and without `retry` at once', async () => {
    for (const [retry, opened] of [[{ attempts: 3 }, 3], [undefined, 1]] as const) {
      const source = flaky(6, call => (call >= 2 ? 'read' : undefined));
      const error = await stepErrorOf(valuesOf(Stream.from(source, { name: 'in', retry })), 'in');
      expect((error.cause as Error).message).toBe('torn');
      expect(source.opened).toHaveLength(opened);
      expect(source.closed).toBe(opened);
    }
  });
  it('a job that is stopped while a source waits for its next attempt stops', async () => {
    const source = flaky(6, call => (call >= 2 ? 'read' : undefined));
    const clock = virtualClock();
    const job = await begin(Stream.from(source, { name: 'in', retry: { attempts: 100, backoff: '1h' } }).to(toArray<number>([])), clock);
    await clock.finish(job.stop());
    const { length } = source.opened;
    await clock.advance('1d');
    expect(source.opened).toHaveLength(length);
  });
  it('a source that cannot be read again has no retry', async () => {
    const error = (await errorOf(valuesOf(Stream.from({ ...flaky(1, () => undefined), replayable: false }, { retry: { attempts: 2 } })))) as ConfigurationError;
    expect(error.problems[0]?.what).toMatch(/`retry`.*cannot be read again/);
  });
});
