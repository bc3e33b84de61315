import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, toArray } from '../../src/index.js';
import { errorOf, runAll } from './kit.js';

const problemsOf = async (build: (s: Stream<number>) => Stream<unknown>): Promise<readonly string[]> => {
  const error = await errorOf((async () => runAll(build(Stream.from([1])).to(toArray<unknown>([]))))());
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).problems.map(p => `${p.where}: ${p.what}`);
};

describe('options that plain JavaScript gets wrong', () => {
  it('an onError that is none is a problem of its step', async () => {
    expect(await problemsOf(s => s.map(n => n, { name: 'm', onError: 'ignore' as 'skip' }))).toEqual([expect.stringMatching(/^m: .*onError.*"ignore"/)]);
    expect(await problemsOf(s => s.mapAsync(async n => n, { name: 'a', concurrency: 1, onError: 7 as never }))).toEqual([expect.stringMatching(/^a: .*onError.*number/)]);
  });
  it('what has no default must be given', async () => {
    expect(await problemsOf(s => s.mapAsync(async n => n, { name: 'a' } as never))).toEqual([expect.stringMatching(/^a: .*concurrency.*missing/)]);
    expect(await problemsOf(s => s.mapBatch(async n => n, { name: 'b' } as never))).toEqual([expect.stringMatching(/^b: .*size.*missing/), expect.stringMatching(/^b: .*within.*missing/)]);
    expect(await problemsOf(s => s.enrich(k => k, { name: 'e' } as never))).toEqual([expect.stringMatching(/^e: .*key/)]);
  });
});
