/**
 * The second half of `npm start`: one question, answered from two sides. January to May are computed as a batch view, June comes in behind it into the speed view, and whoever asks gets both in one answer,
 * before, while and after the next version is published. Each answer is compared with the same sums by hand. Then changed code is computed from the log, beside the old one.
 */
import { rm } from 'node:fs/promises';
import { Stream, count, run, sum, type Source } from 'millrace';
import { masterLog } from 'millrace/log';
import { kappa, lambda, type Reading } from 'millrace/views';
import type { Airports, FlightRow } from './data.js';
import { toFlight } from './pipeline.js';

const DAY = 86_400_000;
const JUNE = Date.UTC(2001, 5, 1);

/** What is asked about: whole months, all of them, and some days around the first of June, where the batch view ends. */
const RANGES: readonly { readonly from: number; readonly to: number }[] = [
  ...[0, 1, 2, 3, 4, 5].map(month => ({ from: Date.UTC(2001, month, 1), to: Date.UTC(2001, month + 1, 1) })),
  { from: Date.UTC(2001, 0, 1), to: Date.UTC(2001, 6, 2) },
  { from: JUNE - 3 * DAY, to: JUNE + 3 * DAY },
];

/** What is kept of a flight: it is written to the log like this. */
interface Departure {
  readonly airport: string;
  readonly at: number;
  readonly delay: number;
}
interface Sums {
  readonly flights: number;
  readonly delay: number;
}

/** By hand: flights and delays of each airport and day, in arrays. `counts` says which flights. */
function byHand(counts: (departure: Departure) => boolean): { add(departure: Departure): void; ask(airport: string, from: number, to: number): Sums } {
  const airports = new Map<string, Float64Array>();
  const first = Date.UTC(2000, 11, 1) / DAY;
  return {
    add(departure) {
      if (!counts(departure)) return;
      let days = airports.get(departure.airport);
      if (days === undefined) airports.set(departure.airport, (days = new Float64Array(2 * 300)));
      const at = 2 * (Math.floor(departure.at / DAY) - first);
      days[at] = (days[at] ?? 0) + 1;
      days[at + 1] = (days[at + 1] ?? 0) + departure.delay;
    },
    ask(airport, from, to) {
      const days = airports.get(airport);
      let [flights, delay] = [0, 0];
      for (let day = from / DAY - first; day < to / DAY - first; day++) {
        flights += days?.[2 * day] ?? 0;
        delay += days?.[2 * day + 1] ?? 0;
      }
      return { flights, delay };
    },
  };
}

/** A door that is closed at first. */
function door(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>(resolve => (open = resolve));
  return { opened, open };
}

export interface ViewsSummary {
  /** Answers that were compared with those by hand, and how many were other ones. */
  readonly asked: number;
  readonly wrong: number;
  readonly versions: number;
  /** Rows of the changed code, and those that differ from the old one's. */
  readonly replayed: number;
  readonly differ: number;
}

/** Runs it all in a folder of its own, and tells what it finds. */
export async function flightViews(rows: Source<FlightRow>, airports: Airports, folder: string, tell: (line: string) => void): Promise<ViewsSummary> {
  await rm(folder, { recursive: true, force: true });
  const all = byHand(() => true);
  const late = byHand(({ delay }) => delay >= 15);
  const may = door();
  const june = door();
  let ingested = 0;
  const seen = new Set<string>();

  /** Departures in the order of the file; June waits until it is asked for. */
  async function* departures(): AsyncGenerator<Departure> {
    let waits = true;
    const wait = async (): Promise<void> => {
      waits = false;
      may.open();
      await june.opened;
    };
    for await (const row of Stream.from(rows)) {
      if (waits && row.date >= JUNE) await wait();
      let departure: Departure;
      try {
        const { from, departed, delay } = toFlight(airports, row);
        departure = { airport: from.iata, at: departed, delay };
      } catch {
        continue; // the first half has put it into rejected.ndjson
      }
      ingested++;
      seen.add(departure.airport);
      all.add(departure);
      late.add(departure);
      yield departure;
    }
    if (waits) await wait();
  }

  const flights = Stream.from(departures(), { name: 'departures' }).timestamps(departure => departure.at);
  const log = masterLog(`${folder}/log`);
  const figures = { flights: count(), delay: sum<Departure>(departure => departure.delay) };
  const delays = lambda('delays', flights, { key: departure => departure.airport, every: '1d', aggregate: figures, log, folder: `${folder}/delays` });
  const tardy = kappa('tardy', flights, { key: departure => departure.airport, every: '1d', aggregate: figures, log });
  const job = await run([...delays.outputs, ...tardy.outputs], { name: 'flight-views', checkpoint: '2s', budget: '5ms' });

  let [asked, wrong] = [0, 0];
  const compare = async (when: string, view: Reading<string, Sums>, truth = all): Promise<void> => {
    const before = { asked, wrong };
    const keys = [...seen];
    for (const range of RANGES) {
      const { value } = await view.queryMany(keys, range);
      for (const [i, key] of keys.entries()) {
        const { flights, delay } = truth.ask(key, range.from, range.to);
        asked++;
        if (value[i]?.flights !== flights || value[i]?.delay !== delay) wrong++;
      }
    }
    tell(`  ${when.padEnd(36)} ${(asked - before.asked).toLocaleString('en-US')} answers, ${wrong - before.wrong} other than by hand`);
  };
  /** Everything that was handed in is in the log and in the views. */
  const settled = async (): Promise<void> => (await delays.snapshot()).release();

  await may.opened;
  await settled();
  await compare('January to May, speed view:', delays);
  const first = await delays.publish();
  tell(`  version ${first.manifest.version} is published: ${first.manifest.rows.toLocaleString('en-US')} rows, of which ${first.reconciled?.differ ?? 0} say anything else than was answered before`);
  june.open();
  await job.done;
  await compare('January to May batch, June speed:', delays);
  const second = delays.publish();
  await compare('while the next version is computed:', delays);
  const { manifest } = await second;
  await compare('all of it batch:', delays);

  const { value } = await delays.query('ATL', { from: JUNE - 3 * DAY, to: JUNE + 3 * DAY });
  tell(`  Atlanta, 29 May to 3 June: ${value?.flights.toLocaleString('en-US') ?? 0} flights, mean delay ${((value?.delay ?? 0) / (value?.flights ?? 1)).toFixed(1)} minutes`);

  // Only flights that left a quarter of an hour late or more should count: new code, from the same log.
  const next = tardy.replay({ filter: departure => departure.delay >= 15 });
  await next.caughtUp;
  const { rows: replayed, differ, largest } = await next.diff();
  const [most] = largest;
  tell(`  other code, from the same log: ${differ.toLocaleString('en-US')} of ${replayed.toLocaleString('en-US')} rows differ, most of all ${String(most?.key)} on ${new Date(most?.from ?? 0).toISOString().slice(0, 10)}`);
  await next.swap();
  await compare('delays of 15 minutes and more:', tardy, late);
  await next.rollback();
  await compare('and back:', tardy);
  await rm(folder, { recursive: true, force: true });
  return { asked, wrong, versions: manifest.version, replayed, differ };
}
