/** L-batch: sizes of reads and yields are never observable: the same results, in the same order, with the same late records. */
import fc from 'fast-check';
import { law } from '../law.js';
import { played, same } from '../play.js';
import { rows } from '../row.js';
import type { Subject } from '../subject.js';
import { disorders, plainly, sizes } from './ways.js';

export const batchLaw = ({ name, trials }: Subject) =>
  law(`L-batch/${name}`, fc.tuple(trials, rows(), disorders, sizes, fc.boolean()), async ([trial, all, disorder, reads, hasty]) => {
    const whole = await played(trial, plainly(all, disorder));
    const cut = await played(trial, { splits: [all], sizes: reads, disorder, hasty });
    same(cut.results, whole.results, 'results');
    same(cut.late, whole.late, 'late records');
  });
