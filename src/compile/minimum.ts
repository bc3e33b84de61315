/**
 * The one rule by which watermarks meet: the minimum over inputs that are not idle, never backwards; when all are idle, idleness is handed on and the watermark stays,
 * unless {@link IdleRules} say otherwise. Used by merges, keyed steps and the place where the splits of a source come together.
 */
import type { IdleRules } from '../core/idle.js';
import type { Json, Time } from '../core/values.js';

/** JSON has no infinities. */
export const timeToJson = (time: Time): Json => (Number.isFinite(time) ? time : String(time));
export const timeOfJson = (saved: Json | undefined): Time => (saved === undefined ? Number.NEGATIVE_INFINITY : Number(saved));

/** What {@link Minimum.save} gives. */
export interface SavedTimes {
  readonly current: Json;
  readonly inputs: readonly Json[];
}

export interface InputTime {
  watermark: Time;
  idle: boolean;
  /** Came back with an older watermark than the one handed on, and does not count until it has caught up. */
  behind: boolean;
  ended: boolean;
}

export interface Minimum {
  /** What was last handed on, or is being handed on. */
  current: Time;
  /** More inputs may come: the end of those known is not the end. */
  open: boolean;
  input(watermark?: Time): InputTime;
  remove(input: InputTime): void;
  /** An input's watermark; hands the minimum on if it rose. Answers as `Port.watermark`. */
  advance(input: InputTime, time: Time): boolean;
  idle(input: InputTime): void;
  /** A record came: the input counts again (its old watermark does not pull anything back). */
  active(input: InputTime): void;
  end(input: InputTime): void;
  /** Computes anew after inputs came or went; resumable. */
  settle(): boolean;
  /** No further inputs will come; resumable. */
  close(): boolean;
  save(): Json;
}

/** What becomes of the minimum. `unfinished` takes what must be called again until it answers `true`. */
export interface Below {
  watermark(time: Time): boolean;
  idle(): void;
  end(): void;
  unfinished(resume: () => boolean): void;
}

export function minimum(on: Below, rules: IdleRules = {}): Minimum {
  const inputs: InputTime[] = [];
  const catchesUp = rules.waking === 'catchUp';
  let handing = false;
  /** What is below has been told that all is idle. */
  let idle = false;
  /** An input is awake after all that: even the old watermark is said again, so that what is below counts this one again. */
  let announce = false;
  let ended = false;
  /** An input came back from idleness: its old watermark may be the minimum now. */
  let woken = false;
  /** The last input that counted went idle: what the highest of all reached is handed on. */
  let flush = false;

  /** `undefined`: no input counts, so nothing is known. */
  const lowest = (): Time | undefined => {
    let low = Number.POSITIVE_INFINITY;
    let uncounted = self.open && inputs.length === 0;
    for (const input of inputs) {
      if (!input.idle && !input.behind) low = Math.min(low, input.watermark);
      else uncounted = true;
    }
    return low === Number.POSITIVE_INFINITY && uncounted ? undefined : low;
  };
  /** The highest watermark of an input that has not ended. */
  const highest = (): Time => inputs.reduce((high, input) => (input.watermark === Number.POSITIVE_INFINITY ? high : Math.max(high, input.watermark)), self.current);
  const allAsleep = (): boolean => inputs.every(input => input.idle || input.watermark === Number.POSITIVE_INFINITY);
  const stir = (): void => {
    announce ||= idle;
    idle = false;
  };
  const handOn = (): boolean => {
    handing = !on.watermark(self.current);
    return !handing;
  };
  const endIfDone = (): void => {
    if (ended || self.open || !inputs.every(i => i.ended)) return;
    ended = true;
    on.end();
  };
  const self: Minimum = {
    current: Number.NEGATIVE_INFINITY,
    open: false,
    input(watermark = Number.NEGATIVE_INFINITY) {
      const input = { watermark, idle: false, behind: catchesUp && watermark !== Number.NEGATIVE_INFINITY && watermark < self.current, ended: false };
      inputs.push(input);
      stir();
      return input;
    },
    remove(input) {
      const at = inputs.indexOf(input);
      if (at >= 0) inputs.splice(at, 1);
    },
    advance(input, time) {
      if (input.idle) self.active(input);
      if (time <= input.watermark) return woken ? self.settle() : handing ? handOn() : true;
      const held = woken || input.behind || input.watermark <= self.current;
      input.watermark = time;
      if (input.behind && time >= self.current) input.behind = false;
      if (inputs.length === 1 && !handing && !announce && time !== Number.POSITIVE_INFINITY) {
        // The usual case, on the path of a record: one input is the minimum.
        woken = false;
        if (time <= self.current) return true;
        self.current = time;
        return handOn();
      }
      return held ? self.settle() : handing ? handOn() : true;
    },
    settle() {
      if (handing && !handOn()) return false;
      woken = false;
      const low = lowest();
      if (low === undefined && allAsleep()) {
        if (flush) {
          flush = false;
          const high = highest();
          if (high > self.current) {
            self.current = high;
            if (!handOn()) return false;
          }
        }
        if (!idle) on.idle();
        idle = true;
        announce = false;
        return true;
      }
      flush = false;
      const rises = low !== undefined && low > self.current && (low !== Number.POSITIVE_INFINITY || !self.open);
      if (rises) self.current = low;
      if (!rises && (!announce || self.current === Number.NEGATIVE_INFINITY)) return true;
      announce = false;
      return handOn();
    },
    idle(input) {
      if (input.idle || input.watermark === Number.POSITIVE_INFINITY) return;
      flush = rules.allIdle === 'flush' && !input.behind;
      input.idle = true;
      input.behind = false;
      if (!self.settle()) on.unfinished(self.settle);
    },
    active(input) {
      input.idle = false;
      input.behind = catchesUp && input.watermark < self.current;
      woken = true;
      stir();
    },
    end(input) {
      input.ended = true;
      endIfDone();
    },
    close() {
      self.open = false;
      if (!self.settle()) return false;
      endIfDone();
      return true;
    },
    save: () => ({ current: timeToJson(self.current), inputs: inputs.map(i => timeToJson(i.watermark)) }),
  };
  return self;
}
