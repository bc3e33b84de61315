/** Merging: all inputs at once, their watermarks by minimum; or one after the other, as one stream with one clock. */
import type { Port } from '../core/port.js';
import type { Time } from '../core/values.js';
import type { MergeStep } from '../plan/step.js';
import { stageContext, type Wiring } from './context.js';
import { counted } from './fan.js';
import { minimum, timeOfJson, type SavedTimes } from './minimum.js';

export function openMerge(step: MergeStep, below: Port<unknown>, wiring: Wiring): readonly Port<unknown>[] {
  return step.sequential ? openConcat(step, below, wiring) : openUnion(step, below, wiring);
}

function openUnion(step: MergeStep, below: Port<unknown>, wiring: Wiring): readonly Port<unknown>[] {
  const { runtime } = wiring;
  const meter = runtime.meter(step);
  const context = stageContext(wiring);
  const times = minimum({
    watermark(time) {
      meter.watermark = time;
      meter.idle = false;
      return below.watermark(time);
    },
    idle() {
      meter.idle = true;
      below.idle();
    },
    end: below.end,
    unfinished: context.unfinished,
  }, step.idleness);
  let saved: SavedTimes | undefined;
  context.persist(times.save, state => (saved = state as unknown as SavedTimes)); // what `save` gave
  times.current = timeOfJson(saved?.current);
  const inputs = step.inputs.map((_, index) => times.input(timeOfJson(saved?.inputs[index])));
  runtime.joints.push({ from: undefined, step, inputs: new Map(inputs.map((input, index) => [String(index), input])) });
  return inputs.map((input, index) =>
    counted(
      {
        data(value, time) {
          if (input.idle) times.active(input);
          below.data(value, time);
        },
        watermark: time => times.advance(input, time),
        idle: () => times.idle(input),
        end: () => times.end(input),
      },
      meter.in[index] ?? { value: 0 },
    ),
  );
}

/** Each input waits behind a gate until the one before has ended; only the last one's end is the end, so no window is closed at a seam. */
function openConcat(step: MergeStep, below: Port<unknown>, wiring: Wiring): readonly Port<unknown>[] {
  const { runtime } = wiring;
  const meter = runtime.meter(step);
  const context = stageContext(wiring);
  const last = step.inputs.length - 1;
  let at = 0;
  let current = Number.NEGATIVE_INFINITY;
  context.persist(
    () => ({ at, current: Number.isFinite(current) ? current : String(current) }),
    state => {
      const saved = state as { at: number; current: number | string }; // what the line above saved
      at = saved.at;
      current = Number(saved.current);
    },
  );
  const gates = step.inputs.map((input, index) => {
    const gate = runtime.gate(step, undefined, [input]);
    if (index > at) gate.close();
    return gate;
  });
  /** Inputs that ended before their turn: those without any splits. */
  const over = step.inputs.map(() => false);
  const raise = (time: Time): boolean => {
    if (time > current) current = time;
    meter.watermark = current;
    return below.watermark(current);
  };
  const finish = (): boolean => {
    if (!raise(Number.POSITIVE_INFINITY)) return false;
    below.end();
    return true;
  };
  return step.inputs.map((_, index) =>
    counted(
      {
        data: below.data,
        watermark: time => (index !== at || (time === Number.POSITIVE_INFINITY && index < last) ? true : raise(time)),
        idle: () => {
          if (index === at) below.idle();
        },
        end() {
          over[index] = true;
          while (at < last && over[at] === true) gates[++at]?.open();
          if (at === last && over[last] === true && !finish()) context.unfinished(finish);
          runtime.wake();
        },
      },
      meter.in[index] ?? { value: 0 },
    ),
  );
}
