/**
 * The checkpoint cycle. One thread, so no barriers: stop taking records, let what is in flight come through, bring sinks and state to one durable point, go on.
 * Each phase is a scheduling point with its name.
 */
import { StepError, TimeoutError } from '../core/errors.js';
import type { Json, Position } from '../core/values.js';
import type { Manifest, StateStore } from '../core/state.js';
import type { Compiled } from '../compile/compile.js';
import type { Runtime } from '../compile/runtime.js';
import type { SplitEntry } from './split.js';

export type Phase = 'pause' | 'drain' | 'flush' | 'prepare' | 'encode' | 'write' | 'commit' | 'acknowledge' | 'resume';

export interface CheckpointParts {
  readonly job: string;
  readonly runtime: Runtime;
  readonly compiled: Compiled;
  readonly store: StateStore;
  readonly splits: readonly SplitEntry[];
  readonly timeout: number;
  /** Positions of splits that are no longer open. */
  readonly closed: ReadonlyMap<string, ReadonlyMap<string, Position | 'end'>>;
  /** Resolves at the next time the runner rests and `condition` holds. */
  when(condition: () => boolean): Promise<void>;
  /** Called at each phase; may wait. */
  phase(name: Phase): void | Promise<void>;
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

/** Brings everything in flight through to the sinks, which flush. */
async function settle(parts: CheckpointParts): Promise<void> {
  const { runtime, compiled } = parts;
  const { clock, signal } = runtime.environment;
  const over = new AbortController();
  const limit = clock.sleep(parts.timeout, AbortSignal.any([over.signal, signal])).then(
    () => {
      const { step, text } = culprit(parts);
      throw new StepError(step, new TimeoutError(`${text}: draining for a checkpoint`, parts.timeout));
    },
    () => {},
  );
  const work = async (): Promise<void> => {
    await parts.phase('drain');
    compiled.flush();
    runtime.wake();
    await parts.when(() => quiet(parts));
    await parts.phase('flush');
    for (;;) {
      for (const sink of compiled.sinks) sink.push();
      await parts.when(() => quiet(parts) && compiled.sinks.every(s => s.idle()));
      if (compiled.sinks.every(s => s.idle())) break;
    }
    runtime.frozen = true;
    for (const { step, writer } of compiled.sinks) await of(runtime.plan.idOf(step), () => writer.flush());
  };
  try {
    await Promise.race([work(), limit.then(() => new Promise<never>(() => {}))]);
  } finally {
    over.abort();
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

/** Takes checkpoint number `number`; the job does not take records meanwhile. `resume` is left to the caller when it is the last one. */
export async function takeCheckpoint(parts: CheckpointParts, number: number): Promise<void> {
  const { runtime, compiled, store } = parts;
  const { plan } = runtime;
  await parts.phase('pause');
  for (const split of parts.splits) split.paused = true;
  runtime.alignment.release(true);
  await settle(parts);

  await parts.phase('prepare');
  const committables: Record<string, readonly Json[]> = {};
  for (const { writer, step } of compiled.sinks) {
    const token = await of(plan.idOf(step), () => writer.prepare?.(number));
    if (token !== undefined) committables[plan.idOf(step)] = [token];
  }
  await parts.phase('encode');
  const positions = new Map<string, Map<string, Position | 'end'>>();
  for (const [source, splits] of parts.closed) positions.set(source, new Map(splits));
  for (const split of parts.splits) {
    const source = plan.idOf(split.step);
    const places = positions.get(source) ?? new Map<string, Position | 'end'>();
    const at = split.ended() ? 'end' : split.position();
    if (at !== undefined) places.set(split.split, at);
    positions.set(source, places);
  }
  const manifest: Manifest = {
    job: parts.job,
    generation: store.generation,
    checkpoint: number,
    plan: plan.steps.map(s => ({ step: plan.idOf(s), version: s.kind === 'keyed' ? s.stage.version : 0, signature: s.kind === 'keyed' ? s.stage.signature : null })),
    positions: Object.fromEntries([...positions].map(([source, places]) => [source, Object.fromEntries(places)])),
    watermarks: runtime.saved(),
    committables,
  };
  await parts.phase('write');
  await store.commit(manifest, runtime.pace);
  await parts.phase('commit');
  for (const { writer, step } of compiled.sinks) {
    const tokens = committables[plan.idOf(step)];
    if (tokens !== undefined) await of(plan.idOf(step), () => writer.commit?.(tokens));
  }
  await parts.phase('acknowledge');
  for (const step of plan.steps) {
    if (step.kind !== 'source' || step.source.commit === undefined) continue;
    const { source } = step;
    const places = [...(positions.get(plan.idOf(step)) ?? [])].filter((p): p is [string, Position] => p[1] !== 'end');
    await of(plan.idOf(step), () => source.commit?.(Object.fromEntries(places)));
  }
}
