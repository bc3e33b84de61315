/** A9: the laws of aggregates (`checkLaws`), on random samples; and the result of each is that of plain array code. */
import fc from 'fast-check';
import { checkLaws } from '../../../src/index.js';
import { law } from '../law.js';
import { commutative, ordered, type Folded } from '../models/aggregates.js';
import { same } from '../play.js';
import { rows } from '../row.js';

const aggregateLaw = ({ name, aggregate, naive }: Folded) =>
  law(`A9/${name}`, fc.tuple(rows(12), fc.nat()), async ([all, seed]) => {
    if (all.length > 0) checkLaws(aggregate, all, { runs: 5, seed });
    const acc: unknown = all.reduce((to: unknown, row): unknown => aggregate.add(to, row, row.at), aggregate.zero());
    same(aggregate.result(acc), naive(all), 'the result');
  });

export const aggregateLaws = [...commutative, ...ordered].map(aggregateLaw);
