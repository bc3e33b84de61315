/** What the tests of aggregates share: the suite as vitest cases, and a fold. */
import { it } from 'vitest';
import type { Aggregate } from '../../src/core/aggregate.js';
import { aggregateSuite, type AggregateSuiteOptions } from '../../src/testing/suites/aggregate.js';

export function passesSuite<In, Acc, Out>(make: () => Aggregate<In, Acc, Out>, options: AggregateSuiteOptions<In, Out>): void {
  for (const { name, run } of aggregateSuite(make, options)) it(name, run);
}

/** The result of some values; their times are their indexes unless given. */
export const resultOf = <In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, values: readonly In[], times: readonly number[] = []): Out =>
  aggregate.result(values.reduce((acc, value, index) => aggregate.add(acc, value, times[index] ?? index), aggregate.zero()));
