/** A process function: state per device, a timer that fires when a device has been silent for ten seconds of event time. */
import { Stream, run, toArray, type } from 'millrace';

interface Heartbeat {
  device: string;
  at: number;
}
const heartbeats: Heartbeat[] = [
  { device: 'pump', at: 0 },
  { device: 'valve', at: 1_000 },
  { device: 'pump', at: 8_000 },
  { device: 'pump', at: 16_000 }, // by now the valve has been silent since 1,000
  { device: 'valve', at: 20_000 },
  { device: 'pump', at: 22_000 },
];
interface Alarm {
  device: string;
  silentSince: number;
}
interface Recovery {
  device: string;
  after: number;
}

const watched = Stream.from(heartbeats)
  .timestamps(beat => beat.at)
  .keyBy(beat => beat.device)
  .process({
    name: 'watchdog',
    emits: type<Alarm>(),
    sides: { recovered: type<Recovery>() },
    init: () => ({ seen: 0, silent: false }),
    onData(state, beat, context) {
      if (state.silent) context.side('recovered', { device: beat.device, after: beat.at - state.seen });
      state.seen = beat.at;
      state.silent = false;
      context.timer('silence', beat.at + 10_000); // setting a timer again moves it
    },
    onTimer(state, _timer, context) {
      if (context.watermark === Number.POSITIVE_INFINITY) return; // the input has ended: nobody is silent
      state.silent = true;
      context.emit({ device: context.key, silentSince: state.seen });
    },
  });

const alarms: Alarm[] = [];
const recoveries: Recovery[] = [];
const job = await run([watched.to(toArray(alarms)), watched.side('recovered').to(toArray(recoveries))]);
await job.done;

for (const { device, silentSince } of alarms) console.log(`${device} has been silent since ${silentSince}`);
for (const { device, after } of recoveries) console.log(`${device} came back after ${after} ms`);
