/** `sort`, by the watermark and within a bound of its own. That nothing is overtaken is seen in its own test; here it is what comes out and what is late. */
import fc from 'fast-check';
import type { Given, Subject, Trial } from '../subject.js';

const trial = (within: number | undefined): Trial => ({
  says: `sort within ${within ?? 'the watermark'}`,
  build: (rows, late) => rows.sort({ name: 'step', within, late }),
  model(seen) {
    const results: Given[] = [];
    const late: number[] = [];
    let handedOn = Number.NEGATIVE_INFINITY;
    for (const one of seen) {
      if ('watermark' in one) handedOn = Math.max(handedOn, one.watermark);
      else {
        if (one.row.at < handedOn) late.push(one.row.id);
        else results.push([one.row, one.row.at]);
        if (within !== undefined) handedOn = Math.max(handedOn, one.row.at - within);
      }
    }
    return { results, late, outside: 0 };
  },
});

export const sortSubject: Subject = { name: 'sort', trials: fc.option(fc.nat(40), { nil: undefined }).map(trial), byTimeAlone: fc.constant(undefined).map(trial), counts: true };
