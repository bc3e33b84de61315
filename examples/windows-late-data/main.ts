/** Hourly readings that arrive out of order: a window closes when the watermark passes its end, what comes after that goes to a branch of its own. */
import { Stream, count, max, run, toArray, tumbling, type Late, type WindowResult } from 'millrace';

interface Reading {
  sensor: string;
  celsius: number;
  at: number;
}
const HOUR = 3_600_000;
const at = (hour: number, minute: number): number => hour * HOUR + minute * 60_000;

const readings: Reading[] = [
  { sensor: 'roof', celsius: 12, at: at(9, 10) },
  { sensor: 'cellar', celsius: 8, at: at(9, 40) },
  { sensor: 'roof', celsius: 15, at: at(9, 20) }, // out of order, within the bound of 30 minutes
  { sensor: 'roof', celsius: 17, at: at(10, 31) }, // the watermark is 10:01: the windows of 9 o'clock are final
  { sensor: 'cellar', celsius: 9, at: at(9, 50) }, // their windows still take records for 15 minutes: a second pane
  { sensor: 'roof', celsius: 18, at: at(11, 0) }, // the watermark is 10:30
  { sensor: 'cellar', celsius: 7, at: at(9, 55) }, // too late
];

interface Hour {
  readings: number;
  highest: number | undefined;
}
const hours: WindowResult<string, Hour>[] = [];
const tooLate: Late<Reading>[] = [];

const hourly = Stream.from(readings)
  .timestamps(reading => reading.at, { disorder: '30m' })
  .keyBy(reading => reading.sensor)
  .window(tumbling('1h'), { lateness: '15m', late: late => late.to(toArray(tooLate)) })
  .aggregate({ readings: count(), highest: max((reading: Reading) => reading.celsius) }, { name: 'hourly' });

const job = await run(hourly.to(toArray(hours)));
await job.done;

for (const { key, window, value, pane } of hours) {
  console.log(`${key}, ${window.start / HOUR} to ${window.end / HOUR} o'clock: ${value.readings} readings, at most ${value.highest} degrees (${pane.timing})`);
}
for (const { value, time, watermark } of tooLate) console.log(`too late: ${value.sensor}, ${(watermark - time) / 60_000} minutes behind the watermark`);
