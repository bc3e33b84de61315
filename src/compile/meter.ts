/** Figures of one step: plain numbers, changed in place by whoever runs and added up by whoever asks. */
import type { Counter, CounterName } from '../core/stage.js';
import type { Time } from '../core/values.js';
import type { Step, StepInput } from '../plan/step.js';
import type { Runtime } from './runtime.js';

/** How far event time has come in one split. */
export interface SplitClock {
  watermark: Time;
  idle: boolean;
}

/** Figures of one step. */
export interface Meter {
  readonly step: Step;
  /** Records taken, per input. */
  readonly in: Counter[];
  /** Records handed on by its main output. */
  readonly out: Counter;
  readonly counters: Map<CounterName, Counter>;
  watermark: Time;
  idle: boolean;
  /** Steps that stand once per split have a clock for each; `watermark` and `idle` are unused then. */
  readonly splits: Map<string, SplitClock>;
  /** Queues and their bounds. */
  readonly queues: { depth(): number; readonly bound: number }[];
}

export const newMeter = (step: Step): Meter => ({
  step,
  in: Array.from({ length: step.kind === 'keyed' || step.kind === 'merge' ? step.inputs.length : 1 }, () => ({ value: 0 })),
  out: { value: 0 },
  counters: new Map(),
  watermark: Number.NEGATIVE_INFINITY,
  idle: false,
  splits: new Map(),
  queues: [],
});

/** What a step writes its watermarks to: one clock per split, or the meter itself. */
export function clockOf(meter: Meter, split: string | undefined): SplitClock {
  if (split === undefined) return meter;
  let clock = meter.splits.get(split);
  if (clock === undefined) meter.splits.set(split, (clock = { watermark: Number.NEGATIVE_INFINITY, idle: false }));
  return clock;
}

/** Of all splits that are not idle the lowest; of idle ones alone the highest, which is what they left behind. */
export function timeOf(meter: Meter): SplitClock {
  if (meter.splits.size === 0) return meter;
  const clocks = [...meter.splits.values()];
  const awake = clocks.filter(c => !c.idle);
  const of = (awake.length > 0 ? awake : clocks).map(c => c.watermark);
  return { watermark: awake.length > 0 ? Math.min(...of) : Math.max(...of), idle: awake.length === 0 };
}

/** Adds a named counter to a meter, or finds it. */
export function counterOf(meter: Meter, name: CounterName): Counter {
  let counter = meter.counters.get(name);
  if (counter === undefined) meter.counters.set(name, (counter = { value: 0 }));
  return counter;
}

/** Whether the records on this edge are known without counting them here: sources and transforms know what they handed on. */
export const isDerived = ({ step, output }: StepInput): boolean => output === undefined && (step.kind === 'source' || step.kind === 'transform');

/** Records a step has taken. */
export function taken(runtime: Runtime, step: Step): number {
  const meter = runtime.meter(step);
  if (step.kind !== 'transform' || !isDerived(step.input)) return meter.in.reduce((total, c) => total + c.value, 0);
  return given(runtime, step.input.step);
}

/** Records a step has handed on by its main output. */
export function given(runtime: Runtime, step: Step): number {
  const meter = runtime.meter(step);
  if (step.kind === 'transform' && step.oneToOne === true) return taken(runtime, step) - (meter.counters.get('rejected')?.value ?? 0);
  const [edge] = runtime.plan.below(step, undefined);
  if (step.kind === 'source' || step.kind === 'transform' || edge === undefined) return meter.out.value;
  return edge.to.kind === 'transform' ? taken(runtime, edge.to) : (runtime.meter(edge.to).in[edge.index]?.value ?? 0);
}
