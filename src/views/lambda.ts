/** Views over a log: a batch side, a speed side, and one question to both. */
import { fileURLToPath } from 'node:url';
import { Observable } from 'rxjs';
import { systemDisk, diskOf } from '../core/disk.js';
import type { Environment } from '../core/clock.js';
import { milliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError, type Problem } from '../core/errors.js';
import type { MasterLog } from '../core/master-log.js';
import type { Key } from '../core/values.js';
import { keyed } from '../operators/keyed.js';
import { to } from '../operators/to.js';
import type { SinkStep, StepInput } from '../plan/step.js';
import { outputOf } from '../stream/output.js';
import { Stream } from '../stream/stream.js';
import { definitionOf, problemsOf, type DefinitionOptions } from './definition.js';
import { engineOf, type Engine } from './engine.js';
import { logged, type Logged } from './log-step.js';
import { memoryLog } from './memory-log.js';
import { speedStage, type CodeChange } from './speed.js';
import { MEMORY } from './build-batch.js';
import { folderVersions } from './folder-versions.js';
import { memoryVersions } from './versions.js';
import { workersOf, type WorkerOptions, type Workers } from './workers.js';
import type { KappaView, LambdaView, View, ViewChange } from './view.js';

/** What all views have. */
export interface ViewOptions<T, K extends Key, R> extends DefinitionOptions<T, K, R> {
  /** Where ingested events are kept; several views over the same events may share one. Absent: in memory, gone with the process. */
  readonly log?: MasterLog | undefined;
  /** A folder for what is computed from the log; absent: in memory, and computed again after a restart. */
  readonly folder?: string | URL | undefined;
  /** What happens when the job's state or the batch view was computed by other code: the start is refused (default), the old code's numbers are taken for the new one's, or the old ones answer until the log has been computed anew. */
  readonly onCodeChange?: CodeChange | undefined;
  /** The log has events that no checkpoint of this job knows, and the inputs do not begin anew: go on behind them. They are missing in answers (`gaps`) until a batch view has them. */
  readonly rebuild?: boolean | undefined;
  /** Bytes of memory, about, that computing a version may take, and as many for what was read last of versions on the disk; default 64 MiB. What is more is put into `folder`; without one all is in memory. */
  readonly memory?: number | undefined;
  /** Of the thread's time, how much a computation over the log may take while the job runs; default 0.5. */
  readonly share?: number | undefined;
}

/** A view with a batch side. */
export interface LambdaOptions<T, K extends Key, R> extends ViewOptions<T, K, R> {
  readonly batch?: {
    /** A new version so often; absent: when `publish()` is called. */
    readonly every?: Duration | undefined;
    /** Versions that are kept, to go back to; default 3. */
    readonly keep?: number | undefined;
  } & WorkerOptions | undefined;
}

/**
 * A view with two sides: a batch view, computed from the log up to a cut, and a speed view of what came behind it. One question is answered from both, and every event is on exactly one side, whatever is late, published, rolled back or crashed.
 *
 * @param name identity of the view and of its state
 * @param events what is ingested; it is written to the log as it stands here
 * @param options key, granule, aggregate; where the log and the batch view are
 * @returns the view; it answers while a job runs its outputs
 * @throws ConfigurationError for options that cannot be
 * @example
 * ```ts
 * import { Stream, count, run } from 'millrace';
 * import { lambda } from 'millrace/views';
 *
 * const hits = Stream.from([{ url: '/', at: 1_000 }, { url: '/docs', at: 3_700_000 }, { url: '/', at: 3_800_000 }]).timestamps(hit => hit.at);
 * const views = lambda('hits', hits, { key: hit => hit.url, every: '1h', aggregate: count() });
 * const job = await run([...views.outputs], { name: 'site' });
 * await job.done;
 * await views.publish();
 * console.log((await views.query('/', { from: 0, to: 7_200_000 })).value); // 2
 * ```
 */
export function lambda<T, const K extends Key, R>(name: string, events: Stream<T>, options: LambdaOptions<T, K, R>): LambdaView<K, R> {
  const { batch } = options ?? {};
  const every = batch?.every === undefined ? undefined : milliseconds(batch.every);
  const problems: Problem[] = [];
  if (batch?.every !== undefined && !(every !== undefined && every > 0)) problems.push({ code: 'view', where: `view ${JSON.stringify(name)}`, what: `\`batch.every\` is ${JSON.stringify(batch.every)}.`, fix: "Give a positive duration such as '1h'." });
  if (batch?.keep !== undefined && !(Number.isSafeInteger(batch.keep) && batch.keep > 0)) problems.push({ code: 'view', where: `view ${JSON.stringify(name)}`, what: `\`batch.keep\` is ${String(batch.keep)}.`, fix: 'Give a whole number above 0.' });
  const { problems: others, workers } = workersOf(batch ?? {}, `view ${JSON.stringify(name)}`);
  problems.push(...others);
  if (workers !== undefined && options.folder === undefined) problems.push({ code: 'view', where: `view ${JSON.stringify(name)}`, what: 'versions that are in memory cannot be computed by workers.', fix: 'Give it a `folder`.' });
  const { engine, view } = viewOf(name, events, options, { batch: true, keep: batch?.keep ?? 3, workers, every, found: problems, known: [...OPTIONS, 'batch'] });
  return { ...view, publish: engine.publish, rollback: engine.rollback, adopt: engine.adopt, versions: engine.versions };
}

/**
 * A view without a batch side, over a log that can be read again: changed code is computed from the log beside the old one, compared with it, and takes its place in one step.
 *
 * @param name identity of the view and of its state
 * @param events what is ingested; it is written to the log as it stands here
 * @param options key, granule, aggregate; where the log is
 * @returns the view; it answers while a job runs its outputs
 * @throws ConfigurationError for options that cannot be
 * @example
 * ```ts
 * import { Stream, run, sum } from 'millrace';
 * import { kappa } from 'millrace/views';
 *
 * const orders = Stream.from([{ customer: 'a', total: 5, at: 1_000 }, { customer: 'a', total: -5, at: 2_000 }]).timestamps(order => order.at);
 * const totals = kappa('totals', orders, { key: order => order.customer, every: '1h', aggregate: sum(order => order.total) });
 * const job = await run([...totals.outputs], { name: 'shop' });
 * await job.done;
 * const next = totals.replay({ filter: order => order.total > 0 });
 * await next.caughtUp;
 * console.log((await next.diff()).differ); // 1
 * await next.swap();
 * console.log((await totals.query('a', { from: 0, to: 3_600_000 })).value); // 5
 * ```
 */
export function kappa<T, const K extends Key, R>(name: string, events: Stream<T>, options: ViewOptions<T, K, R>): KappaView<T, K, R> {
  const { engine, view } = viewOf(name, events, options, { batch: false, keep: 1, workers: undefined, every: undefined, found: [], known: OPTIONS });
  return {
    ...view,
    replay(changed, { from, share, onProgress } = {}) {
      const next = { ...options, ...changed };
      const found = problemsOf(next, `replay of view ${JSON.stringify(name)}`);
      if (found.length > 0) throw new ConfigurationError(found);
      return engine.replay(definitionOf(next), { from, share: share ?? options.share ?? 0.5, onProgress });
    },
  };
}

/** What differs between the kinds of views. */
interface BatchSide {
  readonly batch: boolean;
  readonly keep: number;
  readonly workers: Workers | undefined;
  readonly every: number | undefined;
  readonly found: readonly Problem[];
  readonly known: readonly string[];
}

function viewOf<T, K extends Key, R>(name: string, events: Stream<T>, options: ViewOptions<T, K, R>, { batch, keep, workers, every, found, known }: BatchSide): { readonly engine: Engine<K, R>; readonly view: View<K, R> } {
  const where = `view ${JSON.stringify(name)}`;
  const given = options ?? ({} as ViewOptions<T, K, R>); // untyped code may leave it out
  const problems = [...found, ...problemsOf(given, where)];
  const refuse = (what: string, fix: string): void => void problems.push({ code: 'view', where, what, fix });
  if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) refuse(`the name is ${JSON.stringify(name)}.`, 'Give 1 to 128 letters, digits, dots, dashes or underscores, beginning with a letter or digit.');
  if (given.onCodeChange !== undefined && !['refuse', 'warn', 'shadow'].includes(given.onCodeChange)) refuse(`\`onCodeChange\` is ${JSON.stringify(given.onCodeChange)}.`, "Give 'refuse', 'warn' or 'shadow'.");
  if (given.share !== undefined && !(given.share > 0 && given.share <= 1)) refuse(`\`share\` is ${String(given.share)}.`, 'Give a number above 0, at most 1.');
  if (given.memory !== undefined && !(given.memory > 0)) refuse(`\`memory\` is ${String(given.memory)}.`, 'Give a number of bytes above 0.');
  if (!(events instanceof Stream)) refuse('the events are no stream.', 'Pass a Stream.');
  for (const option of Object.keys(given)) if (!known.includes(option)) refuse(`there is no option \`${option}\`.`, `There are ${known.join(', ')}.`);
  if (given.folder !== undefined && given.log === undefined) refuse('it has a folder for what is computed from a log that is in memory, and gone with the process.', "Give it a log on the disk too: `log: masterLog('data/log')`.");
  const log = given.log ?? memoryLog(`${name}-log`);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const definition = definitionOf(given);
  if (log.partitions > 1 && definition.aggregate.commutative !== true) refuse(`the log has ${log.partitions} partitions, and ${definition.aggregate.name} depends on an order that they do not have.`, 'Use a log with one partition, or an aggregate that is commutative.');
  const behind = logged(events.node.input, log, given.rebuild === true);
  if (behind === undefined) refuse(`log "${log.name}" belongs to other events.`, 'Views over one log are views of the same stream: pass the same one (and a `filter`), or give this view a log of its own.');
  if (problems.length > 0 || behind === undefined) throw new ConfigurationError(problems);

  behind.join(name);

  const folder = given.folder === undefined ? undefined : given.folder instanceof URL ? fileURLToPath(given.folder) : given.folder;
  // Without a folder they live as long as the view, so that a job that is started again in one process finds them.
  const inMemory = memoryVersions(name);
  const memory = given.memory ?? MEMORY;
  const engine = engineOf<K, R>({
    name,
    definition,
    log,
    keep,
    batch,
    share: given.share ?? 0.5,
    memory,
    workers,
    onCodeChange: given.onCodeChange ?? 'refuse',
    versions: (environment: Environment) => (folder === undefined ? inMemory : folderVersions(environment.disk === undefined ? systemDisk : diskOf(environment), folder, name, memory)),
  });
  const output = outputOf([...sinksOf(name, behind, log, definition, given.onCodeChange ?? 'refuse', engine, every), ...events.node.branches]);
  const view: View<K, R> = {
    name,
    outputs: [output],
    query: engine.query,
    queryMany: engine.queryMany,
    series: engine.series,
    entries: engine.entries,
    top: engine.top,
    status: engine.status,
    snapshot: engine.snapshot,
    changes() {
      const changes = new Observable<ViewChange<K, R>>(subscriber => engine.listen(change => subscriber.next(change)));
      return Stream.from(changes, { name: `${name}-changes`, whenFull: 'dropOldest' });
    },
  };
  return { engine, view };
}

/** The options there are. */
const OPTIONS = ['key', 'every', 'aggregate', 'filter', 'revision', 'onError', 'log', 'folder', 'onCodeChange', 'rebuild', 'share', 'memory'];

/** The log first: where it ends is where the view has come to. */
function sinksOf<K extends Key, R>(name: string, behind: Logged, log: MasterLog, definition: ReturnType<typeof definitionOf>, onCodeChange: CodeChange, engine: Engine<K, R>, every: number | undefined): readonly SinkStep[] {
  const stage = speedStage({
    name,
    definition,
    partitions: log.partitions,
    onCodeChange,
    openLog: ({ environment }) => behind.openOf(environment),
    opened(speed, { environment }) {
      engine.opened(speed, environment);
      if (every === undefined) return;
      let busy = false;
      const stop = environment.clock.every(every, () => {
        if (busy) return;
        busy = true;
        engine.publish().catch(() => {}).finally(() => (busy = false)); // `status()` tells
      });
      environment.signal.addEventListener('abort', stop, { once: true });
    },
  });
  const input: StepInput = { ...behind.input, keyOf: () => '' };
  const step = keyed([input], 'view', stage, { name }, { detail: definition.aggregate.name });
  return [behind.output, to<never>({ step }, { name: 'nowhere', guarantee: 'idempotent', open: () => ({ write: () => {}, flush: () => {}, close: () => {} }) }, { name: `${name} (answers)` })];
}

