/** Lookups as of the record's time: of all versions, the newest that is not newer than the record. A record waits until `watermark >= time`, so of a version of the very same time it is arrival that decides; the two sides share no time here. */
import fc from 'fast-check';
import { scaled, scaledSeen } from '../models/scaled.js';
import type { Row } from '../row.js';
import type { Given, Subject, Trial } from '../subject.js';

const scale = { from: 0, by: 2, left: 1 };

const trial = (wait: 0 | undefined): Trial => ({
  says: `lookup as of the record's time${wait === 0 ? ', without waiting' : ''}`,
  build(rows) {
    const [left, right] = scaled(rows, scale).split(row => row.side === 'left');
    const table = right.table({ name: 'rows', key: row => row.key, versions: 1_000 });
    return left.keyBy(row => row.key).lookup(table, { name: 'step', type: 'left', wait }).map(({ value, row }) => [value.id, row === undefined ? undefined : 2 * row.at], { name: 'shown' });
  },
  model(seen) {
    const versions: Row[] = [];
    const results: Given[] = [];
    let waiting: Row[] = [];
    let watermark = Number.NEGATIVE_INFINITY;
    const give = ({ id, key, at }: Row): void => {
      const times = versions.filter(row => row.key === key && row.at <= at).map(row => row.at);
      results.push([[id, times.length === 0 ? undefined : Math.max(...times)], at]);
    };
    for (const one of scaledSeen(seen, scale)) {
      if ('watermark' in one) {
        watermark = one.watermark;
        for (const row of waiting) if (row.at < watermark) give(row);
        waiting = waiting.filter(row => row.at >= watermark);
      } else if (one.row.side === 'right') versions.push(one.row);
      else if (wait === 0 || one.row.at < watermark) give(one.row);
      else waiting.push(one.row);
    }
    return { results, late: [], outside: 0 };
  },
});

export const lookupSubject: Subject = { name: 'lookup', trials: fc.constantFrom<(0 | undefined)[]>(0, undefined, undefined).map(trial), byTimeAlone: fc.constant(undefined).map(trial), counts: false };
