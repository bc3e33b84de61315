import { summary } from '../kit/contest.js';
import { flightsProcess, isFlightsProcess } from '../kit/flights-process.js';
import { report } from '../kit/report.js';

/** Of the whole job as `npm start` runs it, decoding and files included, in megabytes. */
const ALLOWED = 400;

if (isFlightsProcess) {
  await import('../../../examples/flights/main.js');
  process.send?.({ figure: process.resourceUsage().maxRSS / 1_000 });
} else {
  const peaks: number[] = [];
  for (let i = 0; i < 3; i++) peaks.push(await flightsProcess());
  report({ name: 'flights job, peak resident memory', rival: `${ALLOWED} MB`, goal: 1, ...summary(peaks.map(peak => ALLOWED / peak)), detail: `${peaks.map(peak => peak.toFixed(0)).join(', ')} MB` });
}
