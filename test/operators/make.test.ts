import { describe, expect, it } from 'vitest';
import { missing, policyOf, wrongPolicy, wrongCount, wrongDuration, wrongFunction, wrongRetry } from '../../src/operators/make.js';

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
