/** q15-q19: a row for each key, given again with each bid that changes it. */
import { count, countDistinct, filtered, fold, mapInput, max, min, sum, type Aggregate, type SomeAccumulator } from 'millrace';
import { calendarText } from '../calendar.js';
import { bids, type Bid } from '../events.js';
import type { Query } from '../query.js';

const rank1 = ({ price }: Bid): boolean => price < 10_000;
const rank2 = ({ price }: Bid): boolean => price >= 10_000 && price < 1_000_000;
const rank3 = ({ price }: Bid): boolean => price >= 1_000_000;

/** Of all bids, and of those of each rank. */
const ofRanks = <N extends string, R>(name: N, aggregate: Aggregate<Bid, SomeAccumulator, R>) =>
  ({ [`total${name}`]: aggregate, [`rank1${name}`]: filtered(aggregate, rank1), [`rank2${name}`]: filtered(aggregate, rank2), [`rank3${name}`]: filtered(aggregate, rank3) }) as {
    readonly [P in `${'total' | 'rank1' | 'rank2' | 'rank3'}${N}`]: Aggregate<Bid, SomeAccumulator, R>;
  }; // these four names

const counts = { ...ofRanks('Bids', count()), ...ofRanks('Bidders', countDistinct((bid: Bid) => bid.bidder)), ...ofRanks('Auctions', countDistinct((bid: Bid) => bid.auction)) };

export const q15: Query = {
  about: 'figures of each day',
  key: ['day'],
  rows(input) {
    const textOf = calendarText();
    return bids(input)
      .keyBy(({ time }) => textOf(time).day)
      .aggregate(counts, { name: 'per-day' })
      .map(({ key, value }) => ({ day: key, ...value }));
  },
};

/** The last text in order of the alphabet. */
const lastText = fold({ name: 'lastText', zero: () => '', add: (last: string, text: string) => (text > last ? text : last), merge: (a, b) => (b > a ? b : a) });

export const q16: Query = {
  about: 'figures of each channel and day',
  key: ['channel', 'day'],
  rows(input) {
    const textOf = calendarText();
    return bids(input)
      .keyBy(({ channel, time }) => [channel, textOf(time).day] as const)
      .aggregate({ minute: mapInput(lastText, (bid: Bid) => textOf(bid.time).minute), ...counts }, { name: 'per-channel' })
      .map(({ key: [channel, day], value }) => ({ channel, day, ...value }));
  },
};

export const q17: Query = {
  about: 'figures of each auction and day',
  key: ['auction', 'day'],
  rows(input) {
    const textOf = calendarText();
    return bids(input)
      .keyBy(({ auction, time }) => [auction, textOf(time).day] as const)
      .aggregate({ ...ofRanks('Bids', count()), minPrice: min((bid: Bid) => bid.price), maxPrice: max((bid: Bid) => bid.price), sumPrice: sum((bid: Bid) => bid.price) }, { name: 'per-auction' })
      .map(({ key: [auction, day], value: { sumPrice, totalBids, rank1Bids, rank2Bids, rank3Bids, minPrice, maxPrice } }) => ({ auction, day, totalBids, rank1Bids, rank2Bids, rank3Bids, minPrice, maxPrice, avgPrice: Math.floor(sumPrice / totalBids), sumPrice }));
  },
};

export const q18: Query = {
  about: 'the last bid of each bidder on each auction',
  key: ['bidder', 'auction'],
  rows: input =>
    bids(input)
      // An older bid does not replace a newer one; of equal times the later to arrive does.
      .table({ name: 'last-bids', key: ({ bidder, auction }) => [bidder, auction] as const })
      .changes()
      .flatMap(({ after }) => {
        if (after === undefined) return [];
        const { auction, bidder, price, channel, url, time, extra } = after;
        return [{ auction, bidder, price, channel, url, time, extra }];
      }),
};

/** The ten highest bids; of equal ones the first to arrive stays ahead. */
const topTen: Aggregate<Bid, Bid[], readonly Bid[]> = fold({
  name: 'topTen',
  zero: () => [] as Bid[],
  add(ranks, bid: Bid) {
    let at = ranks.length;
    while (at > 0 && (ranks[at - 1]?.price ?? 0) < bid.price) at--;
    if (at < 10) ranks.splice(at, 0, bid);
    if (ranks.length > 10) ranks.pop();
    return ranks;
  },
  merge: (a, b) => [...a, ...b].sort((x, y) => y.price - x.price).slice(0, 10),
  result: ranks => [...ranks],
});

export const q19: Query = {
  about: 'the ten highest bids of each auction',
  key: ['auction', 'rankNumber'],
  rows: input =>
    bids(input)
      .keyBy(({ auction }) => auction)
      .aggregate(topTen, { name: 'top-ten' })
      .flatMap(({ value }) => value.map(({ auction, bidder, price, channel, url, time, extra }, index) => ({ auction, bidder, price, channel, url, time, extra, rankNumber: index + 1 }))),
};
