/** Co-groups over tumbling windows: the rows of both sides, each in order of arrival. */
import fc from 'fast-check';
import { tumbling } from '../../../src/index.js';
import type { Row } from '../row.js';
import type { Given, Subject, Trial } from '../subject.js';

const trial = ([size, inOrder]: readonly [number, boolean]): Trial => {
  const startOf = ({ at }: Row): number => Math.floor(at / size) * size;
  const idsOf = (rows: readonly Row[]): readonly number[] => (inOrder ? rows.map(row => row.id).toSorted((a, b) => a - b) : rows.map(row => row.id));
  return {
    says: `coGroup, tumbling(${size})`,
    build(rows, late) {
      const [left, right] = rows.split(row => row.side === 'left');
      return left
        .keyBy(row => row.key)
        .window(tumbling(size), { late })
        .coGroup(right.keyBy(row => row.key), both => [[both.key, both.window.start, idsOf(both.left), idsOf(both.right)]], { name: 'step' });
    },
    model(seen) {
      const late: number[] = [];
      const windows = new Map<string, Row[]>();
      let watermark = Number.NEGATIVE_INFINITY;
      for (const one of seen) {
        if ('watermark' in one) watermark = one.watermark;
        else if (startOf(one.row) + size <= watermark) late.push(one.row.id);
        else windows.set(`${one.row.key} ${startOf(one.row)}`, [...(windows.get(`${one.row.key} ${startOf(one.row)}`) ?? []), one.row]);
      }
      const results = [...windows.values()].flatMap((rows): Given[] => {
        const [one] = rows;
        return one === undefined ? [] : [[[one.key, startOf(one), idsOf(rows.filter(row => row.side === 'left')), idsOf(rows.filter(row => row.side === 'right'))], startOf(one) + size - 1]];
      });
      return { results, late, outside: 0 };
    },
  };
};

export const coGroupSubject: Subject = { name: 'co-group', trials: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constant(false)).map(trial), byTimeAlone: fc.tuple(fc.integer({ min: 1, max: 30 }), fc.constant(true)).map(trial), counts: true };
