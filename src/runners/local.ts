/**
 * The runner inside this process: opens what a plan needs, takes turns, checkpoints, ends. Opening waits only for what itself waits,
 * so that a job of synchronous parts runs from the moment it is started.
 */
import type { Environment } from '../core/clock.js';
import { JobEnded, MillraceError } from '../core/errors.js';
import { maybeAsync } from '../core/maybe.js';
import type { Time } from '../core/values.js';
import { compile, type Compiled } from '../compile/compile.js';
import { createRuntime, type Runtime } from '../compile/runtime.js';
import { timeOf } from '../compile/meter.js';
import { reportOf } from '../inspect/report.js';
import { explain } from '../inspect/why.js';
import { missingNames } from '../plan/check.js';
import type { Plan } from '../plan/plan.js';
import { bounded } from './bounded.js';
import type { CheckpointParts } from './checkpoint.js';
import { checkpointing, teller } from './checkpoints.js';
import { reality, type ControlledJob, type World } from './job.js';
import { createLoop } from './loop.js';
import { createMetrics, type JobMetrics } from './metrics.js';
import { closeWriters, open } from './opening.js';
import { settingsOf, type RunOptions } from './options.js';
import { savepointing } from './savepoints.js';
import { splitGroup } from './split-list.js';

/** Starts a job; at once, unless something it opens must be waited for. Throws or rejects with a ConfigurationError before anything has run. */
export function startJob(plan: Plan, options?: RunOptions, world: World = reality): ControlledJob | Promise<ControlledJob> {
  return maybeAsync(start(plan, options, world));
}

interface Waiter {
  condition(): boolean;
  resolve(): void;
  reject(error: unknown): void;
}

function* start(plan: Plan, options: RunOptions | undefined, world: World): Generator<unknown, ControlledJob, unknown> {
  const settings = settingsOf(plan, options);
  const { clock } = world;
  const ended = new AbortController();
  const environment: Environment = { clock, random: world.random, signal: ended.signal, disk: world.disk, freeze: world.freeze };
  const within = bounded(clock, settings.timeout);
  const { store, restored, changes, writers, splits: lists } = yield* open(plan, settings, environment, reason => ended.abort(reason), () => checkpointSoon());

  let status: JobMetrics['status'] = 'running';
  let finishing: Promise<void> | undefined;
  let waiters: Waiter[] = [];
  const stoppers: (() => void)[] = [];
  let settleDone: { resolve(): void; reject(error: unknown): void } = { resolve: () => {}, reject: () => {} };
  const done = new Promise<void>((resolve, reject) => (settleDone = { resolve, reject }));
  done.catch(() => {}); // whoever does not ask must not bring the host down

  const halt = (reason: unknown): void => {
    loop.stop();
    for (const stop of stoppers) stop();
    ended.abort(reason);
  };
  const fail = (error: unknown): void => {
    if (status === 'failed' || status === 'done') return;
    status = 'failed';
    halt(error);
    for (const waiter of waiters) waiter.reject(error);
    void (async () => {
      await within('Closing the sources', splits.closeAll()).catch(() => {}); // the first error stands
      await within('Ending the savepoints', savepoints.settled()).catch(() => {}); // as above
      savepoints.end();
      await closeWriters(plan, writers, 'failed', within);
      await within('Closing the state', store.close()).catch(() => {}); // as above
      settleDone.reject(error);
    })();
  };

  const runtime: Runtime = createRuntime({ plan, environment, budget: settings.budget, restored: restored?.watermarks, wake: () => loop.wake(), soon: () => loop.soon() });
  const loop = createLoop(() => runtime, {
    budget: settings.budget,
    write: () => compiled.sinks.forEach(s => s.push()),
    rest() {
      for (const waiter of waiters.filter(w => w.condition())) {
        waiters = waiters.filter(w => w !== waiter);
        waiter.resolve();
      }
      if (status === 'running' && !checkpoints.metrics().underWay && compiled.sinks.every(s => s.ended())) void finish('end');
    },
    look() {
      // `rest` may just have begun the end, which takes the last one itself: never two at a time.
      if (status === 'running' && finishing === undefined) checkpoints.look();
    },
    fail,
  });
  /** The turn ends here: what asks is at its bound, and a source that is always ready would fill it far beyond before the turn is over. */
  const checkpointSoon = (): void => {
    checkpoints.soon();
    runtime.spent = true;
  };
  let alarmAt = Number.POSITIVE_INFINITY;
  const alarm = (at: Time): void => {
    if (at >= alarmAt) return;
    alarmAt = at;
    clock.sleep(Math.max(0, at - clock.now()), environment.signal).then(
      () => {
        if (alarmAt === at) alarmAt = Number.POSITIVE_INFINITY;
        loop.wake();
      },
      () => {},
    );
  };
  let compiled: Compiled;
  try {
    compiled = compile({ runtime, store, restored, writers, unwritten: loop.unwritten, alarm });
  } catch (error) {
    ended.abort(error);
    yield closeWriters(plan, writers, 'failed', within).then(() => within('Closing the state', store.close()));
    throw error;
  }
  const splits = splitGroup({ runtime, compiled, restored, loop, lists, stoppers, within, checkpoint, fail });
  const parts: CheckpointParts = {
    job: settings.name,
    runtime,
    compiled,
    store,
    splits: splits.all,
    closed: splits.closed,
    pause() {
      runtime.pausing = true;
      splits.pause(true);
    },
    timeout: settings.timeout,
    prepared: new Map(),
    origin: restored?.origin,
    restored,
    when: (condition, stop) =>
      new Promise((resolve, reject) => {
        const waiter: Waiter = { condition, resolve, reject };
        waiters.push(waiter);
        stop?.addEventListener('abort', () => {
          waiters = waiters.filter(w => w !== waiter);
          reject(stop.reason);
        });
        loop.wake();
      }),
    phase: name => world.phase?.(name),
    after: manifest => savepoints.after(manifest),
  };
  const tell = teller(settings.name, settings.onEvent);
  const checkpoints = checkpointing({
    parts,
    clock,
    maxDirty: settings.maxDirty,
    running: () => status === 'running',
    resume() {
      runtime.frozen = false;
      runtime.pausing = false;
      splits.pause(false);
      loop.wake();
    },
    fail,
    tell,
  });
  /** A job that ends takes its last one by itself. */
  function checkpoint(): Promise<void> {
    return status === 'running' && finishing === undefined ? checkpoints.take() : done;
  }
  const savepoints = savepointing({ job: settings.name, environment, store, signingKey: settings.signingKey, automatic: settings.savepoints, stoppers, running: () => status === 'running', checkpoint, tell });
  function finish(why: 'end' | 'stop' | 'drain'): Promise<void> {
    finishing ??= (async () => {
      try {
        await checkpoints.settled();
        if (status === 'failed') return;
        status = 'stopping';
        if (why === 'drain') {
          splits.cut();
          await parts.when(() => compiled.sinks.every(s => s.ended()));
        }
        await checkpoints.last();
        await savepoints.settled();
        savepoints.end();
        halt(new JobEnded());
        await splits.close();
        await closeWriters(plan, writers, 'done', within);
        await within('Closing the state', store.close());
        status = 'done';
        settleDone.resolve();
      } catch (error) {
        fail(error);
      }
    })();
    return finishing;
  }

  if (restored !== undefined) tell({ kind: 'restored', checkpoint: restored.checkpoint, generation: store.generation, steps: changes });
  splits.begin();
  if (settings.every !== undefined) stoppers.push(clock.every(settings.every, () => void (status === 'running' && checkpoint().catch(() => {})))); // told and counted
  if (settings.signal !== undefined) {
    const { signal } = settings;
    const stop = (): void => void finish('stop');
    signal.addEventListener('abort', stop, { once: true });
    stoppers.push(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stoppers.push(clock.defer(stop));
  }
  loop.wake();
  return {
    done,
    report: reportOf(settings.name, plan, settings.recovers),
    metrics: createMetrics(
      runtime,
      loop,
      () => status,
      checkpoints.metrics,
    ),
    why: (step, key) => explain(runtime, of => timeOf(runtime.meter(of)), step, key),
    async stop(how) {
      if (status === 'running') void finish(how?.drain === true ? 'drain' : 'stop');
      await done;
    },
    checkpoint,
    async savepoint(path) {
      const unnamed = missingNames(plan, true).map(problem => `"${problem.where}"`);
      if (unnamed.length > 0) throw new MillraceError('unnamed-step', `A savepoint of job "${settings.name}" would be found again by the names of steps, and these have none: ${unnamed.join(', ')}.`);
      await savepoints.take(path);
    },
    crash() {
      status = 'failed';
      const reason = new DOMException('The job crashed.', 'AbortError');
      halt(reason);
      void splits.closeAll();
      settleDone.reject(reason);
    },
    resting: () => loop.resting && runtime.entries.every(e => e.depth() === 0 || e.blocked > 0),
  };
}
