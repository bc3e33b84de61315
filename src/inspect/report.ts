/** What a job says at its start: what it will keep, and what it cannot. */
import type { Plan } from '../plan/plan.js';
import { inputsOf, type SinkStep, type Step } from '../plan/step.js';

/** How often the effect of one record is seen in a sink, across crashes. */
export type Guarantee = 'exactly-once' | 'at-least-once' | 'at-most-once';

/** The promise made for one sink, and why it is not a better one. */
export interface SinkGuarantee {
  readonly sink: string;
  readonly guarantee: Guarantee;
  readonly because: string;
}

/** The start-up report of a job. */
export interface StartReport {
  readonly job: string;
  readonly sinks: readonly SinkGuarantee[];
  /** Steps that keep state but have no name. */
  readonly unnamed: readonly string[];
  /** RxJS code: no event time below it, nothing of it in a checkpoint. */
  readonly opaque: readonly string[];
  /** Sources whose records carry the time at which they were read, because nothing gives them another. */
  readonly ingestionTime: readonly string[];
}

/** What is promised for each sink of a plan. `recovers`: the job has state and checkpoints. */
export function reportOf(job: string, plan: Plan, recovers: boolean): StartReport {
  return {
    job,
    sinks: plan.outputs.map(sink => ({ sink: plan.idOf(sink), ...guaranteeOf(sink, plan, recovers) })),
    unnamed: plan.steps.filter(s => s.kind === 'keyed' && s.name === undefined).map(plan.idOf),
    opaque: plan.steps.filter(isOpaque).map(plan.idOf),
    ingestionTime: plan.steps.filter(s => s.kind === 'source' && s.source.watermarks !== true && reachesSinkWithoutTime(s, plan)).map(plan.idOf),
  };
}

const isOpaque = (step: Step): boolean => step.kind === 'async' && step.opaque === true;

function guaranteeOf(sink: SinkStep, plan: Plan, recovers: boolean): Omit<SinkGuarantee, 'sink'> {
  if (!recovers) return { guarantee: 'at-most-once', because: 'the job has no state backend and no checkpoints: after a crash it begins anew' };
  const above = new Set<Step>();
  const walk = (step: Step): void => {
    for (const { step: up } of inputsOf(step)) {
      if (above.has(up)) continue;
      above.add(up);
      walk(up);
    }
  };
  walk(sink);
  for (const step of above) {
    if (step.kind === 'source' && !step.source.replayable) return { guarantee: 'at-most-once', because: `source "${plan.idOf(step)}" cannot be read again: at-most-once here, unless \`log: writeAheadLog(folder)\` is put in front of it` };
    if (isOpaque(step)) return { guarantee: 'at-most-once', because: `"${plan.idOf(step)}" is RxJS code, which no checkpoint sees into` };
  }
  switch (sink.sink.guarantee) {
    case 'transactional':
      return { guarantee: 'exactly-once', because: 'the sink commits with the checkpoint' };
    case 'idempotent':
      return { guarantee: 'exactly-once', because: 'writing a record again changes nothing' };
    default:
      return { guarantee: 'at-least-once', because: 'an append sink gets what came since the last checkpoint again' };
  }
}

/** Whether some path from the source meets no `timestamps`. */
function reachesSinkWithoutTime(source: Step, plan: Plan): boolean {
  const seen = new Set<Step>();
  const walk = (step: Step): boolean =>
    plan.edgesFrom(step).some(({ to }) => {
      if (to.kind === 'sink') return true;
      if (seen.has(to) || (to.kind === 'transform' && to.timestamps === true)) return false;
      seen.add(to);
      return walk(to);
    });
  return walk(source);
}
