/** What a stage is given: its step's error policy, side outputs, counters and place in the manifest, bound once at compile time. */
import { StepError } from '../core/errors.js';
import type { Port } from '../core/port.js';
import type { CounterName, Failure, Origin, StageContext } from '../core/stage.js';
import type { Json, Time } from '../core/values.js';
import { REJECTED, type Step } from '../plan/step.js';
import { nowhere } from './fan.js';
import { counterOf } from './meter.js';
import { postpone, type Runtime } from './runtime.js';

/** A record that failed, as dead-letter branches see it. */
export interface Rejected<out I> {
  /** The record as the step got it. */
  readonly input: I;
  readonly cause: unknown;
  /** Id of the step. */
  readonly step: string;
  readonly time: Time;
  /** How often it was tried. */
  readonly attempts: number;
  /** Where the record came from; absent below a step that combines records. */
  readonly origin?: Origin | undefined;
}

/** Where a step's failures and side outputs go. */
export interface Wiring {
  readonly runtime: Runtime;
  readonly step: Step;
  readonly split: string | undefined;
  readonly sides: ReadonlyMap<string, Port<unknown>>;
}

/** Applies the policy of `step`: throws, counts, or hands a {@link Rejected} to the dead-letter branch. */
export function failureHandler({ runtime, step, sides }: Wiring): (failure: Failure) => void {
  const id = runtime.plan.idOf(step);
  const rejected = counterOf(runtime.meter(step), 'rejected');
  const branch = sides.get(REJECTED) ?? nowhere;
  return failure => {
    rejected.value++;
    const origin = failure.origin ?? runtime.origin?.read();
    if (step.policy === 'fail') throw new StepError(id, failure.cause, { input: failure.input, time: failure.time, origin });
    if (step.policy === 'skip') return;
    const record: Rejected<unknown> = { input: failure.input, cause: failure.cause, step: id, time: failure.time, attempts: failure.attempts, origin };
    branch.data(record, failure.time);
  };
}

/** The context of a stage. */
export function stageContext(wiring: Wiring): StageContext {
  const { runtime, step, split, sides } = wiring;
  const id = runtime.plan.idOf(step);
  return {
    step: id,
    environment: runtime.environment,
    pace: runtime.pace,
    origin: () => runtime.origin?.read(),
    captureOrigin: () => runtime.origin?.capture(),
    side: name => sides.get(name) ?? nowhere,
    failed: failureHandler(wiring),
    unfinished(resume) {
      if (runtime.current !== undefined) postpone(runtime.current, resume);
    },
    persist: (save: () => Json, restore: (state: Json) => void) => runtime.persist(id, split, save, restore),
    out: runtime.meter(step).out,
    counter: (name: CounterName) => counterOf(runtime.meter(step), name),
    onQuiet: listener => runtime.quiet(step, split, listener),
    align: (drift, group) => runtime.alignment.join(step, split, group, drift),
    wake: runtime.soon,
  };
}
