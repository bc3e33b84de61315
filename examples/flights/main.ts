/** Three million flights, from a file to right answers: `npm start`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { run } from 'millrace';
import { csvFile, ndjsonFile } from 'millrace/files';
import { FLIGHTS, flightRows, readAirports } from './data.js';
import { flightsJob } from './pipeline.js';
import { showProgress } from './progress.js';
import { createReport, proof, type Summary } from './report.js';

const started = performance.now();
const report = createReport();
await mkdir('out', { recursive: true });

const outputs = flightsJob(flightRows(), await readAirports(), {
  hours: rows => rows.tap(row => report.add(row), { name: 'report' }).to(csvFile('out/hours.csv'), { name: 'load-hours' }),
  days: rows => rows.to(ndjsonFile('out/busiest-routes.ndjson'), { name: 'load-days' }),
  late: flights => flights.to(ndjsonFile('out/late.ndjson'), { name: 'load-late' }),
  rejected: rows => rows.map(({ input, cause }) => ({ row: input, because: cause instanceof Error ? cause.message : String(cause) })).to(ndjsonFile('out/rejected.ndjson'), { name: 'load-rejected' }),
});

// Shorter turns than the 10 ms of the default: what else this process does, such as answering requests, waits less.
const job = await run(outputs, { name: 'flights', budget: '5ms' });
const step = (name: string): { in: number; out: number; late: number; rejected: number } => job.metrics().steps[name] ?? { in: 0, out: 0, late: 0, rejected: 0 };
const progress = showProgress(() => step('flights').out, FLIGHTS);
try {
  await job.done;
} finally {
  progress.stop();
}

const { in: grouped, late } = step('per-hour');
const summary: Summary = {
  read: step('flights').out,
  onTime: grouped - late,
  late,
  rejected: step('enrich').rejected,
  ...report.totals,
  seconds: Math.round(performance.now() - started) / 1_000,
};
await writeFile('out/summary.json', `${JSON.stringify(summary, undefined, 2)}\n`);
console.log(`${report.text()}\n\n${proof(summary)}\n${summary.seconds} s; results in out/`);
