/** Runs one query: once for its rows, then once more against the clock with a sink that only counts. */
import type { Sink } from 'millrace';
import { inputOf, type Data } from './events.js';
import { digestOf, finalRows, type Query, type Row } from './query.js';

export interface Measured {
  readonly query: string;
  readonly results: number;
  readonly digest: string;
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

const counter = (): Sink<Row> & { readonly total: () => number } => {
  let total = 0;
  const accept = (): void => void total++;
  return { name: 'counter', guarantee: 'append', open: () => ({ write: rows => rows.forEach(accept), accept, flush: () => {}, close: () => {} }), total: () => total };
};

export async function measured(name: string, query: Query, data: Data, disorder: number): Promise<Measured> {
  const rows = await query.rows(inputOf(data, disorder)).collect({ name });
  const lines = finalRows(query, rows);
  const sink = counter();
  const started = performance.now();
  const job = await query.rows(inputOf(data, disorder)).to(sink).run({ name });
  await job.done;
  const seconds = (performance.now() - started) / 1_000;
  if (sink.total() !== rows.length) throw new Error(`${name} gave ${rows.length} rows, then ${sink.total()}.`);
  return { query: name, results: lines.length, digest: digestOf(lines), seconds: Math.round(seconds * 10_000) / 10_000, eventsPerSecond: Math.round(data.events.length / seconds) };
}
