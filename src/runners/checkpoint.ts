/**
 * The checkpoint cycle. One thread, so no barriers: stop taking records, let what is in flight come through, bring sinks and state to one durable point, go on.
 * Each phase is a scheduling point with its name.
 */
import { CheckpointError, MillraceError, StepError, TimeoutError } from '../core/errors.js';
import { retryDelay, type Retry } from '../core/retry.js';
import type { Json, Position } from '../core/values.js';
import type { Manifest, StateStore } from '../core/state.js';
import type { Compiled } from '../compile/compile.js';
import type { Runtime } from '../compile/runtime.js';
import { bounded } from './bounded.js';
import type { SplitEntry } from './split.js';

export type Phase = 'pause' | 'drain' | 'flush' | 'prepare' | 'encode' | 'write' | 'commit' | 'acknowledge' | 'resume';

export interface CheckpointParts {
  readonly job: string;
  readonly runtime: Runtime;
  readonly compiled: Compiled;
  readonly store: StateStore;
  readonly splits: readonly SplitEntry[];
  readonly timeout: number;
  /** Positions of splits that are not open: those that have ended, and those that a list of splits has not named again since the restart. */
  readonly closed: () => Iterable<readonly [source: string, split: string, Position | 'end']>;
  /** No split begins anything new, and none that comes meanwhile. */
  pause(): void;
  /** Resolves at the next time the runner rests and `condition` holds; rejects when `signal` is aborted. */
  when(condition: () => boolean, signal?: AbortSignal): Promise<void>;
  /** Called at each phase; may wait. */
  phase(name: Phase): void | Promise<void>;
  /** Tokens of sinks that were prepared for a checkpoint which then could not be written: they go into the next. */
  readonly prepared: Map<string, readonly Json[]>;
  /** What the job went on from. */
  readonly restored: Manifest | undefined;
  /** The savepoint this lineage began with. */
  readonly origin: string | undefined;
  /** The checkpoint is whole, and the job has not gone on yet. */
  after?(manifest: Manifest): Promise<void> | undefined;
}

/** What a checkpoint cost. */
export interface CheckpointFigures {
  readonly entries: number;
  readonly bytes: number;
}

const quiet = ({ runtime, compiled }: CheckpointParts): boolean =>
  compiled.pending() === 0 && runtime.entries.every(e => e.unfinished === undefined && (e.kind === 'split' ? !(e as SplitEntry).begun() : e.depth() === 0)); // entries of kind `split` are made by the runner

/** Names what keeps a checkpoint waiting, for the error. */
function culprit({ runtime, compiled }: CheckpointParts): { readonly step: string; readonly text: string } {
  const { plan } = runtime;
  const sink = compiled.sinks.find(s => !s.idle());
  if (sink !== undefined) return { step: plan.idOf(sink.step), text: `Sink "${plan.idOf(sink.step)}" (a write is under way)` };
  const step = plan.steps.find(s => s.kind === 'async' && runtime.meter(s).queues.some(q => q.depth() > 0));
  if (step !== undefined) return { step: plan.idOf(step), text: `Step "${plan.idOf(step)}" (calls are in flight)` };
  const id = plan.idOf(runtime.entries.find(e => e.unfinished !== undefined || e.depth() > 0)?.step ?? compiled.sinks[0]?.step ?? plan.steps[0] ?? { kind: 'merge', operator: 'job', policy: 'fail', inputs: [], sequential: false });
  return { step: id, text: `Step "${id}"` };
}

/** Brings everything in flight through to the sinks. Nothing is lost when that takes too long: it goes on by itself. */
async function drain(parts: CheckpointParts): Promise<void> {
  const { runtime, compiled } = parts;
  const { clock, signal } = runtime.environment;
  const over = new AbortController();
  const timer = new AbortController();
  clock.sleep(parts.timeout, AbortSignal.any([timer.signal, signal])).then(
    () => {
      const { step, text } = culprit(parts);
      over.abort(new CheckpointError(new StepError(step, new TimeoutError(`${text}: draining for a checkpoint`, parts.timeout))));
    },
    () => {},
  );
  try {
    await parts.phase('drain');
    compiled.flush();
    runtime.wake();
    await parts.when(() => quiet(parts), over.signal);
    await parts.phase('flush');
    for (;;) {
      for (const sink of compiled.sinks) sink.push();
      await parts.when(() => quiet(parts) && compiled.sinks.every(s => s.idle()), over.signal);
      if (compiled.sinks.every(s => s.idle())) return;
    }
  } finally {
    timer.abort();
  }
}

/** An error of a sink's own names its step. */
async function of<T>(step: string, work: () => T): Promise<Awaited<T>> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof StepError ? cause : new StepError(step, cause);
  }
}

/** Waits before a repeated `commit`. */
const AGAIN: Retry = { attempts: Number.POSITIVE_INFINITY, backoff: 50 };

const codeOf = (cause: unknown): unknown => (typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined);

/** Errors of sinks are not all ours: `fenced` counts whoever throws it. */
const isFinal = (cause: unknown): boolean => codeOf(cause) === 'fenced' || (cause instanceof MillraceError && cause.final);

/** Committing is idempotent and the checkpoint is durable, so what fails is done again, until the time is up or somebody else has taken over. */
async function insistently(parts: CheckpointParts, step: string, commit: () => Promise<void> | undefined): Promise<void> {
  const { clock, signal, random } = parts.runtime.environment;
  const until = clock.monotonic() + parts.timeout;
  for (let attempt = 1; ; attempt++) {
    try {
      return await commit();
    } catch (cause) {
      const pause = retryDelay(AGAIN, attempt, random);
      if (isFinal(cause) || signal.aborted || clock.monotonic() + pause > until) throw cause instanceof StepError ? cause : new StepError(step, cause);
      await clock.sleep(pause, signal);
    }
  }
}

/** Takes checkpoint number `number`; the job does not take records meanwhile. `resume` is left to the caller when it is the last one. */
export async function takeCheckpoint(parts: CheckpointParts, number: number): Promise<CheckpointFigures> {
  const { runtime, compiled, store, prepared } = parts;
  const { plan } = runtime;
  const { clock, signal } = runtime.environment;
  const within = bounded(clock, parts.timeout);
  await parts.phase('pause');
  parts.pause();
  await drain(parts);
  runtime.frozen = true;
  for (const { step, writer } of compiled.sinks) await of(plan.idOf(step), () => within('Flushing the sink', writer.flush()));

  await parts.phase('prepare');
  for (const { writer, step } of compiled.sinks) {
    const id = plan.idOf(step);
    const token = await of(id, () => within('Preparing the sink', writer.prepare?.(number)));
    if (token !== undefined) prepared.set(id, [...(prepared.get(id) ?? []), token]);
  }
  await parts.phase('encode');
  // A job that has failed meanwhile lets go of its inputs: what it is from then on is no state to go on from.
  signal.throwIfAborted();
  const manifest = manifestOf(parts, number);
  await parts.phase('write');
  signal.throwIfAborted();
  const committed = await store.commit(manifest, runtime.pace).catch((cause: unknown) => {
    throw cause instanceof Error && codeOf(cause) === 'state-unwritable' ? new CheckpointError(cause) : cause;
  });
  prepared.clear();
  await parts.phase('commit');
  for (const { writer, step } of compiled.sinks) {
    const tokens = manifest.committables[plan.idOf(step)];
    if (tokens !== undefined) await insistently(parts, plan.idOf(step), () => writer.commit?.(tokens));
  }
  await parts.phase('acknowledge');
  for (const step of plan.steps) {
    if (step.kind !== 'source' || step.source.commit === undefined) continue;
    const { source } = step;
    const places = Object.entries(manifest.positions[plan.idOf(step)] ?? {}).filter((p): p is [string, Position] => p[1] !== 'end');
    await insistently(parts, plan.idOf(step), () => source.commit?.(Object.fromEntries(places)));
  }
  const work = parts.after?.(manifest);
  if (work !== undefined) await work;
  return committed ?? { entries: 0, bytes: 0 };
}

function manifestOf({ job, runtime, store, splits, closed, prepared, origin }: CheckpointParts, checkpoint: number): Manifest {
  const { plan } = runtime;
  const positions = new Map<string, Map<string, Position | 'end'>>();
  const put = (source: string, split: string, at: Position | 'end'): void => {
    const places = positions.get(source) ?? new Map<string, Position | 'end'>();
    positions.set(source, places.set(split, at));
  };
  const expected = new Set<string>();
  for (const [source, split, at] of closed()) {
    put(source, split, at);
    if (at !== 'end') expected.add(split);
  }
  for (const { step, split, ended, position } of splits) {
    const at = ended() ? 'end' : position();
    if (at !== undefined) put(plan.idOf(step), split, at);
  }
  return {
    job,
    generation: store.generation,
    checkpoint,
    plan: plan.steps.map(s => ({ step: plan.idOf(s), kind: s.kind, version: s.kind === 'keyed' ? s.stage.version : 0, signature: s.kind === 'keyed' ? s.stage.signature : null })),
    positions: Object.fromEntries([...positions].map(([source, places]) => [source, Object.fromEntries(places)])),
    watermarks: runtime.saved(expected),
    committables: Object.fromEntries(prepared),
    at: runtime.environment.clock.now(),
    ...(origin === undefined ? {} : { origin }),
  };
}
