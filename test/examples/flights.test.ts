/** The flights job as `npm start` runs it, on the whole file, against plain arrays; and its parts. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Stream, run, toArray, type Late, type Rejected, type StreamInput } from 'millrace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flightRows, readAirports, type Airports, type FlightRow } from '../../examples/flights/data.js';
import { oracle } from '../../examples/flights/oracle.js';
import { flightsJob, scheduleWatermark, type DayRow, type Flight, type HourRow } from '../../examples/flights/pipeline.js';
import { progressLine, showProgress } from '../../examples/flights/progress.js';
import { createReport, proof, type Summary } from '../../examples/flights/report.js';
import type { ViewsSummary } from '../../examples/flights/views.js';

let rows: FlightRow[];
let airports: Airports;
beforeAll(async () => {
  [rows, airports] = await Promise.all([Stream.from(flightRows()).collect(), readAirports()]);
});

/** Runs the job in this process. */
async function answersOf(input: StreamInput<FlightRow>): Promise<{ hours: HourRow[]; days: DayRow[]; late: Late<Flight>[]; rejected: Rejected<FlightRow>[] }> {
  const found = { hours: [] as HourRow[], days: [] as DayRow[], late: [] as Late<Flight>[], rejected: [] as Rejected<FlightRow>[] };
  const job = await run(flightsJob(input, airports, {
    hours: hours => hours.to(toArray(found.hours)),
    days: days => days.to(toArray(found.days)),
    late: late => late.to(toArray(found.late)),
    rejected: rejected => rejected.to(toArray(found.rejected)),
  }));
  await job.done;
  return found;
}

/** Where two lists first differ; comparing half a million rows at once would show all of them. */
const difference = (a: readonly unknown[], b: readonly unknown[]): unknown => {
  const at = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find(i => JSON.stringify(a[i]) !== JSON.stringify(b[i]));
  return at === undefined ? 'none' : { at, a: a[at], b: b[at] };
};

describe('npm start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-flights-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const linesOf = (name: string): string[] => readFileSync(join(folder, 'out', name), 'utf8').split('\n').slice(0, -1);

  it('gives the answers of the plain arrays for all three million flights', () => {
    const expected = oracle(rows, airports);
    const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('examples/run.mjs'), 'flights'], { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });

    const texts = expected.hours.map(row => Object.values(row).join(','));
    expect(texts.filter(text => text.includes('"')).length).toBe(0);
    expect(difference(linesOf('hours.csv'), ['airport,city,state,hour,flights,meanDelay,largestDelay,distance', ...texts])).toBe('none');
    expect(difference(linesOf('busiest-routes.ndjson'), expected.days.map(day => JSON.stringify(day)))).toBe('none');
    expect(linesOf('late.ndjson').length).toBe(expected.late);
    expect(linesOf('rejected.ndjson').length).toBe(0);
    expect(readdirSync(join(folder, 'out')).toSorted()).toEqual(['busiest-routes.ndjson', 'hours.csv', 'late.ndjson', 'rejected.ndjson', 'summary.json']);

    const { seconds, views, ...summary } = JSON.parse(readFileSync(join(folder, 'out', 'summary.json'), 'utf8')) as Summary & { readonly views: ViewsSummary };
    expect(seconds).toBeGreaterThan(0);
    expect(summary).toEqual({
      read: 3_000_000, onTime: expected.onTime, late: expected.late, rejected: 0, hourlyRows: expected.hours.length, flights: expected.onTime,
      delayMinutes: expected.hours.reduce((sum, row) => sum + Math.round(row.meanDelay * row.flights), 0),
      distance: expected.hours.reduce((sum, row) => sum + row.distance, 0),
    });
    // The file is what it was when this was written: numbers anyone can check by other means.
    expect(summary).toMatchObject({ onTime: 2_999_979, late: 21, delayMinutes: 20_007_173, distance: 2_194_823_285 });
    // Each airport and day with a flight is a row, and differs with the other code if one of its flights was less than a quarter of an hour late.
    const days = new Map<string, boolean>();
    for (const { origin, date, delay } of rows) {
      const day = `${origin} ${Math.floor((date + delay * 60_000) / 86_400_000)}`;
      days.set(day, days.get(day) === true || delay < 15);
    }
    expect(views).toEqual({ asked: 10_984, wrong: 0, versions: 2, replayed: days.size, differ: [...days.values()].filter(early => early).length });
    expect(stdout).toContain('10,984 answers, all as by hand.');
    expect(stdout).toContain('Nothing was lost.');
    expect(stderr).toMatch(/3,000,000 of 3,000,000 flights \(100 %\)/);
  });
});

describe('the pipeline', () => {
  it('rejects what it must, and goes on', async () => {
    const some = rows.slice(0, 20_000);
    const broken = some.map((row, i): FlightRow => {
      if (i % 1_000 === 3) return { ...row, origin: 'XXX' };
      if (i % 1_000 === 5) return { ...row, destination: 'toString' };
      if (i % 1_000 === 7) return { ...row, delay: Number.NaN };
      // From a file anything can come.
      if (i % 1_000 === 9) return { ...row, delay: null as unknown as number };
      return row;
    });
    const expected = oracle(broken, airports);
    const found = await answersOf(broken);
    expect(expected.rejected).toBe(80);
    expect(found.rejected.length).toBe(80);
    expect(found.rejected.map(({ input }) => input)).toEqual(broken.filter((_, i) => [3, 5, 7, 9].includes(i % 1_000)));
    expect(found.late.length).toBe(expected.late);
    expect(difference(found.hours, expected.hours)).toBe('none');
    expect(difference(found.days, expected.days)).toBe('none');
  });

  it('calls late what left more than an hour early and came after its hour was closed', async () => {
    const at = (text: string): number => Date.parse(`2001-05-01T${text}Z`);
    const flight = (date: number, delay: number): FlightRow => ({ date, delay, distance: 1, origin: 'ORD', destination: 'LAX' });
    const input = [flight(at('10:00'), 0), flight(at('12:00'), 0), flight(at('12:00'), -61), flight(at('12:00'), -60), flight(at('13:00'), 120)];
    const { late, hours } = await answersOf(input);
    expect(late.map(({ value, watermark }) => [value.delay, watermark])).toEqual([[-61, at('11:00')]]);
    expect(hours.map(({ hour, flights }) => [hour.slice(11, 13), flights])).toEqual([['10', 1], ['11', 1], ['12', 1], ['15', 1]]);
    expect(oracle(input, airports)).toMatchObject({ onTime: 4, late: 1, rejected: 0 });
  });

  it('has a watermark that goes on after a restart and never back', () => {
    const [one, two] = [scheduleWatermark(), scheduleWatermark()];
    expect(one.watermark()).toBe(-Infinity);
    two.restore(one.save());
    expect(two.watermark()).toBe(-Infinity);
    one.record({ scheduled: 7_200_000 } as Flight, 0);
    one.record({ scheduled: 3_600_000 } as Flight, 0);
    expect(one.watermark()).toBe(3_600_000);
    two.restore(one.save());
    expect(two.watermark()).toBe(3_600_000);
  });
});

describe('what is shown', () => {
  it('says how far it is', () => {
    expect(progressLine(0, 3_000_000, 0)).toBe('0 of 3,000,000 flights (0 %), 0 per second, starting');
    expect(progressLine(1_500_000, 3_000_000, 3)).toBe('1,500,000 of 3,000,000 flights (50 %), 500,000 per second, 3.0 s left');
  });

  it('rewrites one line in a terminal, and writes plain lines elsewhere', () => {
    const written = (isTTY: boolean): string => {
      let text = '';
      showProgress(() => 5, 10, { isTTY, write: more => void (text += more) }).stop();
      return text;
    };
    expect(written(true).startsWith('\r\u001B[K5 of 10 flights')).toBe(true);
    expect(written(false)).toMatch(/^5 of 10 flights .*\n$/);
  });

  it('adds up the rows, and says when the sums disagree', () => {
    const report = createReport();
    const row = { airport: 'ORD', city: 'Chicago', state: 'IL', hour: '2001-01-01T05:00:00.000Z', flights: 3, meanDelay: 20 / 3, largestDelay: 15, distance: 100 };
    report.add(row);
    report.add({ ...row, flights: 1, meanDelay: -4, largestDelay: -4 });
    expect(report.totals).toEqual({ hourlyRows: 2, flights: 4, delayMinutes: 16, distance: 200 });
    expect(report.text()).toMatch(/ORD Chicago, IL +4 +4\.0 +15/);
    expect(report.text()).toMatch(/05:00 {2}█+ 4\.0/);
    const summary = { read: 6, onTime: 4, late: 1, rejected: 1, ...report.totals, seconds: 1 };
    expect(proof(summary)).toContain('Nothing was lost.');
    expect(proof({ ...summary, read: 7 })).toContain('SOMETHING WAS LOST');
  });
});
