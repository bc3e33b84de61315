/** The events of Nexmark: an online auction, in one file, in order of arrival. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Stream } from 'millrace';
import { ndjson } from 'millrace/files';

export interface Person {
  readonly kind: 'person';
  readonly id: number;
  readonly name: string;
  readonly emailAddress: string;
  readonly creditCard: string;
  readonly city: string;
  readonly state: string;
  readonly extra: string;
  readonly time: number;
}
/** Prices are in cents, times in epoch milliseconds. */
export interface Auction {
  readonly kind: 'auction';
  readonly id: number;
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
  readonly extra: string;
  readonly time: number;
}
export interface Bid {
  readonly kind: 'bid';
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly extra: string;
  readonly time: number;
}
export type Event = Person | Auction | Bid;

/** A row of the side table of q13. */
export interface SideRow {
  readonly key: number;
  readonly value: string;
}

/** What a query takes. */
export interface Input {
  readonly events: Stream<Event>;
  readonly side: Stream<SideRow>;
}

export const persons = ({ events }: Input): Stream<Person> => events.filter(event => event.kind === 'person');
export const auctions = ({ events }: Input): Stream<Auction> => events.filter(event => event.kind === 'auction');
export const bids = ({ events }: Input): Stream<Bid> => events.filter(event => event.kind === 'bid');

/** Everything in memory, decoded, so that what is timed is the queries. */
export interface Data {
  readonly events: readonly Event[];
  readonly side: readonly SideRow[];
}

/** Reads a file of events, and `side.ndjson` beside it. */
export async function readData(path: string): Promise<Data> {
  const beside = join(dirname(path), 'side.ndjson');
  const side = await readFile(beside).then(
    () => Stream.from(ndjson<SideRow>(beside)).collect(),
    () => [],
  );
  return { events: await Stream.from(ndjson<Event>(path)).collect(), side };
}

/**
 * Streams over the data. Watermarks trail the largest time seen by `disorder + 1` milliseconds: an event that is late by the whole disorder is then still on time,
 * and sessions that touch exactly are one.
 */
export const inputOf = (data: Data, disorder: number): Input => ({
  events: Stream.from(data.events, { name: 'events' }).timestamps(event => event.time, { name: 'times', disorder: disorder + 1 }),
  side: Stream.from(data.side, { name: 'side-rows' }),
});
