/**
 * Time that moves only when told, and takes promises with it. `advance` goes from timer to timer; before it looks for the next one it lets everything the last one
 * set off come to rest, promise chains of any length included. Nothing of it is real but the turns of the host's loop (`setImmediate`, taken when this module is loaded,
 * so that a test may replace the global afterwards), which cost no time and let promises drain.
 */
import type { Clock } from '../core/clock.js';
import { milliseconds, type Duration } from '../core/duration.js';
import { DataError, MillraceError } from '../core/errors.js';
import type { Time } from '../core/values.js';

/** A clock for tests: it stands still until told to move. */
export interface VirtualClock extends Clock {
  /** Lets so much time pass: fires each timer that is due in order of time, and settles after each. */
  advance(by: Duration): Promise<void>;
  /** Waits, without letting time pass, until promises, deferred tasks and file operations under way have come to rest. */
  settle(): Promise<void>;
  /** Lets time pass from timer to timer until the promise is settled, and gives what it gave. */
  finish<T>(work: PromiseLike<T>): Promise<T>;
}

interface Timer {
  readonly due: number;
  readonly sequence: number;
  /** Absent: cancelled. */
  fire: (() => void) | undefined;
}

const { setImmediate: turn, clearImmediate: cancelTurn } = globalThis;

/** Quiet turns of the host after which nothing more is expected. */
const QUIET_TURNS = 2;
/** Turns with something going on after which it is not expected to end. */
const MOST_TURNS = 100_000;
/** Looks at the clock within one turn of the host, after which the monotonic clock moves on by a millisecond a look: a job that never rests must run out of budget as it would in reality. */
const MOST_LOOKS = 1_000;
/** Turns that ran out of looks after which the job is taken for one that never rests. */
const MOST_BUSY_TURNS = 500;

/** File operations run in threads of their own: only their requests tell that they are under way. */
const filesUnderWay = (): boolean => process.getActiveResourcesInfo().some(name => name.startsWith('FSReq') || name === 'CloseReq');

/**
 * A clock that moves only when told, for things that take an `Environment` or a clock of their own.
 *
 * @param start what it shows at first, in epoch milliseconds; default 0.
 * @example
 * ```ts
 * import { virtualClock } from 'millrace/testing';
 *
 * const clock = virtualClock();
 * const woken = clock.sleep(60_000).then(() => clock.now());
 * await clock.advance('1m');
 * console.log(await woken); // 60000
 * ```
 */
export function virtualClock(start: Time = 0): VirtualClock {
  let elapsed = 0;
  /** Of the monotonic clock alone; not 0 at first, which caches take for never. */
  let effort = 1;
  let looks = 0;
  let busyTurns = 0;
  let activity = 0;
  let deferred = 0;
  let sequence = 0;
  let timers: Timer[] = [];

  const before = (a: Timer, b: Timer): boolean => a.due < b.due || (a.due === b.due && a.sequence < b.sequence);
  const arm = (due: number, fire: () => void): Timer => {
    activity++;
    const timer: Timer = { due, sequence: sequence++, fire };
    let [low, high] = [0, timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = timers[middle];
      if (there !== undefined && before(there, timer)) low = middle + 1;
      else high = middle;
    }
    timers.splice(low, 0, timer);
    return timer;
  };
  const next = (): Timer | undefined => {
    const first = timers.findIndex(timer => timer.fire !== undefined);
    if (first !== 0) timers = first < 0 ? [] : timers.slice(first);
    return timers[0];
  };
  const defer = (task: () => void): (() => void) => {
    activity++;
    deferred++;
    let waiting = true;
    const over = (): boolean => {
      if (!waiting) return false;
      waiting = false;
      deferred--;
      return true;
    };
    const handle = turn(() => {
      looks = 0;
      if (over()) task();
    });
    return () => {
      if (over()) cancelTurn(handle);
    };
  };
  const rest = async (): Promise<void> => {
    let quiet = 0;
    let turns = 0;
    busyTurns = 0;
    while (quiet < QUIET_TURNS) {
      const seen = activity;
      await new Promise<void>(resolve => void turn(resolve));
      looks = 0;
      if (activity !== seen || deferred > 0) {
        quiet = 0;
        turns++;
      } else if (filesUnderWay()) quiet = 0;
      else quiet++;
      if (turns > MOST_TURNS || busyTurns > MOST_BUSY_TURNS)
        throw new MillraceError('never-rests', 'Virtual time stands still until the job has nothing to do, and it always has: an input never ends, or a promise chain feeds itself. Use an input that waits, or call `stop()` before time is to pass.');
    }
  };
  /** Fires what is due up to `until`. */
  const pass = async (until: number): Promise<void> => {
    await rest();
    for (let timer = next(); timer !== undefined && timer.due <= until; timer = next()) {
      timers.shift();
      if (timer.due > elapsed) elapsed = timer.due;
      timer.fire?.();
      await rest();
    }
    if (until > elapsed) elapsed = until;
  };

  const clock: VirtualClock = {
    now() {
      activity++;
      return start + elapsed;
    },
    monotonic() {
      activity++;
      if (++looks > MOST_LOOKS) {
        if (looks === MOST_LOOKS + 1) busyTurns++;
        effort++;
      }
      return elapsed + effort;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason);
        const wake = (): void => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        let cancel: () => void;
        const abort = (): void => {
          cancel();
          reject(signal?.reason);
        };
        if (ms > 0) {
          const timer = arm(elapsed + ms, wake);
          cancel = () => (timer.fire = undefined);
        } else cancel = defer(wake);
        signal?.addEventListener('abort', abort, { once: true });
      }),
    every(ms, tick) {
      const period = Math.max(1, ms);
      let timer: Timer;
      const again = (due: number): void => {
        timer = arm(due, () => {
          again(due + period);
          tick();
        });
      };
      again(elapsed + period);
      return () => (timer.fire = undefined);
    },
    defer,
    async advance(by) {
      const ms = milliseconds(by);
      if (ms === undefined || !(ms >= 0) || ms === Number.POSITIVE_INFINITY) throw new DataError('duration', `Time advances by a duration such as 250, '10s' or '5m', not by ${String(by)}.`, by);
      await pass(elapsed + ms);
    },
    settle: () => pass(elapsed),
    async finish(work) {
      let over = false;
      const settled = (): void => void (over = true);
      work.then(settled, settled);
      for (;;) {
        await pass(elapsed);
        const timer = next();
        if (isTrue(over) || timer === undefined) return work;
        await pass(timer.due);
      }
    },
  };
  return clock;
}

/** Changed by a callback: the compiler takes it for the constant it was. */
const isTrue = (value: boolean): boolean => value;
