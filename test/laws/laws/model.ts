/** L-model: what comes out is what the naive model gives for what the step saw, whatever the splits, sizes of reads and yields. */
import fc from 'fast-check';
import { law } from '../law.js';
import { played, same, sameResults } from '../play.js';
import type { Subject } from '../subject.js';
import { ways } from './ways.js';

export const modelLaw = ({ name, trials, unmodelled }: Subject) =>
  unmodelled === true
    ? undefined
    : law(`L-model/${name}`, fc.tuple(trials, ways), async ([trial, way]) => {
    const { seen, results, late, metrics } = await played(trial, way);
    const expected = trial.model(seen);
    sameResults(results, expected.results, 'results');
    same(late.toSorted((a, b) => a - b), expected.late.toSorted((a, b) => a - b), 'late records');
    same(metrics.counters.outside ?? 0, expected.outside, 'records outside');
  });
