/**
 * Named timers of a keyed step, stored. The table (key, name) -> { at, sequence } is the truth and is what a checkpoint keeps; the heap of alarms only says what to look at next, and has the earliest if there are many.
 * A timer that moves later leaves its heap entry where it is and is armed again when that entry comes up; one that moves earlier gets a second entry.
 * Deriving timers from state after every record instead cost a factor of two.
 */
import { MillraceError } from '../core/errors.js';
import { keyText } from '../core/key.js';
import type { Timers } from '../core/keyed.js';
import type { Pace } from '../core/port.js';
import type { StateTable } from '../core/state.js';
import type { Domain, Key, Time } from '../core/values.js';
import { before, earliest, type Armed } from './alarms.js';

export type { Armed } from './alarms.js';

interface Alarm extends Armed {
  readonly key: Key;
  readonly name: string;
}

/** More timers than this that a key's own timers set at or before their own instant, or after the end of all input, are a loop. */
const MOST_AT_ONE_INSTANT = 1_000;

/** Half of the timers that are held in memory at most, some 30 MB of them. */
const MOST_IN_MEMORY = 250_000;

/** Fewer entries of timers that are gone are not worth making the heap anew. */
const LEAST_DEAD = 1_024;

/** The timer named `''` is the entry of its key itself: a stage that has one timer for each key pays for no list of names. */
const subOf = (name: string): string | undefined => (name === '' ? undefined : name);

export interface TimerQueue extends Timers {
  /** Entries it looks at, those of timers that are gone included. */
  waiting(): number;
  /** When to look again; `Infinity` if nothing is set. */
  next(): Time;
  /** It is in the middle of reading its table: nothing may be committed until `fire` has come to its end. */
  reading(): boolean;
  /** Fires what is due at `time`, in order; `false` if the pace said stop. */
  fire(time: Time, pace: Pace): boolean;
}

export function timerQueue(table: StateTable<Armed>, domain: Domain, onTimer: (key: Key, name: string, at: Time, domain: Domain) => void, most = MOST_IN_MEMORY): TimerQueue {
  const alarms = earliest<Alarm>(most);
  let sequence = 0;
  let firing: { readonly time: Time; readonly again: Map<string, number>; instant: Time } | undefined;

  const { push } = alarms;
  /** Takes what the table has, from the earliest on; each step may be a pause. */
  const fill = function* (): Generator<void, void> {
    alarms.clear();
    for (const [key, sub, armed] of table.scan()) {
      push({ key, name: sub === undefined ? '' : String(sub), at: armed.at, sequence: armed.sequence });
      sequence = Math.max(sequence, armed.sequence + 1);
      yield;
    }
  };
  const fillNow = (): void => {
    const filling = fill();
    while (filling.next().done !== true);
  };
  fillNow();
  /** What is here has all fired, and there is more behind the horizon: read in turns. A timer that is set meanwhile may come twice; the second finds nothing to fire. */
  let refill: { readonly from: Time; readonly work: Generator<void, void> } | undefined;
  /** Entries of the heap whose timer is gone. When they are most of it, it is made anew: timers far ahead that are set and cancelled again and again would fill it. */
  let dead = 0;
  const bury = (some: number): void => {
    dead += some;
    if (dead < LEAST_DEAD || dead * 2 < alarms.size()) return;
    dead = 0;
    // With a horizon the heap has a bound of its own.
    if (alarms.horizon() === undefined && refill === undefined) fillNow();
  };

  /** Whether the earliest timer is in memory, if it is due at `time`; `false` if the pace said stop on the way. */
  const reach = (time: Time, pace: Pace): boolean => {
    if (refill === undefined) {
      if (alarms.top() !== undefined) return true;
      const from = alarms.horizon()?.at;
      if (from === undefined || from > time) return true;
      dead = 0;
      refill = { from, work: fill() };
    }
    while (refill.work.next().done !== true) if (!pace.go()) return false;
    refill = undefined;
    return true;
  };

  return {
    set(key, name, at) {
      if (Number.isNaN(at)) throw new MillraceError('timer', `The timer "${name}" is set at NaN; give epoch milliseconds.`);
      // Stages set their own timer (named '') only for what is still to be done.
      if (firing !== undefined && name !== '' && (at <= firing.instant || firing.time === Number.POSITIVE_INFINITY)) {
        const text = keyText(key);
        const times = (firing.again.get(text) ?? 0) + 1;
        firing.again.set(text, times);
        if (times > MOST_AT_ONE_INSTANT) {
          const when = firing.time === Number.POSITIVE_INFINITY ? 'after the end of all input' : `at or before ${firing.instant}`;
          throw new MillraceError('timer-loop', `The timer "${name}" of key ${text} was set more than ${MOST_AT_ONE_INSTANT} times ${when} by timers that fired then. Set it later than the timer in hand, or not when the watermark is Infinity.`);
        }
      }
      const sub = subOf(name);
      const old = table.get(key, sub);
      const armed = { at, sequence: sequence++ };
      table.set(key, armed, sub);
      if (old === undefined || at < old.at) push({ key, name, at, sequence: armed.sequence });
      if (old !== undefined && at < old.at) bury(1);
    },
    cancel(key, name) {
      const sub = subOf(name);
      if (table.get(key, sub) === undefined) return;
      table.delete(key, sub);
      bury(1);
    },
    clear(key) {
      const names = Array.from(table.range(key), ([name]) => name);
      if (table.get(key) !== undefined) {
        table.delete(key);
        bury(1);
      }
      for (const name of names) table.delete(key, name);
      bury(names.length);
    },
    waiting: alarms.size,
    next: () => refill?.from ?? alarms.top()?.at ?? alarms.horizon()?.at ?? Number.POSITIVE_INFINITY,
    reading: () => refill !== undefined,
    fire(time, pace) {
      if (firing?.time !== time) firing = { time, again: new Map(), instant: Number.NEGATIVE_INFINITY };
      for (;;) {
        if (!reach(time, pace)) return false;
        const top = alarms.top();
        if (top === undefined || top.at > time) break;
        if (!pace.go()) return false;
        alarms.pop();
        const sub = subOf(top.name);
        const armed = table.get(top.key, sub);
        if (armed === undefined) {
          dead = Math.max(0, dead - 1);
          continue;
        }
        if (armed.sequence !== top.sequence) {
          // Moved. Later: armed anew here; earlier: its own entry has fired or will.
          if (before(top, armed)) push({ key: top.key, name: top.name, ...armed });
          continue;
        }
        table.delete(top.key, sub);
        if (top.at > firing.instant && time !== Number.POSITIVE_INFINITY) firing.again.clear();
        firing.instant = top.at;
        onTimer(top.key, top.name, top.at, domain);
      }
      firing = undefined;
      return true;
    },
  };
}
