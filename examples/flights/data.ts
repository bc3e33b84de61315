/** The data: a real file of flights and one of airports, from the npm package vega-datasets. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Stream } from 'millrace';
import { csv } from 'millrace/files';
import { parquet } from 'millrace/parquet';
import type { Source } from 'millrace';

/** A row of the file, as the pipeline believes it: the delay may still be anything, the airports may not exist. */
export interface FlightRow {
  /** Scheduled departure in epoch milliseconds; the file gives no zone, and it is taken as UTC. */
  readonly date: number;
  /** Minutes; negative when it left early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

export interface Airport {
  readonly iata: string;
  readonly city: string;
  readonly state: string;
}

export type Airports = ReadonlyMap<string, Airport>;

/** Rows in the file, for the progress line. */
export const FLIGHTS = 3_000_000;

const file = (name: string): string => join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '..', 'data', name);

/** `path`: another file of the same columns. */
export const flightRows = (path = file('flights-3m.parquet')): Source<FlightRow> => parquet<FlightRow>(path, { name: 'flights', times: 'milliseconds', columns: ['date', 'delay', 'distance', 'origin', 'destination'] });

export async function readAirports(): Promise<Airports> {
  const rows = await Stream.from(csv(file('airports.csv'))).collect();
  return new Map(rows.map(({ iata = '', city = '', state = '' }) => [iata, { iata, city, state }]));
}
