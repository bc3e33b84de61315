import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, count, perBatch, toArray, tumbling, type ConfigurationError, type Late } from '../../src/index.js';
import { errorOf, runAll, valuesOf } from '../operators/kit.js';

type Line = number | 'end';
const ends = (line: Line): boolean => line === 'end';

describe('perBatch', () => {
  it('is the largest time of the batches before, less the bound; a saved one goes on as it was', () =>
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant('end' as const))), fc.nat(20), fc.nat(30), (lines: readonly Line[], bound, at) => {
        let generator = perBatch(bound, ends)();
        lines.forEach((line, i) => {
          if (i === at) {
            const saved = JSON.parse(JSON.stringify(generator.save())) as ReturnType<typeof generator.save>;
            generator = perBatch(bound, ends)();
            generator.restore(saved);
          }
          generator.record(line, line === 'end' ? 1_000_000 : line);
          const closed = lines.slice(0, lines.slice(0, i + 1).lastIndexOf('end') + 1).filter(l => l !== 'end');
          expect(generator.watermark()).toBe(closed.length === 0 ? Number.NEGATIVE_INFINITY : Math.max(...closed) - bound);
        });
      }),
    ));
  it('a record is judged by the batches before its own', async () => {
    const late: Late<Line>[] = [];
    const values: unknown[] = [];
    const lines: Line[] = [5, 40, 6, 'end', 7, 50, 'end', 41, 'end'];
    const stream = Stream.from(lines).timestamps(line => (line === 'end' ? 0 : line), { watermark: perBatch(10, ends) }).filter(line => line !== 'end');
    await runAll(stream.window(tumbling(10), { late: l => l.to(toArray(late)) }).aggregate(count()).map(r => [r.window.start, r.value]).to(toArray(values)));
    expect(values).toEqual([[0, 2], [40, 2], [50, 1]]);
    expect(late.map(l => [l.value, l.watermark])).toEqual([[7, 30]]);
  });
  it('a bound that is none is told before anything runs', async () => {
    const error = (await errorOf(valuesOf(Stream.from<Line>([1]).timestamps(() => 1, { watermark: perBatch(-1, ends) })))) as ConfigurationError;
    expect(error.problems[0]?.what).toMatch(/The bound is -1/);
    expect(() => perBatch('soon' as '1s', ends)()).toThrow(/is not a duration/);
  });
});
