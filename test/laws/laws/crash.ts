/** A3 (L-crash on the memory backend): a crash after every input and a fresh instance from the last checkpoint give what no crash gives. */
import fc from 'fast-check';
import { Stream } from '../../../src/index.js';
import { crashAfterEach, type Collected, type TestInput, type Testing } from '../../../src/testing/index.js';
import { law } from '../law.js';
import { rows, type Row } from '../row.js';
import type { Subject } from '../subject.js';

export const crashLaw = ({ name, trials }: Subject) =>
  law(`L-crash/${name}`, fc.tuple(trials, rows(6), fc.array(fc.integer({ min: -10, max: 30 }), { minLength: 1, maxLength: 5 })), async ([trial, all, bounds]) => {
    const build = (t: Testing) => {
      const late: Collected<unknown>[] = [];
      const results = t.collect(
        trial.build(Stream.from(t.source<Row>('rows')), branch => {
          const collected = t.collect(branch, { name: 'late' });
          late.push(collected);
          return collected.output;
        }),
        { name: 'results' },
      );
      return [results, ...late];
    };
    await crashAfterEach(build, t => {
      const source = t.source<Row>('rows');
      let watermark = Number.NEGATIVE_INFINITY;
      let most = Number.NEGATIVE_INFINITY;
      const inputs: TestInput[] = [];
      for (const [index, row] of all.entries()) {
        inputs.push(() => source.push(row, row.at));
        most = Math.max(most, row.at);
        const bound = bounds[index % bounds.length] ?? 0;
        if (bound >= 0 && most - bound > watermark) {
          const to = (watermark = most - bound);
          inputs.push(() => source.watermark(to));
        }
      }
      return [...inputs, () => source.end()];
    });
  });
