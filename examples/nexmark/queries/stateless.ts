/** q0-q2, q10, q14, q21, q22: a bid in, at most one row out. */
import { bids } from '../events.js';
import { calendarText } from '../calendar.js';
import type { Query } from '../query.js';

/** A dollar is 0.908 euro: cents times 908 are thousandths of a euro cent. */
const EURO = 908;

export const q0: Query = {
  about: 'every bid, as it is',
  rows: input => bids(input).map(({ auction, bidder, price, time, extra }) => ({ auction, bidder, price, time, extra })),
};

export const q1: Query = {
  about: 'every bid, its price in euro',
  rows: input => bids(input).map(({ auction, bidder, price, time, extra }) => ({ auction, bidder, price: price * EURO, time, extra })),
};

export const q2: Query = {
  about: 'bids of some auctions',
  rows: input =>
    bids(input)
      .filter(({ auction }) => auction % 123 === 0)
      .map(({ auction, price }) => ({ auction, price })),
};

export const q10: Query = {
  about: 'every bid, with the day and minute it would be filed under',
  rows(input) {
    const textOf = calendarText();
    return bids(input).map(({ auction, bidder, price, time, extra }) => ({ auction, bidder, price, time, extra, ...textOf(time) }));
  },
};

const HOUR = 3_600_000;
const timeOfDay = (time: number): string => {
  const hour = Math.floor(time / HOUR) % 24;
  return hour >= 8 && hour <= 18 ? 'dayTime' : hour <= 6 || hour >= 20 ? 'nightTime' : 'otherTime';
};

export const q14: Query = {
  about: 'bids of middling price, with some figures',
  rows: input =>
    bids(input)
      .map(({ auction, bidder, price, time, extra }) => ({ auction, bidder, price: price * EURO, bidTimeType: timeOfDay(time), time, extra, cCounts: extra.split('c').length - 1 }))
      .filter(({ price }) => price > 1_000_000_000 && price < 50_000_000_000),
};

const CHANNELS: ReadonlyMap<string, string> = new Map([
  ['apple', '0'],
  ['google', '1'],
  ['facebook', '2'],
  ['baidu', '3'],
]);
const CHANNEL_ID = /(?:&|^)channel_id=([^&]*)/;

export const q21: Query = {
  about: 'the number of the channel of a bid',
  rows: input =>
    bids(input).flatMap(({ auction, bidder, price, channel, url }) => {
      const channelId = CHANNELS.get(channel.toLowerCase()) ?? CHANNEL_ID.exec(url)?.[1];
      return channelId === undefined ? [] : [{ auction, bidder, price, channel, channelId }];
    }),
};

export const q22: Query = {
  about: 'three parts of the url of a bid',
  rows: input =>
    bids(input).map(({ auction, bidder, price, channel, url }) => {
      const [, , , dir1, dir2, dir3] = url.split('/', 6);
      return { auction, bidder, price, channel, dir1, dir2, dir3 };
    }),
};
