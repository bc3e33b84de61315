/** q3, q13, q20: two inputs. Without a bound on their times both sides are kept for ever. */
import { auctions, bids, persons } from '../events.js';
import type { Query } from '../query.js';

const FOR_EVER = [-Infinity, Infinity] as const;

export const q3: Query = {
  about: 'auctions of category 10 by sellers from three states',
  rows: input =>
    auctions(input)
      .filter(({ category }) => category === 10)
      .keyBy(({ seller }) => seller)
      .join(
        persons(input)
          .filter(({ state }) => state === 'OR' || state === 'ID' || state === 'CA')
          .keyBy(({ id }) => id),
        { name: 'local-items', within: FOR_EVER },
      )
      .map(({ left: { id }, right: { name, city, state } }) => ({ name, city, state, id })),
};

export const q13: Query = {
  about: 'every bid with its row of a side table',
  rows(input) {
    const side = input.side.table({ name: 'side', key: ({ key }) => key, bootstrap: true });
    return bids(input)
      .keyBy(({ auction }) => auction % 10_000)
      .lookup(side, { name: 'side-value' })
      .map(({ value: { auction, bidder, price, time }, row }) => ({ auction, bidder, price, time, value: row.value }));
  },
};

export const q20: Query = {
  about: 'bids with their auction, of category 10',
  rows: input =>
    bids(input)
      .keyBy(({ auction }) => auction)
      .join(
        auctions(input)
          .filter(({ category }) => category === 10)
          .keyBy(({ id }) => id),
        { name: 'bids-of-ten', within: FOR_EVER },
      )
      .map(({ left: { auction, bidder, price, channel, url, time: bidTime, extra: bidExtra }, right: { itemName, description, initialBid, reserve, time: auctionTime, expires, seller, category, extra: auctionExtra } }) => ({ auction, bidder, price, channel, url, bidTime, bidExtra, itemName, description, initialBid, reserve, auctionTime, expires, seller, category, auctionExtra })),
};
