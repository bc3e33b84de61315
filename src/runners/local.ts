/**
 * The runner inside this process: opens what a plan needs, takes turns, checkpoints, ends. Opening waits only for what itself waits,
 * so that a job of synchronous parts runs from the moment it is started.
 */
import { type Clock, type Environment, systemClock } from '../core/clock.js';
import { StepError } from '../core/errors.js';
import { maybeAsync } from '../core/maybe.js';
import type { SinkWriter } from '../core/sink.js';
import type { Splits } from '../core/source.js';
import type { StateStore } from '../core/state.js';
import type { Position, Time } from '../core/values.js';
import { compile } from '../compile/compile.js';
import { createRuntime, postpone, type Entry, type Runtime } from '../compile/runtime.js';
import { reportOf, type StartReport } from '../inspect/report.js';
import type { Plan } from '../plan/plan.js';
import type { SinkStep, SourceStep } from '../plan/step.js';
import { volatile } from '../state/volatile.js';
import { takeCheckpoint, type CheckpointParts, type Phase } from './checkpoint.js';
import { createLoop } from './loop.js';
import { createMetrics, type JobMetrics } from './metrics.js';
import { settingsOf, type RunOptions } from './options.js';
import { splitEntry, type SplitEntry } from './split.js';

/** A running job. */
export interface Job {
  /** Resolves when all input has ended and reached the sinks, or after `stop()`; rejects with the first error, after everything has been released. */
  readonly done: Promise<void>;
  /** Checkpoint and close; windows stay open for the next run. With `drain`, the input is taken as ended, so every window is flushed first. */
  stop(options?: { readonly drain?: boolean }): Promise<void>;
  /** What is promised at start: guarantee per sink, unnamed or opaque steps, sources without event time. */
  readonly report: StartReport;
  metrics(): JobMetrics;
}

/** What a test may ask of a job besides. */
export interface ControlledJob extends Job {
  checkpoint(): Promise<void>;
  /** Everything in memory is gone, as after `kill -9`: nothing is flushed, committed or closed in order. */
  crash(): void;
  /** Nothing to do before something from outside happens. */
  readonly resting: () => boolean;
}

/** The world a job runs in; real unless a test brings another. */
export interface World {
  readonly clock: Clock;
  random(): number;
  phase?(name: Phase): void | Promise<void>;
}
const reality: World = { clock: systemClock, random: Math.random };

/** Readers open at once; further splits wait for one to end. */
const MOST_OPEN = 64;
/** How often the silence of a pushing input is looked at, in milliseconds. */
const SILENCE_TICK = 250;

/** Starts a job; at once, unless something it opens must be waited for. Throws or rejects with a ConfigurationError before anything has run. */
export function startJob(plan: Plan, options?: RunOptions, world: World = reality): ControlledJob | Promise<ControlledJob> {
  return maybeAsync(start(plan, options, world));
}

function* start(plan: Plan, options: RunOptions | undefined, world: World): Generator<unknown, ControlledJob, unknown> {
  const settings = settingsOf(plan, options);
  const ended = new AbortController();
  const environment: Environment = { clock: world.clock, random: world.random, signal: ended.signal };
  const { clock } = world;
  const writers = new Map<SinkStep, SinkWriter<unknown>>();
  let store: StateStore | undefined;
  let status: JobMetrics['status'] = 'running';

  const releaseWriters = async (outcome: 'done' | 'failed'): Promise<void> => {
    for (const [step, writer] of writers) {
      try {
        await writer.close(outcome);
      } catch (cause) {
        if (outcome === 'done') throw new StepError(plan.idOf(step), cause);
      }
    }
  };
  const opened: StateStore = settings.state === undefined ? volatile() : ((yield settings.state.open(settings.name, environment)) as StateStore); // `maybeAsync` gives back what was promised
  store = opened;
  const splitLists = new Map<SourceStep, readonly string[] | AsyncIterable<Splits>>();
  try {
    for (const step of plan.outputs) {
      const id = plan.idOf(step);
      try {
        writers.set(step, (yield step.sink.open({ job: settings.name, step: id, generation: opened.generation, restored: opened.restored?.committables[id] ?? [], environment })) as SinkWriter<unknown>); // as above
      } catch (cause) {
        throw new StepError(id, cause);
      }
    }
    for (const step of plan.steps) {
      if (step.kind !== 'source') continue;
      try {
        splitLists.set(step, (yield step.source.splits(environment)) as readonly string[] | AsyncIterable<Splits>); // as above
      } catch (cause) {
        throw new StepError(plan.idOf(step), cause);
      }
    }
  } catch (error) {
    ended.abort(error);
    yield releaseWriters('failed').then(() => opened.close());
    throw error;
  }

  let resolveDone!: () => void;
  let rejectDone!: (error: unknown) => void;
  const done = new Promise<void>((resolve, reject) => {
    resolveDone = resolve;
    rejectDone = reject;
  });
  done.catch(() => {}); // whoever does not ask must not bring the host down

  const splits: SplitEntry[] = [];
  const closed = new Map<string, Map<string, Position | 'end'>>();
  const stoppers: (() => void)[] = [];
  let waiters: { condition(): boolean; resolve(): void; reject(error: unknown): void }[] = [];
  let alarmAt = Number.POSITIVE_INFINITY;
  let checkpoints = { completed: opened.restored?.checkpoint ?? 0, failed: 0, lastDuration: undefined as number | undefined };
  let checkpointing: Promise<void> | undefined;
  let finishing: Promise<void> | undefined;

  const runtime: Runtime = createRuntime({ plan, environment, budget: settings.budget, restored: opened.restored?.watermarks, wake: () => loop.wake() });
  const loop = createLoop(() => runtime, {
    budget: settings.budget,
    write: () => compiled.sinks.forEach(s => s.push()),
    rest() {
      if (waiters.length > 0) {
        const met = waiters.filter(w => w.condition());
        waiters = waiters.filter(w => !met.includes(w));
        for (const waiter of met) waiter.resolve();
      }
      if (compiled.sinks.every(s => s.ended()) && status === 'running' && checkpointing === undefined) void finish('end');
      else if (opened.dirty > settings.maxDirty && status === 'running') void checkpoint().catch(() => {});
    },
    fail,
  });

  function fail(error: unknown): void {
    if (status === 'failed' || status === 'done') return;
    status = 'failed';
    loop.stop();
    for (const stop of stoppers) stop();
    ended.abort(error);
    for (const waiter of waiters) waiter.reject(error);
    void (async () => {
      await Promise.allSettled(splits.map(s => s.close()));
      await releaseWriters('failed');
      await opened.close().catch(() => {});
      rejectDone(error);
    })();
  }

  const compiled = compile({
    runtime,
    store: opened,
    writers,
    unwritten: () => loop.unwritten(),
    alarm(at: Time) {
      if (at >= alarmAt) return;
      alarmAt = at;
      clock.sleep(Math.max(0, at - clock.now()), environment.signal).then(
        () => {
          if (alarmAt === at) alarmAt = Number.POSITIVE_INFINITY;
          loop.wake();
        },
        () => {},
      );
    },
  });

  /** Things to do in a turn: splits that come, go, or are complete. */
  const chores: (() => boolean)[] = [];
  const chore: Entry = {
    step: { kind: 'merge', operator: 'runner', policy: 'fail', inputs: [], sequential: false }, // no gate is below it
    split: undefined,
    kind: 'timers',
    blocked: 0,
    unfinished: undefined,
    depth: () => chores.length,
    serve() {
      const next = chores.shift();
      if (next === undefined) return false;
      if (!next()) postpone(chore, next);
      return true;
    },
  };
  runtime.entries.push(chore);

  const addSplit = (step: SourceStep, split: string): void => {
    const restored = opened.restored?.positions[plan.idOf(step)]?.[split];
    const over = restored === 'end';
    const root = compiled.root(step, split, over);
    if (over) {
      closed.set(plan.idOf(step), (closed.get(plan.idOf(step)) ?? new Map<string, Position | 'end'>()).set(split, 'end'));
      return;
    }
    let opening = false;
    const entry = splitEntry({
      runtime,
      step,
      split,
      root,
      from: restored,
      mayOpen() {
        if (opening) return true;
        opening = splits.filter(s => s.opened).length < MOST_OPEN;
        return opening;
      },
      pending: () => compiled.pending(split),
      fail,
      onEnd: () => void entry.close().catch(cause => fail(new StepError(plan.idOf(step), cause))),
      refresh: loop.refresh,
      outside: loop.outside,
    });
    splits.push(entry);
    runtime.addEntry(entry);
  };
  const removeSplit = (step: SourceStep, split: string): boolean => {
    const at = splits.findIndex(s => s.step === step && s.split === split);
    const entry = splits[at];
    if (entry === undefined) return true;
    splits.splice(at, 1);
    void entry.close().catch(fail);
    runtime.forget(split, new Set(plan.steps.filter(s => plan.perSplit.has(s) && plan.sourcesOf(s).has(step)).concat(step)));
    return compiled.leave(step, split);
  };
  const followSplits = async (step: SourceStep, changes: AsyncIterable<Splits>): Promise<void> => {
    const iterator = changes[Symbol.asyncIterator]();
    stoppers.push(() => void Promise.resolve(iterator.return?.()).catch(() => {}));
    for (let next = await iterator.next(); next.done !== true && !ended.signal.aborted; next = await iterator.next()) {
      const { added, revoked, lost, released } = next.value;
      chores.push(() => {
        for (const split of added ?? []) addSplit(step, split);
        return true;
      });
      for (const split of lost ?? []) chores.push(() => removeSplit(step, split));
      loop.wake();
      if (revoked !== undefined && revoked.length > 0) {
        await checkpoint();
        for (const split of revoked) chores.push(() => removeSplit(step, split));
        released?.();
        loop.wake();
      }
    }
    chores.push(() => compiled.close(step));
    loop.wake();
  };

  const parts: CheckpointParts = {
    job: settings.name,
    runtime,
    compiled,
    store: opened,
    splits,
    timeout: settings.timeout,
    closed,
    when: condition =>
      new Promise((resolve, reject) => {
        waiters.push({ condition, resolve, reject });
        loop.wake();
      }),
    phase: name => world.phase?.(name),
  };
  const resume = (): void => {
    runtime.frozen = false;
    for (const split of splits) split.paused = false;
    loop.wake();
  };
  /** One at a time; whoever asks meanwhile gets the one under way. */
  function checkpoint(): Promise<void> {
    checkpointing ??= (async () => {
      const since = clock.monotonic();
      try {
        await takeCheckpoint(parts, checkpoints.completed + 1);
        checkpoints = { ...checkpoints, completed: checkpoints.completed + 1, lastDuration: clock.monotonic() - since };
      } catch (error) {
        checkpoints = { ...checkpoints, failed: checkpoints.failed + 1 };
        fail(error);
        throw error;
      } finally {
        checkpointing = undefined;
        await world.phase?.('resume');
        if (status === 'running') resume();
      }
    })();
    return checkpointing;
  }
  function finish(why: 'end' | 'stop' | 'drain'): Promise<void> {
    finishing ??= (async () => {
      try {
        if (checkpointing !== undefined) await checkpointing;
        if (status === 'failed') return;
        status = 'stopping';
        if (why === 'drain') {
          for (const split of splits) split.cut();
          for (const step of splitLists.keys()) chores.push(() => compiled.close(step));
          loop.wake();
          await parts.when(() => compiled.sinks.every(s => s.ended()));
        }
        await takeCheckpoint(parts, checkpoints.completed + 1);
        checkpoints = { ...checkpoints, completed: checkpoints.completed + 1 };
        loop.stop();
        for (const stop of stoppers) stop();
        ended.abort(new DOMException('The job has ended.', 'AbortError'));
        for (const split of splits) await split.close();
        await releaseWriters('done');
        await opened.close();
        status = 'done';
        resolveDone();
      } catch (error) {
        fail(error);
      }
    })();
    return finishing;
  }

  for (const [step, list] of splitLists) {
    if (Symbol.asyncIterator in list) void followSplits(step, list).catch(cause => fail(new StepError(plan.idOf(step), cause)));
    else {
      for (const split of list) addSplit(step, split);
      chores.push(() => compiled.close(step));
    }
  }
  if (settings.every !== undefined) stoppers.push(clock.every(settings.every, () => void (status === 'running' && checkpoint().catch(() => {}))));
  if (splits.some(s => runtime.quietListeners(s.step, s.split).length > 0)) {
    stoppers.push(
      clock.every(SILENCE_TICK, () => {
        for (const split of splits)
          chores.push(() => {
            split.tick(SILENCE_TICK);
            return true;
          });
        loop.wake();
      }),
    );
  }
  if (settings.signal !== undefined) {
    const { signal } = settings;
    const stop = (): void => void finish('stop');
    signal.addEventListener('abort', stop, { once: true });
    stoppers.push(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) queueStop(stop);
  }
  function queueStop(stop: () => void): void {
    stoppers.push(clock.defer(stop));
  }

  const metrics = createMetrics(runtime, loop, () => status, () => checkpoints);
  loop.wake();
  return {
    done,
    report: reportOf(settings.name, plan, settings.state !== undefined && settings.every !== undefined),
    metrics,
    async stop(how) {
      if (status === 'running') void finish(how?.drain === true ? 'drain' : 'stop');
      await done;
    },
    checkpoint,
    crash() {
      status = 'failed';
      loop.stop();
      for (const stop of stoppers) stop();
      ended.abort(new DOMException('The job crashed.', 'AbortError'));
      for (const split of splits) void split.close().catch(() => {});
      rejectDone(new DOMException('The job crashed.', 'AbortError'));
    },
    resting: () => loop.resting && runtime.entries.every(e => e.depth() === 0 || e.blocked > 0),
  };
}

