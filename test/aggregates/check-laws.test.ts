import { describe, expect, it } from 'vitest';
import type { Aggregate } from '../../src/core/aggregate.js';
import { checkLaws, type BrokenLaw } from '../../src/aggregates/check-laws.js';
import { count } from '../../src/aggregates/count.js';
import { DataError } from '../../src/core/errors.js';

type Numbers = Aggregate<number, number[], number[]>;
const lawful: Numbers = { name: 'list', zero: () => [], add: (list, x) => (list.push(x), list), merge: (a, b) => [...a, ...b], result: list => [...list] };

function lawsBrokenBy<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, samples: readonly In[]): readonly string[] {
  try {
    checkLaws(aggregate, samples);
    return [];
  } catch (cause) {
    if (!(cause instanceof DataError)) throw cause;
    return (cause.value as readonly BrokenLaw[]).map(({ law }) => law);
  }
}

const shared: number[] = [];

/** One planted fault each, and the law that must be among those reported. */
const planted: readonly (readonly [fault: string, aggregate: Aggregate<number, number[], unknown>, law: RegExp])[] = [
  ['a zero that is shared', { ...lawful, zero: () => shared }, /zero\(\) is fresh/],
  ['a merge that takes its second argument over', { ...lawful, merge: (a, b) => (a.length === 0 ? b : (a.push(...b), a)) }, /merge\(zero\(\), a\) is a copy/],
  ['a merge that empties its second argument', { ...lawful, merge: (a, b) => (a.push(...b.splice(0)), a) }, /neither changes nor keeps/],
  ['a merge that is not associative', { ...lawful, merge: (a, b) => (b.length === 0 ? a : [a.reduce((s, x) => s + x, 0) - b.reduce((s, x) => s + x, 0)]) }, /associative/],
  ['a merge that forgets', { ...lawful, merge: a => a }, /agrees with add/],
  ['a zero that counts', { ...lawful, zero: () => [0] }, /agrees with add|neutral/],
  ['a result that changes the accumulator', { ...lawful, result: list => list.splice(0) }, /result changes nothing/],
  ['a result that is the accumulator', { ...lawful, result: list => list }, /stays as it is/],
  ['an order that matters, declared not to', { ...lawful, commutative: true }, /order makes no difference/],
  ['a subtract that does nothing', { ...lawful, subtract: acc => acc }, /subtract undoes merge/],
];

describe('checkLaws', () => {
  it('lets lawful aggregates pass, also without samples', () => {
    checkLaws(lawful, [1, 2, 3]);
    checkLaws(lawful, []);
    checkLaws(count(), [undefined]);
  });
  it.each(planted)('sees %s', (_, aggregate, law) => {
    shared.length = 0;
    expect(lawsBrokenBy(aggregate, [1, 2, 3]).filter(name => law.test(name))).not.toEqual([]);
  });
  it('sees a record changed by add', () =>
    expect(lawsBrokenBy({ name: 'bad', zero: () => 0, add: (n, record: { seen: number }) => n + ++record.seen, merge: (a, b) => a + b, result: n => n }, [{ seen: 0 }])).toContain('add does not change the record'));
  it('sees an accumulator that is not plain data', () => {
    class Total {
      n = 0;
    }
    const aggregate: Aggregate<number, Total, number> = { name: 'total', zero: () => new Total(), add: (t, x) => ((t.n += x), t), merge: (a, b) => ((a.n += b.n), a), result: t => t.n };
    expect(lawsBrokenBy(aggregate, [1])).toContain('the accumulator is plain data');
  });
  it('sees a mean of means', () => {
    const mean: Aggregate<number, number | null, number | null> = { name: 'mean', zero: () => null, add: (m, x) => (m === null ? x : (m + x) / 2), merge: (a, b) => (a === null ? b : b === null ? a : (a + b) / 2), result: m => m };
    expect(lawsBrokenBy(mean, [1, 2, 5])).toEqual(expect.arrayContaining([expect.stringMatching(/agrees with add/), expect.stringMatching(/associative/)]));
  });
  it('says which law broke, with records that show it, and what was thrown', () => {
    expect(() => checkLaws({ ...lawful, merge: a => a }, [7])).toThrow(/Aggregate "list" breaks \d+ laws:\n {2}- .*merge agrees with add.* with a = \[.*\], b = \[\{"value":7,/);
    const merge = (): never => {
      throw new Error('not written yet');
    };
    expect(() => checkLaws({ ...lawful, merge }, [7])).toThrow(/not written yet; with a = /);
    expect(() => checkLaws({ ...lawful, merge }, [7])).toThrow(expect.objectContaining({ code: 'unlawful-aggregate' }));
  });
  it('compares results within a tolerance when it is given one', () => {
    const naive: Aggregate<number, number, number> = { name: 'naive', commutative: true, zero: () => 0, add: (a, x) => a + x, merge: (a, b) => a + b, result: a => a };
    expect(() => checkLaws(naive, [0.1, 0.2, 0.7])).toThrow(/associative/);
    checkLaws(naive, [0.1, 0.2, 0.7], { same: (a, b) => Math.abs(a - b) < 1e-9 });
  });
  it('gives the same answer for the same seed', () => {
    const message = (seed: number): string => {
      try {
        checkLaws({ ...lawful, commutative: true }, [1, 2, 3], { seed, runs: 20 });
        return '';
      } catch (cause) {
        return String(cause);
      }
    };
    expect(message(3)).toBe(message(3));
    expect(message(3)).not.toBe('');
  });
});
