/** Window joins over tumbling windows: pairs by nested loops. */
import fc from 'fast-check';
import { tumbling, type JoinType } from '../../../src/index.js';
import type { Row } from '../row.js';
import type { Given, Subject, Trial } from '../subject.js';

const trial = ([size, type]: readonly [number, JoinType]): Trial => ({
  says: `${type} window join, tumbling(${size})`,
  build(rows, late) {
    const [left, right] = rows.split(row => row.side === 'left');
    return left.keyBy(row => row.key).window(tumbling(size), { late }).join(right.keyBy(row => row.key), { name: 'step', type });
  },
  model(seen) {
    const late: number[] = [];
    const held: Row[] = [];
    let watermark = Number.NEGATIVE_INFINITY;
    const startOf = ({ at }: Row): number => Math.floor(at / size) * size;
    for (const one of seen) {
      if ('watermark' in one) watermark = one.watermark;
      else if (startOf(one.row) + size <= watermark) late.push(one.row.id);
      else held.push(one.row);
    }
    const meet = (l: Row, r: Row): boolean => l.key === r.key && startOf(l) === startOf(r);
    const given = (of: Row, left: Row | undefined, right: Row | undefined): Given => [{ key: of.key, window: { start: startOf(of), end: startOf(of) + size }, pane: { index: 0, timing: 'onTime' }, left, right }, startOf(of) + size - 1];
    const [left, right] = [held.filter(row => row.side === 'left'), held.filter(row => row.side === 'right')];
    return {
      results: [
        ...left.flatMap(l => right.filter(r => meet(l, r)).map(r => given(l, l, r))),
        ...(type === 'left' || type === 'full' ? left.filter(l => !right.some(r => meet(l, r))).map(l => given(l, l, undefined)) : []),
        ...(type === 'right' || type === 'full' ? right.filter(r => !left.some(l => meet(l, r))).map(r => given(r, undefined, r)) : []),
      ],
      late,
      outside: 0,
    };
  },
});
const trials = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constantFrom<JoinType>('inner', 'left', 'right', 'full')).map(trial);

export const windowJoinSubject: Subject = { name: 'window-join', trials, byTimeAlone: trials, counts: true };
