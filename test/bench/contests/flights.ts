import { createHash } from 'node:crypto';
import { Stream, run, toArray } from 'millrace';
import { flightRows, readAirports } from '../../../examples/flights/data.js';
import { oracle } from '../../../examples/flights/oracle.js';
import { flightsJob, type DayRow, type HourRow } from '../../../examples/flights/pipeline.js';
import { contest } from '../kit/contest.js';

interface Answer {
  readonly hours: readonly HourRow[];
  readonly days: readonly DayRow[];
  readonly late: number;
  readonly rejected: number;
}

// Decoded once, before any turn.
const [rows, airports] = await Promise.all([Stream.from(flightRows()).collect(), readAirports()]);

await contest<Answer>({
  name: 'flights job without decoding, 3 M flights, at most 2.5x the time',
  rival: 'plain-array script',
  goal: 1,
  allowance: 2.5,
  pairs: 3,
  async ours() {
    const [hours, days, late, rejected]: [HourRow[], DayRow[], unknown[], unknown[]] = [[], [], [], []];
    const job = await run(flightsJob(rows, airports, {
      hours: stream => stream.to(toArray(hours)),
      days: stream => stream.to(toArray(days)),
      late: stream => stream.to(toArray<unknown>(late)),
      rejected: stream => stream.to(toArray<unknown>(rejected)),
    }));
    await job.done;
    return { hours, days, late: late.length, rejected: rejected.length };
  },
  theirs: () => oracle(rows, airports),
  essence({ hours, days, late, rejected }) {
    const hash = createHash('sha256');
    for (const row of [...hours, ...days]) hash.update(JSON.stringify(row));
    return { hours: hours.length, days: days.length, late, rejected, hash: hash.digest('hex') };
  },
});
