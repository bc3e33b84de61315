/**
 * Makes up events in the manner of Nexmark, the same on every platform: 32-bit integers, and IEEE additions and multiplications only.
 *
 * Of every 50 events the first is a person, the next three are auctions, the other 46 are bids. Events come in order of time; `disordered` delays each by some milliseconds.
 */
import type { Event, SideRow } from './events.js';

const PERSONS = 1;
const AUCTIONS = 3;
const EPOCH = 50;
const FIRST_ID = 1_000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
/** A hot auction, seller or bidder is named `1 - 1 / ratio` of the time. */
const HOT_AUCTION = 2;
const HOT_SELLER = 4;
const HOT_BIDDER = 4;
/** A hot id is the first of a hundred (bidders: the second). */
const HOT_BATCH = 100;
const ACTIVE_PEOPLE = 1_000;
const IN_FLIGHT = 100;
/** Ids so far ahead may be named before they exist. */
const LEAD = 10;
const CHANNELS = 10_000;
const SIDE_KEYS = 10_000;
const AVERAGE_PERSON = 200;
const AVERAGE_AUCTION = 500;
const AVERAGE_BID = 100;
const POOL_SIZE = 2 ** 16;

const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'];
const CITIES = ['Phoenix', 'Los Angeles', 'San Francisco', 'Boise', 'Portland', 'Bend', 'Redmond', 'Seattle', 'Kent', 'Cheyenne'];
const FIRST_NAMES = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter'];
const LAST_NAMES = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris'];
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'];

/** 10^(6 / 2^k) for k = 1..20: products of some of these are prices spread evenly over the magnitudes. */
const POWERS = [
  1000, 31.622776601683793, 5.623413251903491, 2.371373705661655, 1.539926526059492, 1.2409377607517196, 1.1139738599948024, 1.055449600878603, 1.0273507681793026, 1.0135831333340657, 1.0067686592927223,
  1.0033786221027048, 1.0016878865708143, 1.0008435874655013, 1.000421704815275, 1.0002108301829544, 1.000105409535892, 1.0000527033791229, 1.0000263513423648, 1.0000131755843844,
];

/** The mulberry32 generator: integers in [0, n). */
function integers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return n => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return Math.floor((((word ^ (word >>> 14)) >>> 0) * n) / 2 ** 32);
  };
}

export interface Shape {
  readonly seed?: number;
  readonly events: number;
  /** Events per second of event time. */
  readonly rate?: number;
  /** Time of the first event. */
  readonly base?: number;
}

/** Events in order of time. */
export function* nexmark({ seed = 1, events, rate = 2_000, base = Date.UTC(2015, 6, 14, 23, 59, 40, 123) }: Shape): Generator<Event> {
  const int = integers(Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b);
  const one = (list: readonly string[]): string => list[int(list.length)] ?? '';
  const price = (): number => {
    const bits = Math.floor(int(2 ** 32) / 2 ** 12);
    let amount = 100;
    for (const [bit, power] of POWERS.entries()) if ((bits & (1 << bit)) !== 0) amount *= power;
    return Math.floor(amount + 0.5);
  };
  const letter = (): string => String.fromCharCode(97 + int(26));
  const text = (longest: number, special: string): string => {
    let made = '';
    for (let left = 3 + int(longest - 3); left > 0; left--) made += int(13) === 0 ? special : letter();
    return made.trim();
  };
  let pool = '';
  for (let i = 0; i < POOL_SIZE; i++) pool += letter();
  /** Fills an event up to about its average size. */
  const extra = (size: number, average: number): string => {
    if (size > average) return '';
    const rest = average - size;
    const spread = Math.floor(rest * 0.2 + 0.5);
    const length = rest - spread + (spread === 0 ? 0 : int(2 * spread));
    const at = int(POOL_SIZE - length);
    return pool.slice(at, at + length);
  };
  const page = (): string => `https://www.nexmark.com/${text(5, '_')}/${text(5, '_')}/${text(5, '_')}/item.htm?query=1`;
  const hotUrls = HOT_CHANNELS.map(page);
  const channels = Array.from({ length: CHANNELS }, (_, i) => {
    const url = page();
    return { channel: `channel-${i}`, url: int(10) > 0 ? `${url}&channel_id=${reversed(i)}` : url };
  });
  const timeOf = (i: number): number => base + Math.floor((i * 1_000) / rate);
  const lastPerson = (i: number): number => Math.floor(i / EPOCH);
  const lastAuction = (i: number): number => {
    const epoch = Math.floor(i / EPOCH);
    const offset = i % EPOCH;
    return offset < PERSONS ? epoch * AUCTIONS - 1 : epoch * AUCTIONS + Math.min(offset - PERSONS, AUCTIONS - 1);
  };
  const somePerson = (i: number): number => {
    const people = lastPerson(i) + 1;
    const active = Math.min(people, ACTIVE_PEOPLE);
    return people - active + int(active + LEAD);
  };
  const someAuction = (i: number): number => {
    const last = lastAuction(i);
    const first = Math.max(last - IN_FLIGHT, 0);
    return first + int(last - first + 1 + LEAD);
  };
  const hot = (id: number): number => Math.floor(id / HOT_BATCH) * HOT_BATCH;

  for (let i = 0; i < events; i++) {
    const offset = i % EPOCH;
    const time = timeOf(i);
    if (offset < PERSONS) {
      const name = `${one(FIRST_NAMES)} ${one(LAST_NAMES)}`;
      const emailAddress = `${text(7, ' ')}@${text(5, ' ')}.com`;
      const creditCard = Array.from({ length: 4 }, () => String(int(10_000)).padStart(4, '0')).join(' ');
      const city = one(CITIES);
      const state = one(STATES);
      const size = 8 + name.length + emailAddress.length + creditCard.length + city.length + state.length;
      yield { kind: 'person', id: FIRST_ID + lastPerson(i), name, emailAddress, creditCard, city, state, extra: extra(size, AVERAGE_PERSON), time };
    } else if (offset < PERSONS + AUCTIONS) {
      const seller = int(HOT_SELLER) > 0 ? hot(lastPerson(i)) : somePerson(i);
      const category = FIRST_CATEGORY + int(CATEGORIES);
      const initialBid = price();
      const horizon = timeOf(i + Math.floor((IN_FLIGHT * EPOCH) / AUCTIONS)) - time;
      const expires = time + 1 + int(Math.max(horizon * 2, 1));
      const itemName = text(20, ' ');
      const description = text(100, ' ');
      const reserve = initialBid + price();
      const size = 8 + itemName.length + description.length + 40;
      yield { kind: 'auction', id: FIRST_ID + lastAuction(i), itemName, description, initialBid, reserve, expires, seller: FIRST_ID + seller, category, extra: extra(size, AVERAGE_AUCTION), time };
    } else {
      const auction = int(HOT_AUCTION) > 0 ? hot(lastAuction(i)) : someAuction(i);
      const bidder = int(HOT_BIDDER) > 0 ? hot(lastPerson(i)) + 1 : somePerson(i);
      const amount = price();
      const isHot = int(2) > 0;
      const at = int(isHot ? HOT_CHANNELS.length : CHANNELS);
      const { channel = '', url = '' } = isHot ? { channel: HOT_CHANNELS[at], url: hotUrls[at] } : (channels[at] ?? {});
      yield { kind: 'bid', auction: FIRST_ID + auction, bidder: FIRST_ID + bidder, price: amount, channel, url, extra: extra(32, AVERAGE_BID), time };
    }
  }
}

/** The 32 bits of a number in reverse. */
function reversed(number: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit++) result = (result << 1) | ((number >>> bit) & 1);
  return Math.abs(result);
}

/** Events in an order of arrival in which each comes at most `most` milliseconds of event time late. */
export function* disordered(events: Iterable<Event>, most: number, seed = 1): Generator<Event> {
  if (most === 0) {
    yield* events;
    return;
  }
  const int = integers(Math.imul(seed, 0xc2b2ae35) ^ 0x27d4eb2f);
  const waiting = new Map<number, Event[]>();
  let now = Number.POSITIVE_INFINITY;
  function* due(): Generator<Event> {
    const list = waiting.get(now);
    waiting.delete(now++);
    if (list !== undefined) yield* list;
  }
  for (const event of events) {
    now = Math.min(now, event.time);
    while (now < event.time) yield* due();
    const at = event.time + int(most + 1);
    const list = waiting.get(at);
    if (list === undefined) waiting.set(at, [event]);
    else list.push(event);
  }
  while (waiting.size > 0) yield* due();
}

/** The side table of q13: every key whose remainder by 7 is 3 is absent. */
export function* sideTable(): Generator<SideRow> {
  for (let key = 0; key < SIDE_KEYS; key++) if (key % 7 !== 3) yield { key, value: `side-${(key * 7_919) % 10_007}` };
}
