/** Interval joins of all types and bounds; with `full` also A6: each row is in matches or unmatched exactly once, never both. */
import fc from 'fast-check';
import type { JoinType, Late, LateSide, Stream } from '../../../src/index.js';
import type { Row } from '../row.js';
import type { Given, Subject, Trial } from '../subject.js';

const asLate = (late: Stream<LateSide<Row, Row>>): Stream<Late<Row>> => late.map(({ value, time, watermark }) => ({ value, time, watermark }));

const trial = ([a, b, type]: readonly [number, number, JoinType]): Trial => {
  const [lower, upper] = [Math.min(a, b), Math.max(a, b)];
  return {
    says: `${type} join within [${lower}, ${upper}]`,
    build(rows, late) {
      const [left, right] = rows.split(row => row.side === 'left');
      return left.keyBy(row => row.key).join(right.keyBy(row => row.key), { name: 'step', within: [lower, upper], type, late: records => late(asLate(records)) });
    },
    model(seen) {
      const late: number[] = [];
      const onTime: Row[] = [];
      let watermark = Number.NEGATIVE_INFINITY;
      for (const one of seen) {
        if ('watermark' in one) watermark = one.watermark;
        else if (one.row.at < watermark) late.push(one.row.id);
        else onTime.push(one.row);
      }
      const [left, right] = [onTime.filter(row => row.side === 'left'), onTime.filter(row => row.side === 'right')];
      const pairs = left.flatMap(l => right.filter(r => r.key === l.key && l.at + lower <= r.at && r.at <= l.at + upper).map(r => [l, r] as const));
      const matched = new Set(pairs.flat());
      const results: Given[] = pairs.map(([l, r]) => [{ key: l.key, left: l, right: r }, Math.max(l.at, r.at)]);
      if (type === 'left' || type === 'full') for (const l of left) if (!matched.has(l)) results.push([{ key: l.key, left: l, right: undefined }, l.at]);
      if (type === 'right' || type === 'full') for (const r of right) if (!matched.has(r)) results.push([{ key: r.key, left: undefined, right: r }, r.at]);
      return { results, late, outside: 0 };
    },
  };
};
const trials = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 }), fc.constantFrom<JoinType>('inner', 'left', 'right', 'full')).map(trial);

export const intervalJoinSubject: Subject = { name: 'interval-join', trials, byTimeAlone: trials, counts: true };
