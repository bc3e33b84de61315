/** L-order: any order of arrival within the disorder bound, over any number of splits, gives the same final results. */
import fc from 'fast-check';
import { law } from '../law.js';
import { played, same, sameResults } from '../play.js';
import { dealt, rows, shuffled } from '../row.js';
import type { Subject } from '../subject.js';
import { dealing, disorders, plainly, sizes } from './ways.js';

export const orderLaw = ({ name, byTimeAlone }: Subject) =>
  byTimeAlone === undefined
    ? undefined
    : law(`L-order/${name}`, fc.tuple(byTimeAlone, rows(), disorders, fc.array(fc.nat(30), { minLength: 1, maxLength: 7 }), fc.integer({ min: 1, max: 3 }), dealing, sizes), async ([trial, all, disorder, waits, splits, deal, reads]) => {
        const sorted = all.toSorted((a, b) => a.at - b.at);
        const one = await played(trial, plainly(sorted, 0));
        const other = await played(trial, { splits: dealt(shuffled(sorted, disorder, waits), deal, splits), sizes: reads, disorder, hasty: false });
        sameResults(other.results, one.results, 'results');
        same(other.late, [], 'late records');
      });
