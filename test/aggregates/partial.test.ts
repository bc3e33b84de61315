/** The rewrite itself: any split of the records into parts, merged in any grouping. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Aggregate, SomeAccumulator } from '../../src/core/aggregate.js';
import { collect } from '../../src/aggregates/collect.js';
import { compose } from '../../src/aggregates/compose.js';
import { count } from '../../src/aggregates/count.js';
import { countBy } from '../../src/aggregates/count-by.js';
import { countDistinct } from '../../src/aggregates/count-distinct.js';
import { distinct } from '../../src/aggregates/distinct.js';
import { histogram } from '../../src/aggregates/histogram.js';
import { max } from '../../src/aggregates/max.js';
import { mean } from '../../src/aggregates/mean.js';
import { merged } from '../../src/aggregates/merged.js';
import { min } from '../../src/aggregates/min.js';
import { partial } from '../../src/aggregates/partial.js';
import { quantile } from '../../src/aggregates/quantile.js';
import { sum } from '../../src/aggregates/sum.js';
import { variance } from '../../src/aggregates/variance.js';
import { passesSuite, resultOf } from './kit.js';

const x = (value: number): number => value;
const commutative: readonly Aggregate<number, SomeAccumulator, unknown>[] = [count(), sum(x), mean(x), min(x), max(x), variance(x), distinct(x), countDistinct(x), countBy(x), histogram(x, [0, 10]), quantile(x, 0.5), compose({ n: count(), total: sum(x) })];

describe('partial', () => {
  passesSuite(() => partial(mean(x)), { samples: [1, 2, 5], oracle: xs => ({ sum: xs.reduce((t, v) => t + v, 0), count: xs.length }) });
  it('gives a copy of the accumulator', () => {
    const list = partial(collect<number>());
    const acc = list.add(list.zero(), 1, 0);
    const given = list.result(acc);
    list.add(acc, 2, 0);
    expect(given).toEqual([1]);
  });
  it.each(commutative.map(aggregate => [aggregate.name, aggregate] as const))('and merged give what %s gives, however the records are dealt out', (_, aggregate) => {
    expect(aggregate.commutative).toBe(true);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.nat(3))), dealt => {
        const parts: readonly unknown[] = [3, 1, 0, 2].map((n): unknown => resultOf(partial(aggregate), dealt.filter(([, to]) => to === n).map(([value]) => value)));
        expect(resultOf(merged(aggregate), parts)).toEqual(resultOf(aggregate, dealt.map(([value]) => value)));
      }),
    );
  });
});
