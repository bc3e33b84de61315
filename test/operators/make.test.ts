import { describe, expect, it } from 'vitest';
import { ConfigurationError, Stream, toArray } from '../../src/index.js';
import { missing, policyOf, wrongPolicy, wrongCount, wrongDuration, wrongFunction, wrongRetry } from '../../src/operators/make.js';
import { errorOf, runAll } from './kit.js';

describe('make', () => {
  it('knows the three policies', () => expect([undefined, 'fail', 'skip', () => {}].map(onError => policyOf({ onError }))).toEqual(['fail', 'fail', 'skip', 'branch']));
  it('finds a policy that is none', () => {
    expect(['fail', 'skip', () => {}, undefined].flatMap(onError => wrongPolicy({ onError }))).toEqual([]);
    expect(['ignore', 1, null, {}].map(onError => wrongPolicy({ onError }).length)).toEqual([1, 1, 1, 1]);
    expect([missing('n', 0), missing('n', undefined)].map(p => p.length)).toEqual([0, 1]);
  });
  it('finds wrong options and leaves right ones alone', () => {
    expect([1, undefined].flatMap(n => wrongCount('n', n))).toEqual([]);
    expect([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].flatMap(n => wrongCount('n', n))).toHaveLength(5);
    expect([1, '5s' as const, undefined].flatMap(d => wrongDuration('d', d))).toEqual([]);
    expect([0, -1, '-5m' as const, 'x' as never].flatMap(d => wrongDuration('d', d))).toHaveLength(4);
    expect(wrongDuration('d', 0, true)).toEqual([]);
    expect(wrongRetry({ attempts: 0, backoff: -1 })).toHaveLength(2);
    expect([wrongFunction('f', () => 1), wrongFunction('f', null)].map(p => p.length)).toEqual([0, 1]);
    for (const problem of [...wrongCount('n', 0), ...wrongDuration('d', -1), ...wrongFunction('f', 1)]) for (const part of [problem.code, problem.what, problem.fix]) expect(part).not.toBe('');
  });
});

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
