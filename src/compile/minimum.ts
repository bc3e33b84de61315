/**
 * The one rule by which watermarks meet: the minimum over inputs that are not idle, never backwards; when all are idle, idleness is handed on and the watermark stays.
 * Used by merges, keyed steps and the place where the splits of a source come together.
 */
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

export function minimum(on: Below): Minimum {
  const inputs: InputTime[] = [];
  let handing = false;
  let idle = false;
  let ended = false;
  /** An input came back from idleness: its old watermark may be the minimum now. */
  let woken = false;

  /** `undefined`: every input that has not ended is idle, so nothing is known. */
  const lowest = (): Time | undefined => {
    let low = Number.POSITIVE_INFINITY;
    let sleeping = self.open && inputs.length === 0;
    for (const input of inputs) {
      if (!input.idle) low = Math.min(low, input.watermark);
      else sleeping = true;
    }
    return low === Number.POSITIVE_INFINITY && sleeping ? undefined : low;
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
      const input = { watermark, idle: false, ended: false };
      inputs.push(input);
      return input;
    },
    remove(input) {
      const at = inputs.indexOf(input);
      if (at >= 0) inputs.splice(at, 1);
    },
    advance(input, time) {
      if (input.idle) self.active(input);
      if (time <= input.watermark) return woken ? self.settle() : handing ? handOn() : true;
      const held = woken || input.watermark <= self.current;
      input.watermark = time;
      if (inputs.length === 1 && !handing && time !== Number.POSITIVE_INFINITY) {
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
      if (low === undefined) {
        if (!idle) on.idle();
        idle = true;
        return true;
      }
      if (low <= self.current || (low === Number.POSITIVE_INFINITY && self.open)) return true;
      self.current = low;
      return handOn();
    },
    idle(input) {
      if (input.idle || input.watermark === Number.POSITIVE_INFINITY) return;
      input.idle = true;
      if (!self.settle()) on.unfinished(self.settle);
    },
    active(input) {
      input.idle = false;
      idle = false;
      woken = true;
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
