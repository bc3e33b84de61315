/**
 * `npm start -- --durable`: kill it at will and start it again; the files under `out/` come out as if nothing had happened. Beyond that the job is the same: its outputs are given a name, a state folder and an interval.
 *
 * What was counted in the memory of a process that died is gone, so report and summary are made of the files when the job has ended.
 */
import { rm } from 'node:fs/promises';
import { Stream, run, stopOnSignals, type Job, type Output } from 'millrace';
import { csv, ndjson } from 'millrace/files';
import { lmdb } from 'millrace/lmdb';
import type { HourRow } from './pipeline.js';
import { createReport, type Report } from './report.js';

/** Beside `out/`, so that `out/` holds results alone. */
const STATE = 'out-state';

/** Starts the job, or goes on with one that was killed. */
export async function startDurable(outputs: readonly Output[], every: string): Promise<Job> {
  const job = await run(outputs, {
    name: 'flights',
    state: lmdb(STATE, { lease: '2s' }),
    checkpoint: every as '1s',
    budget: '5ms',
    onEvent(event) {
      if (event.kind === 'restored') console.error(`Going on from checkpoint ${event.checkpoint}.`);
      if (event.kind === 'checkpoint-failed') console.error(String(event.error));
    },
  });
  stopOnSignals(job, { grace: '10s' });
  return job;
}

/** The run is over: the next one begins anew. */
export const forget = (): Promise<void> => rm(STATE, { recursive: true, force: true });

const countOf = async (source: AsyncIterable<unknown>): Promise<number> => {
  let count = 0;
  for await (const _ of source) count++;
  return count;
};

/** What the files say. */
export async function reportOfFiles(): Promise<{ readonly report: Report; readonly late: number; readonly rejected: number }> {
  const report = createReport();
  for await (const row of Stream.from(csv('out/hours.csv'))) {
    const { airport = '', city = '', state = '', hour = '' } = row;
    report.add({ airport, city, state, hour, flights: Number(row['flights']), meanDelay: Number(row['meanDelay']), largestDelay: Number(row['largestDelay']), distance: Number(row['distance']) } satisfies HourRow);
  }
  return { report, late: await countOf(Stream.from(ndjson('out/late.ndjson'))), rejected: await countOf(Stream.from(ndjson('out/rejected.ndjson'))) };
}

/** Rows of the input. */
export const rowsOf = countOf;
