/** What a job opens before it runs: state, sinks, the lists of splits. Whatever fails, what was opened is closed again. */
import type { Environment } from '../core/clock.js';
import { StepError } from '../core/errors.js';
import { isPromise } from '../core/maybe.js';
import type { SinkWriter } from '../core/sink.js';
import type { Splits } from '../core/source.js';
import type { Manifest, StateStore } from '../core/state.js';
import type { PlanChange } from '../inspect/plan-changes.js';
import type { Plan } from '../plan/plan.js';
import type { SinkStep, SourceStep } from '../plan/step.js';
import { volatile } from '../state/volatile.js';
import { bounded, type Within } from './bounded.js';
import { openState } from './opening-state.js';
import type { Settings } from './options.js';
import { reconcile, type Reconciled } from './reconcile.js';

/** The splits of a source: all of them, or a list that changes. */
export type SplitList = readonly string[] | AsyncIterable<Splits>;

export interface Opened {
  readonly store: StateStore;
  /** What the job goes on from, with what the user renamed and dropped. */
  readonly restored: Manifest | undefined;
  readonly changes: readonly PlanChange[];
  /** Those still to be closed. */
  readonly writers: Map<SinkStep, SinkWriter<unknown>>;
  readonly splits: ReadonlyMap<SourceStep, SplitList>;
}

/** Yields what may have to be waited for; see `maybeAsync`, which gives back what was promised (hence the casts). */
export function* open(plan: Plan, settings: Settings, environment: Environment, abort: (reason: unknown) => void, checkpointSoon: () => void): Generator<unknown, Opened, unknown> {
  const writers = new Map<SinkStep, SinkWriter<unknown>>();
  const splits = new Map<SourceStep, SplitList>();
  const within = bounded(environment.clock, settings.timeout);
  const { signal } = settings;
  /** What opens may never be there, and whoever waits may give up. What comes after that is closed again. */
  const waiting = <T>(what: string, work: T | PromiseLike<T>, limit: boolean, closeLate: (late: T) => unknown): unknown => {
    if (!isPromise(work)) return work;
    let over = false;
    const opened = Promise.resolve(work);
    opened.then(late => over && void (async () => closeLate(late))().catch(() => {}), () => {}); // nobody waits for it any more
    const bound = limit ? within(what, opened) : opened;
    return unlessAborted(bound, signal).catch((cause: unknown) => {
      over = true;
      throw cause;
    });
  };
  let store: StateStore;
  try {
    store = settings.state === undefined && settings.from === undefined ? volatile() : ((yield waiting('Opening the state', openState(settings, environment), false, late => late.close())) as StateStore);
  } catch (cause) {
    abort(cause);
    throw cause;
  }
  let opening = '';
  let reconciled: Reconciled;
  try {
    reconciled = reconcile(plan, store, settings);
  } catch (cause) {
    abort(cause);
    yield within('Closing the state', store.close());
    throw cause;
  }
  const { restored, changes } = reconciled;
  try {
    for (const step of plan.outputs) {
      opening = plan.idOf(step);
      const context = { job: settings.name, step: opening, generation: store.generation, restored: restored?.committables[opening] ?? [], checkpoint: restored?.checkpoint ?? 0, environment, recovers: settings.recovers, checkpointSoon };
      writers.set(step, (yield waiting('Opening the sink', step.sink.open(context), true, late => late.close('failed'))) as SinkWriter<unknown>);
    }
    for (const step of plan.steps) {
      if (step.kind !== 'source') continue;
      opening = plan.idOf(step);
      splits.set(step, (yield waiting<SplitList>('Listing the splits of the source', step.source.splits(environment, restored?.positions[opening] ?? {}), true, () => {})) as SplitList);
    }
  } catch (cause) {
    const error = signal?.aborted === true && cause === signal.reason ? cause : new StepError(opening, cause);
    abort(error);
    yield closeWriters(plan, writers, 'failed', within).then(() => within('Closing the state', store.close()));
    throw error;
  }
  return { store, restored, changes, writers, splits };
}

/** The same, unless the signal is aborted first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let give = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    give = () => reject(signal.reason);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', give);
  }
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
