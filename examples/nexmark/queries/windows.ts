/** q5, q7, q8, q11, q12: windows of event time. */
import { count, fold, hopping, session, tumbling, type Aggregate } from 'millrace';
import { auctions, bids, persons } from '../events.js';
import type { Query } from '../query.js';

const TEN = '10s';

/** Every record whose number is the largest; all that tie. */
const largest = <T>(of: (value: T) => number): Aggregate<T, { most: number; all: T[] }, readonly T[]> =>
  fold({
    name: 'largest',
    zero: () => ({ most: -Infinity, all: [] as T[] }),
    add(best, value: T) {
      const number = of(value);
      if (number > best.most) return { most: number, all: [value] };
      if (number === best.most) best.all.push(value);
      return best;
    },
    merge(a, b) {
      if (a.most === b.most) a.all.push(...b.all);
      return b.most > a.most ? { most: b.most, all: [...b.all] } : a;
    },
    result: ({ all }) => [...all],
  });

export const q5: Query = {
  about: 'the auctions with most bids in the last ten seconds, every two',
  rows: input =>
    bids(input)
      .keyBy(bid => bid.auction)
      .window(hopping(TEN, { every: '2s' }))
      .aggregate(count(), { name: 'bids-per-auction' })
      // Windows end two seconds apart, so these hold the results of one each.
      .window(tumbling('2s'))
      .aggregate(largest(result => result.value), { name: 'hottest' })
      .flatMap(({ value }) => value.map(({ key, value: num, window }) => ({ auction: key, num, windowStart: window.start, windowEnd: window.end }))),
};

export const q7: Query = {
  about: 'the highest bids of every ten seconds',
  rows: input =>
    bids(input)
      .window(tumbling(TEN))
      .aggregate(largest(bid => bid.price), { name: 'highest' })
      .flatMap(({ value }) => value.map(({ auction, bidder, price, time, extra }) => ({ auction, bidder, price, time, extra }))),
};

export const q8: Query = {
  about: 'persons who open an auction in the ten seconds in which they came',
  rows: input =>
    persons(input)
      .keyBy(person => person.id)
      .window(tumbling(TEN))
      .coGroup(
        auctions(input).keyBy(auction => auction.seller),
        ({ window, left, right }) => (right.length === 0 ? [] : left.map(({ id, name }) => ({ id, name, windowStart: window.start }))),
        { name: 'new-sellers' },
      ),
};

export const q11: Query = {
  about: 'the sessions of each bidder',
  rows: input =>
    bids(input)
      .keyBy(bid => bid.bidder)
      .window(session(TEN, { merge: 'touch' }))
      .aggregate(count(), { name: 'sessions' })
      .map(({ key, value, window }) => ({ bidder: key, bidCount: value, start: window.start, end: window.end })),
};

export const q12: Query = {
  about: 'the number of bids of each bidder, every ten seconds',
  rows: input =>
    bids(input)
      .keyBy(bid => bid.bidder)
      .window(tumbling(TEN))
      .aggregate(count(), { name: 'bids-per-bidder' })
      .map(({ key, value, window }) => ({ bidder: key, bidCount: value, start: window.start, end: window.end })),
};
