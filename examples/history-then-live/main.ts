/** History first, then live, on one event-time clock: a window that begins in the history and ends in the live part comes out once and whole. */
import { Stream, run, sum, toArray, tumbling, type WindowResult } from 'millrace';
import { Subject } from 'rxjs';

interface Sale {
  cents: number;
  at: number;
}
const history: Sale[] = [
  { cents: 100, at: 0 },
  { cents: 250, at: 30_000 },
  { cents: 400, at: 70_000 },
];
const live = new Subject<Sale>();

const times = (sale: Sale): number => sale.at;
const perMinute = Stream.from(history, { name: 'history' })
  .timestamps(times)
  .concat(Stream.from(live, { name: 'live', buffer: 1_000, whenFull: 'fail' }).timestamps(times))
  .window(tumbling('1m'))
  .aggregate(sum((sale: Sale) => sale.cents), { name: 'per-minute' });

const minutes: WindowResult<undefined, number>[] = [];
const job = await run(perMinute.to(toArray(minutes)));

// What is pushed before the history is over waits in the buffer.
live.next({ cents: 50, at: 100_000 });
live.next({ cents: 75, at: 130_000 });
live.complete();
await job.done;

for (const { window, value } of minutes) console.log(`minute ${window.start / 60_000}: ${value} cents`);
