/** L-replay: records that come within the disorder bound of the clock give the same final results live, where silence closes windows, and replayed at once. */
import fc from 'fast-check';
import { Stream } from '../../../src/index.js';
import { testing, type TestSource } from '../../../src/testing/index.js';
import { law } from '../law.js';
import { same, sameResults } from '../play.js';
import { rows, type Row } from '../row.js';
import type { Given, Subject, Trial } from '../subject.js';

const DISORDER = 30;
const PROGRESS = 20;
/** So long a silence closes all but days; those close at the end. */
const LONG = 300;

export const replayLaw = ({ name, byTimeAlone }: Subject) =>
  byTimeAlone === undefined
    ? undefined
    : law(`L-replay/${name}`, fc.tuple(byTimeAlone, rows(12), fc.array(fc.tuple(fc.nat(60), fc.nat(DISORDER)), { minLength: 1, maxLength: 7 })), async ([trial, all, pauses]) => {
        const t = testing({ now: 0 });
        const source = t.source<Row>('rows');
        const live = built(trial, t, source, 'live');
        const job = await t.run(live.ends, { name: 'live' });
        for (const [index, row] of all.entries()) {
          const [pause, delay] = pauses[index % pauses.length] ?? [0, 0];
          await job.advance(pause);
          source.push({ ...row, at: t.clock.now() - delay });
          await job.settle();
        }
        await job.advance(LONG);
        source.end();
        await job.settle();
        await job.done;
        same(live.late(), 0, 'late records, live');
        const again = built(trial, t, source, 'again');
        await (await t.run(again.ends, { name: 'again' })).done;
        same(again.late(), 0, 'late records, replayed');
        sameResults(again.results(), live.results(), 'results');
      });

function built(trial: Trial, t: ReturnType<typeof testing>, source: TestSource<Row>, name: string) {
  const late: { readonly values: readonly unknown[] }[] = [];
  const stream = Stream.from<Row>(source, { name: 'source' }).timestamps(row => row.at, { disorder: DISORDER, progress: PROGRESS });
  const collected = t.collect(
    trial.build(stream, records => {
      const branch = t.collect(records, { name: `${name}-late` });
      late.push(branch);
      return branch.output;
    }),
    { name },
  );
  return { ends: collected, late: () => late.reduce((all, { values }) => all + values.length, 0), results: (): readonly Given[] => collected.records.map(({ value, time }) => [value, time]) };
}
