/** What a job opens before it runs: state, sinks, the lists of splits. Whatever fails, what was opened is closed again. */
import type { Environment } from '../core/clock.js';
import { StepError } from '../core/errors.js';
import type { SinkWriter } from '../core/sink.js';
import type { Splits } from '../core/source.js';
import type { StateStore } from '../core/state.js';
import type { Plan } from '../plan/plan.js';
import type { SinkStep, SourceStep } from '../plan/step.js';
import { volatile } from '../state/volatile.js';
import { bounded, type Within } from './bounded.js';
import type { Settings } from './options.js';

/** The splits of a source: all of them, or a list that changes. */
export type SplitList = readonly string[] | AsyncIterable<Splits>;

export interface Opened {
  readonly store: StateStore;
  /** Those still to be closed. */
  readonly writers: Map<SinkStep, SinkWriter<unknown>>;
  readonly splits: ReadonlyMap<SourceStep, SplitList>;
}

/** Yields what may have to be waited for; see `maybeAsync`, which gives back what was promised (hence the casts). */
export function* open(plan: Plan, settings: Settings, environment: Environment, abort: (reason: unknown) => void): Generator<unknown, Opened, unknown> {
  const writers = new Map<SinkStep, SinkWriter<unknown>>();
  const splits = new Map<SourceStep, SplitList>();
  let store: StateStore;
  try {
    store = settings.state === undefined ? volatile() : ((yield settings.state.open(settings.name, environment)) as StateStore);
  } catch (cause) {
    abort(cause);
    throw cause;
  }
  let opening = '';
  try {
    for (const step of plan.outputs) {
      opening = plan.idOf(step);
      const restored = store.restored?.committables[opening] ?? [];
      writers.set(step, (yield step.sink.open({ job: settings.name, step: opening, generation: store.generation, restored, checkpoint: store.restored?.checkpoint ?? 0, environment })) as SinkWriter<unknown>);
    }
    for (const step of plan.steps) {
      if (step.kind !== 'source') continue;
      opening = plan.idOf(step);
      splits.set(step, (yield step.source.splits(environment)) as SplitList);
    }
  } catch (cause) {
    const error = new StepError(opening, cause);
    abort(error);
    const within = bounded(environment.clock, settings.timeout);
    yield closeWriters(plan, writers, 'failed', within).then(() => within('Closing the state', store.close()));
    throw error;
  }
  return { store, writers, splits };
}

/** Closes all sinks. After a failure each is tried, and the first error of the job stands; otherwise an error of closing is an error. */
export async function closeWriters(plan: Plan, writers: Map<SinkStep, SinkWriter<unknown>>, outcome: 'done' | 'failed', within: Within): Promise<void> {
  for (const [step, writer] of [...writers]) {
    writers.delete(step);
    try {
      await within('Closing the sink', writer.close(outcome));
    } catch (cause) {
      if (outcome === 'done') throw new StepError(plan.idOf(step), cause);
    }
  }
}
