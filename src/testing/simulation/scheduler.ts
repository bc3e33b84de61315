/**
 * Who goes next. Every outside event of a simulated job (a call of the disk, of a sink, of a source, a timer, a phase of a checkpoint) waits here until the scheduler, by its seed, lets it happen; then
 * promises are followed to their ends before the next. Nothing else happens, so one seed is one history.
 */
import type { Clock } from '../../core/clock.js';
import type { Time } from '../../core/values.js';
import { seeded } from '../random.js';

/** One incarnation of a job, in a process of its own. */
export interface Process {
  readonly name: string;
  /** Nothing of a dead process happens any more: its promises are dropped. */
  alive: boolean;
  /** It stands still, and goes on later: what a stopped or swapped-out process is. */
  paused: boolean;
}

/** How a call to somewhere outside the process travels. */
export interface Travel {
  /** It arrives when it arrives, whatever becomes of its caller: a request on the wire. */
  readonly wire?: boolean | undefined;
  /** Milliseconds it takes at least. */
  readonly delay?: number | undefined;
}

export interface Scheduler {
  readonly now: () => Time;
  random(): number;
  /** A whole number in [0, below). */
  pick(below: number): number;
  chance(rate: number): boolean;
  /** Waits until it is picked, then does it. */
  point<T>(of: Process, label: string, effect: () => T, travel?: Travel): Promise<T>;
  /** The process is dead. What it had sent may still arrive, as `chance` has it; nobody hears the reply. */
  kill(of: Process, chance: number): void;
  clock(of: Process): Clock;
  /** One step: something ready is picked, or time passes to the next timer. `false` if nothing can happen. */
  step(): Promise<boolean>;
  readonly steps: number;
  /** Of everything that happened, in order. */
  readonly hash: number;
  /** What happened last, for people. */
  readonly trace: readonly string[];
  /** Timers of a process that have not gone off. */
  timers(of: Process): readonly string[];
  /** How often, in [0, 1], a look at the clock shows that a turn took long. */
  long: number;
}

interface Ready {
  of: Process;
  readonly label: string;
  readonly wire: boolean;
  run(): void;
}
interface Alarm extends Ready {
  at: Time;
  readonly order: number;
  readonly timer: boolean;
}

/** Where requests are whose senders are dead. */
const WIRE: Process = { name: 'wire', alive: true, paused: false };
/** Milliseconds a turn that took long took, at most. */
const LONG = 15;

/** Lines of the trace that are kept. */
const TRACE = 400;
/** Milliseconds one step takes, at most. */
const MOST_PASSING = 4;

export function scheduler(seed: number, start: Time): Scheduler {
  const random = seeded(seed);
  const ready: Ready[] = [];
  const alarms: Alarm[] = [];
  /** What takes the ears of sleepers off the signals they listen to: Node holds a signal made of others, and what listens to it, until then. */
  const ears = new Map<Alarm, () => void>();
  let now = start;
  let order = 0;
  let steps = 0;
  let hash = 2_166_136_261;
  let long = 0;
  const trace: { readonly at: Time; readonly of: string; readonly label: string }[] = [];

  const pick = (below: number): number => Math.floor(random() * below);
  const add = (of: Process, label: string, run: () => void, wire = false): Ready => {
    const task = { of, label, run, wire };
    ready.push(task);
    return task;
  };
  const drop = <T>(from: T[], task: T): boolean => {
    const at = from.indexOf(task);
    if (at >= 0) from.splice(at, 1);
    return at >= 0;
  };
  const able: Ready[] = [];
  const goes = ({ of }: Ready): boolean => of.alive && !of.paused;
  const note = (task: Ready): void => {
    steps++;
    const { of, label } = task;
    for (const text of [of.name, label]) for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619) >>> 0;
    hash = Math.imul(hash ^ now, 16_777_619) >>> 0;
    trace.push({ at: now, of: of.name, label });
    if (trace.length > TRACE) trace.splice(0, TRACE / 2);
  };
  const arm = (of: Process, label: string, at: Time, run: () => void, timer = true, wire = false): Alarm => {
    const alarm = { of, label, at, order: order++, run, timer, wire };
    alarms.push(alarm);
    return alarm;
  };

  return {
    now: () => now,
    random,
    pick,
    chance: rate => rate > 0 && random() < rate,
    point: (of, label, effect, travel) =>
      new Promise((resolve, reject) => {
        const run = (): void => {
          try {
            resolve(effect());
          } catch (cause) {
            reject(cause);
          }
        };
        if ((travel?.delay ?? 0) > 0) arm(of, label, now + (travel?.delay ?? 0), run, false, travel?.wire);
        else add(of, label, run, travel?.wire);
      }),
    kill(of, chance) {
      of.alive = false;
      // Its replies resolve promises of the dead; whatever these then ask for is never picked.
      for (const task of [...ready, ...alarms]) if (task.of === of && task.wire && chance > 0 && random() < chance) task.of = WIRE;
      for (const [alarm, deafen] of ears) if (alarm.of === of) deafen();
    },
    clock: of => ({
      now: () => now,
      monotonic() {
        if (long > 0 && random() < long) now += pick(LONG);
        return now;
      },
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted === true) return reject(signal.reason as Error); // as aborted
          const abort = (): void => {
            drop(alarms, alarm);
            ears.delete(alarm);
            reject(signal?.reason as Error); // as aborted
          };
          const deafen = (): void => {
            signal?.removeEventListener('abort', abort);
            ears.delete(alarm);
          };
          const alarm = arm(of, 'sleep', now + Math.max(0, ms), () => {
            deafen();
            resolve();
          });
          if (signal === undefined) return;
          signal.addEventListener('abort', abort, { once: true });
          ears.set(alarm, deafen);
        }),
      every(ms, tick) {
        const next = (): Alarm =>
          arm(of, 'every', now + ms, () => {
            alarm = next();
            tick();
          });
        let alarm = next();
        return () => void drop(alarms, alarm);
      },
      defer(task) {
        const made = add(of, 'defer', task);
        return () => void drop(ready, made);
      },
    }),
    async step() {
      // Whatever happens takes its time, so that timers come between.
      now += pick(MOST_PASSING + 1);
      able.length = 0;
      let next: Alarm | undefined;
      for (const task of ready) if (goes(task)) able.push(task);
      for (const alarm of alarms) {
        if (!goes(alarm)) continue;
        if (alarm.at <= now) able.push(alarm);
        else if (next === undefined || alarm.at < next.at || (alarm.at === next.at && alarm.order < next.order)) next = alarm;
      }
      if (able.length === 0) {
        if (next === undefined) return false;
        now = next.at;
        able.push(next);
      }
      const task = able[pick(able.length)];
      if (task === undefined) return false;
      if (!drop(ready, task)) drop(alarms, task as Alarm); // what is not in one is in the other
      note(task);
      task.run();
      await settled(steps);
      return true;
    },
    get steps() {
      return steps;
    },
    get hash() {
      return hash;
    },
    get trace() {
      return trace.map(({ at, of, label }) => `${at} ${of} ${label}`);
    },
    timers: of => alarms.filter(alarm => alarm.of === of && alarm.timer).map(alarm => alarm.label),
    get long() {
      return long;
    },
    set long(rate) {
      long = rate;
    },
  };
}

/** Steps between turns of the host's loop, which hears signals and writes to the terminal. */
const TURN = 256;

/** Resolves when all promises that can be followed have been: Node takes a tick when the queue of promises is empty, and a turn of its loop, which costs more, is needed for others only. */
const settled = (step: number): Promise<void> => new Promise(resolve => (step % TURN === 0 ? setImmediate(resolve) : process.nextTick(resolve)));
