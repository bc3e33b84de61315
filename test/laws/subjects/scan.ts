/** States replaced by each record: what they are after each, by order of arrival. */
import fc from 'fast-check';
import { byKey } from '../models/by-key.js';
import type { Row } from '../row.js';
import type { Subject, Trial } from '../subject.js';

const next = (state: string, { id }: Row): string => `${state} ${id}`;

const trial: Trial = {
  says: 'scan',
  build: rows => rows.keyBy(row => row.key).scan(key => key, next, { name: 'step' }),
  model(seen) {
    const keys = byKey(seen.flatMap(one => ('row' in one ? [one.row] : [])));
    return { results: [...keys].flatMap(([key, rows]) => rows.map((row, index) => [{ key, value: rows.slice(0, index + 1).reduce(next, key) }, row.at] as const)), late: [], outside: 0 };
  },
};

export const scanSubject: Subject = { name: 'scan', trials: fc.constant(trial), counts: true };
