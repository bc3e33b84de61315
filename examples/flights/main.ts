/** Three million flights, from a file to right answers: `npm start`. With `--durable` it can be killed and started again: `npm start -- --durable`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { Stream, run, type JobMetrics } from 'millrace';
import { csvFile, ndjsonFile } from 'millrace/files';
import { FLIGHTS, flightRows, readAirports } from './data.js';
import { forget, reportOfFiles, rowsOf, startDurable } from './durable.js';
import { flightsJob } from './pipeline.js';
import { showProgress } from './progress.js';
import { createReport, proof, type Summary } from './report.js';
import { flightViews } from './views.js';

const option = (name: string): string | undefined => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const durable = process.argv.includes('--durable');
const input = option('--file');

const started = performance.now();
const report = createReport();
await mkdir('out', { recursive: true });

const airports = await readAirports();
const outputs = flightsJob(flightRows(input), airports, {
  hours: rows => rows.tap(row => report.add(row), { name: 'report' }).to(csvFile('out/hours.csv'), { name: 'load-hours' }),
  days: rows => rows.to(ndjsonFile('out/busiest-routes.ndjson'), { name: 'load-days' }),
  late: flights => flights.to(ndjsonFile('out/late.ndjson'), { name: 'load-late' }),
  rejected: rows => rows.map(({ input: row, cause }) => ({ row, because: cause instanceof Error ? cause.message : String(cause) })).to(ndjsonFile('out/rejected.ndjson'), { name: 'load-rejected' }),
});

// Shorter turns than the 10 ms of the default: what else this process does, such as answering requests, waits less.
const job = durable ? await startDurable(outputs, option('--every') ?? '1s') : await run(outputs, { name: 'flights', budget: '5ms' });
const step = (name: string): Pick<JobMetrics['steps'][string], 'in' | 'out' | 'late' | 'rejected'> => job.metrics().steps[name] ?? { in: 0, out: 0, late: 0, rejected: 0 };
const progress = showProgress(() => step('flights').out, FLIGHTS);
try {
  await job.done;
} finally {
  progress.stop();
}

const seconds = (): number => Math.round(performance.now() - started) / 1_000;
const ended = Object.values(job.metrics().steps).every(s => s.watermark === Number.POSITIVE_INFINITY);
if (!ended) console.log('Stopped before the end; start it again with --durable to go on.');
else {
  const { shown, summary: sums } = durable ? await ofFiles() : ofThisRun();
  console.log(`${shown.text()}\n\n${proof(sums)}`);
  console.log('\nThe same flights as a view, January to May from the batch side, June from the speed side');
  const views = await flightViews(flightRows(input), airports, 'out-views', line => console.log(line));
  const summary = { ...sums, views, seconds: seconds() };
  await writeFile('out/summary.json', `${JSON.stringify(summary, undefined, 2)}\n`);
  console.log(views.wrong === 0 ? `${views.asked.toLocaleString('en-US')} answers, all as by hand.` : `${views.wrong} ANSWERS WERE WRONG.`);
  console.log(`\n${summary.seconds} s; results in out/`);
  if (durable) await forget();
}

interface Shown {
  readonly shown: typeof report;
  readonly summary: Summary;
}

function ofThisRun(): Shown {
  const { in: grouped, late } = step('per-hour');
  return { shown: report, summary: { read: step('flights').out, onTime: grouped - late, late, rejected: step('enrich').rejected, ...report.totals, seconds: seconds() } };
}

async function ofFiles(): Promise<Shown> {
  const { report: shown, late, rejected } = await reportOfFiles();
  return { shown, summary: { read: await rowsOf(Stream.from(flightRows(input))), onTime: shown.totals.flights, late, rejected, ...shown.totals, seconds: seconds() } };
}
