/** A6: in an outer join each row on time is in matches or given alone, once, and never both. */
import fc from 'fast-check';
import type { Joined, Stream } from '../../../src/index.js';
import { law } from '../law.js';
import { played, same } from '../play.js';
import type { Row } from '../row.js';
import type { Trial } from '../subject.js';
import { ways } from './ways.js';

type Pair = Joined<string, Row | undefined, Row | undefined>;

/** `join` is a full join of the two sides within bounds; its step must be named `step`. */
export const outerLaw = (join: (rows: Stream<Row>, within: readonly [number, number], late: Parameters<Trial['build']>[1]) => Stream<Pair>) =>
  law('A6', fc.tuple(fc.integer({ min: -20, max: 0 }), fc.integer({ min: 0, max: 20 }), ways), async ([lower, upper, way]) => {
    const { seen, results, late } = await played({ says: `full join within [${lower}, ${upper}]`, build: (rows, records) => join(rows, [lower, upper], records), model: () => ({ results: [], late: [], outside: 0 }) }, way);
    const pairs = results.map(([value]) => value as Pair);
    for (const one of seen) {
      if (!('row' in one) || late.includes(one.row.id)) continue;
      const of = pairs.filter(({ left, right }) => left?.id === one.row.id || right?.id === one.row.id);
      const alone = of.filter(({ left, right }) => left === undefined || right === undefined).length;
      same([alone, of.length > alone], alone === 0 ? [0, true] : [1, false], `row ${one.row.id}: how often alone, and whether in matches`);
    }
  });

export const fullJoin: Parameters<typeof outerLaw>[0] = (rows, within, late) => {
  const [left, right] = rows.split(row => row.side === 'left');
  return left.keyBy(row => row.key).join(right.keyBy(row => row.key), { name: 'step', within, type: 'full', late: records => late(records.map(({ value, time, watermark }) => ({ value, time, watermark }))) });
};
