/** The contract of an aggregate: its laws, and the answer plain code gives. */
import type { Aggregate } from '../../core/aggregate.js';
import type { Time } from '../../core/values.js';
import { checkLaws, type CheckLawsOptions } from '../../aggregates/check-laws.js';
import { equal, type SuiteCase } from './suite.js';

/** What {@link aggregateSuite} needs to know. */
export interface AggregateSuiteOptions<In, Out> extends CheckLawsOptions<In, Out> {
  readonly samples: readonly In[];
  /** The same answer as plain array code, from records in order of arrival. */
  readonly oracle: (values: readonly In[], times: readonly Time[]) => Out;
}

/**
 * Cases every aggregate must pass.
 *
 * @param make a fresh aggregate for each case.
 * @param options samples of its input, and an oracle.
 * @example
 * ```ts
 * import { count } from 'millrace';
 * import { aggregateSuite } from 'millrace/testing';
 *
 * for (const { run } of aggregateSuite(() => count(), { samples: ['a', 'b'], oracle: values => values.length })) await run();
 * ```
 */
export function aggregateSuite<In, Acc, Out>(make: () => Aggregate<In, Acc, Out>, options: AggregateSuiteOptions<In, Out>): readonly SuiteCase[] {
  const { samples, oracle, same } = options;
  const agrees = (values: readonly In[]): void => {
    const aggregate = make();
    const times = values.map((value, index) => options.time?.(value) ?? (index * 7) % 3);
    const found = aggregate.result(values.reduce((acc, value, index) => aggregate.add(acc, value, times[index] ?? 0), aggregate.zero()));
    const expected = oracle(values, times);
    if (same?.(found, expected) !== true) equal(found, expected, `the result of ${values.length} records`);
  };
  return [
    { name: 'keeps the laws', run: () => checkLaws(make(), samples, options) },
    { name: 'has the result of no records', run: () => agrees([]) },
    { name: 'agrees with plain code on one record', run: () => samples.forEach(sample => agrees([sample])) },
    {
      name: 'agrees with plain code on many records',
      run() {
        agrees(samples);
        agrees(samples.toReversed());
        agrees([...samples, ...samples.toReversed(), ...samples]);
      },
    },
  ];
}
