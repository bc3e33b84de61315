/**
 * The job: from rows to the figures of each airport and hour, and to the ten busiest routes of each day.
 *
 * Event time is the *actual* departure, scheduled + delay. The file is in order of the scheduled one, so event time is out of order by as much as a flight was late: more than a day.
 * A watermark that trails the largest event time would be dragged ahead by every long delay and call most of the file late. What is really known is the schedule: nobody
 * leaves much too early, so the watermark is the last scheduled time minus one hour, and only a flight that left more than an hour early may come too late for its hour.
 */
import { DataError, Stream, count, max, mean, sum, top, tumbling, type Late, type Output, type Rejected, type StreamInput, type WatermarkGenerator } from 'millrace';
import type { Airport, Airports, FlightRow } from './data.js';

const MINUTE = 60_000;

/** How long before its scheduled time a flight may leave and still be counted on time, whatever the hour. */
export const EARLIEST = 60 * MINUTE;

/** A flight between two airports that exist, with a delay that is a number. */
export interface Flight {
  readonly from: Airport;
  readonly to: Airport;
  readonly scheduled: number;
  /** Actual departure. */
  readonly departed: number;
  readonly delay: number;
  readonly distance: number;
}

/** All flights of one airport that left within one hour. */
export interface HourRow {
  readonly airport: string;
  readonly city: string;
  readonly state: string;
  /** Beginning of the hour, ISO 8601. */
  readonly hour: string;
  readonly flights: number;
  readonly meanDelay: number;
  readonly largestDelay: number;
  readonly distance: number;
}

/** The ten busiest routes of one day, busiest first; equal ones in alphabetical order, so that a restart, which may bring the keys of a window in another order, changes nothing. */
export interface DayRow {
  readonly day: string;
  readonly routes: readonly { readonly route: string; readonly flights: number }[];
}

/** Where each kind of result goes. */
export interface Ends {
  readonly hours: (rows: Stream<HourRow>) => Output;
  readonly days: (rows: Stream<DayRow>) => Output;
  /** Flights that came after their hour had been closed. */
  readonly late: (flights: Stream<Late<Flight>>) => Output;
  /** Rows with an unknown airport, or a delay that is not a number. */
  readonly rejected: (rows: Stream<Rejected<FlightRow>>) => Output;
}

function known(airports: Airports, iata: string): Airport {
  const airport = airports.get(iata);
  if (airport === undefined) throw new DataError('unknown-airport', `There is no airport "${iata}".`, iata);
  return airport;
}

/** Validates a row, and enriches it with what is known of its airports. */
export function toFlight(airports: Airports, { date, delay, distance, origin, destination }: FlightRow): Flight {
  const from = known(airports, origin);
  const to = known(airports, destination);
  if (typeof delay !== 'number' || !Number.isFinite(delay)) throw new DataError('delay', 'The delay is not a number.', delay);
  return { from, to, scheduled: date, departed: date + delay * MINUTE, delay, distance };
}

/** A fraction below one that grows with the letters of a route: takes nothing from a count of flights and decides between equal ones. */
export function alphabetical(route: string): number {
  const letters = route.replace('-', '');
  return [...letters].reduce((sum, letter) => sum * 36 + Number.parseInt(letter, 36), 0) / 36 ** letters.length;
}

/** The last scheduled time minus one hour: rows come in order of it. */
export function scheduleWatermark(): WatermarkGenerator<Flight> {
  let last = -Infinity;
  return {
    record: flight => void (last = Math.max(last, flight.scheduled)),
    watermark: () => last - EARLIEST,
    save: () => (last === -Infinity ? null : last),
    restore: state => void (last = typeof state === 'number' ? state : -Infinity),
  };
}

/** The whole job, from any input of rows. */
export function flightsJob(rows: StreamInput<FlightRow>, airports: Airports, ends: Ends): readonly Output[] {
  const flights = Stream.from(rows, { name: 'flights' })
    .map(row => toFlight(airports, row), { name: 'enrich', onError: ends.rejected })
    .timestamps(flight => flight.departed, { name: 'departed', watermark: scheduleWatermark });

  const hours = flights
    .keyBy(flight => flight.from.iata)
    .window(tumbling('1h'), { late: ends.late })
    .aggregate({ flights: count(), meanDelay: mean<Flight>(f => f.delay), largestDelay: max<Flight>(f => f.delay), distance: sum<Flight>(f => f.distance) }, { name: 'per-hour' })
    .map(({ key, window, value }): HourRow => {
      const { city, state } = known(airports, key);
      // A window that fires has a record, so there is a mean and a maximum.
      return { airport: key, city, state, hour: new Date(window.start).toISOString(), flights: value.flights, meanDelay: value.meanDelay ?? 0, largestDelay: value.largestDelay ?? 0, distance: value.distance };
    }, { name: 'hour-row' });

  const days = flights
    .keyBy(flight => `${flight.from.iata}-${flight.to.iata}`)
    .window(tumbling('1d'))
    .aggregate(count(), { name: 'per-route' })
    .keyBy(route => route.window.end)
    .window(tumbling('1d'))
    .aggregate(top(10, route => route.value - alphabetical(route.key)), { name: 'busiest' })
    .map(({ window, value }): DayRow => ({ day: new Date(window.start).toISOString().slice(0, 10), routes: value.map(({ key, value: of }) => ({ route: key, flights: of })) }), { name: 'day-row' });

  return [ends.hours(hours), ends.days(days)];
}
