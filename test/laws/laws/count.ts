/** L-count, and A8 of the mission: on time + late + outside + rejected = in. On time is what the model holds, so the sum is made of counters alone. */
import fc from 'fast-check';
import { law } from '../law.js';
import { played, same } from '../play.js';
import type { Subject } from '../subject.js';
import { ways } from './ways.js';

/** Every record is seen once: in a window, or late, or outside. */
export const countLaw = ({ name, trials, counts }: Subject) =>
  counts
    ? law(`L-count/${name}`, fc.tuple(trials, ways), async ([trial, way]) => {
        const { seen, late, metrics } = await played(trial, way);
        const came = seen.filter(one => 'row' in one).length;
        const expected = trial.model(seen);
        same(metrics.in, came, 'records in');
        same(metrics.late, late.length, 'the counter of late records and the late output');
        same(new Set(late).size, late.length, 'late records, each once');
        const onTime = came - expected.late.length - expected.outside - (expected.rejected ?? 0);
        same(metrics.rejected, expected.rejected ?? 0, 'records the step failed on');
        same(onTime + metrics.late + (metrics.counters.outside ?? 0) + metrics.rejected, came, 'on time + late + outside + rejected');
      })
    : undefined;
