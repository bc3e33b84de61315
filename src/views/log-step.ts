/**
 * Events on their way into the log: a step that appends each and hands it on to the views, and a sink that makes checkpoints of the log. An event is in the log before any view has seen it, in the same turn; so where the
 * log ends is, between two events, where every view has come to.
 */
import type { Environment } from '../core/clock.js';
import { DataError, MillraceError } from '../core/errors.js';
import type { LogPositions, MasterLog, MasterLogWriter } from '../core/master-log.js';
import type { Sink, SinkContext } from '../core/sink.js';
import type { Json } from '../core/values.js';
import { transform } from '../operators/make.js';
import { to } from '../operators/to.js';
import type { SinkStep, StepInput } from '../plan/step.js';
import { beginning, least } from './positions.js';

/** The log of one incarnation of a job, open for writing. */
export interface OpenLog {
  readonly writer: MasterLogWriter;
  readonly context: SinkContext;
  /** Resolves when a checkpoint that was begun after this call is durable; asks for one. */
  committed(): Promise<void>;
  /** What a view needs of the log: from these positions on. Nobody's business below what all views over it need and a checkpoint has is trimmed. */
  need(view: string, from: LogPositions): void;
  /** Somebody reads from these positions on, until the returned function is called. */
  reading(from: LogPositions): () => void;
  /** Why the log could not be trimmed when that was tried last; `undefined`: it could. */
  readonly untrimmed: unknown;
  /** The job has ended well; the log is closed. */
  readonly ended: boolean;
}

/** Events in front of a log. */
export interface Logged {
  /** Behind the step that appends. */
  readonly input: StepInput;
  readonly output: SinkStep;
  openOf(environment: Environment): OpenLog;
  /** A view over it: nothing is trimmed before it has said what it needs. */
  join(view: string): void;
}

/** Events that have nothing to do with each other cannot share a log. */
const known = new WeakMap<MasterLog, { readonly above: StepInput; readonly logged: Logged }>();

/** The events behind their log; the same for all views over one log. `undefined`: the log belongs to other events. */
export function logged(events: StepInput, log: MasterLog, rebuild: boolean): Logged | undefined {
  const found = known.get(log);
  if (found !== undefined) return found.above.step === events.step && found.above.output === events.output ? found.logged : undefined;
  const made = make(events, log, rebuild);
  known.set(log, { above: events, logged: made });
  return made;
}

function make(events: StepInput, log: MasterLog, rebuild: boolean): Logged {
  const opened = new WeakMap<Environment, OpenLog>();
  const views = new Set<string>();
  const openOf = (environment: Environment): OpenLog => {
    const found = opened.get(environment);
    if (found === undefined) throw new MillraceError('view-output', `Log "${log.name}" is not open: give \`run\` all outputs of the view (\`...view.outputs\`).`);
    return found;
  };
  const step = transform<unknown, unknown>(
    events,
    'log',
    { name: log.name },
    ({ data, watermark, idle, end }, { failed, environment }) => {
      const { writer } = openOf(environment);
      let partition = 0;
      let inPartition = 0;
      return {
        data(value, time) {
          try {
            writer.append(partition, value, time);
          } catch (cause) {
            return failed({ input: value, cause, time, attempts: 1 });
          }
          // So many to one partition, then to the next: their blocks are whole.
          if (++inPartition >= IN_A_ROW) {
            inPartition = 0;
            partition = (partition + 1) % log.partitions;
          }
          data(value, time);
        },
        watermark,
        idle,
        end,
      };
    },
    { oneToOne: true },
  );
  const sink: Sink<unknown> = {
    name: `log ${log.name}`,
    guarantee: 'transactional',
    async open(context) {
      const token = context.restored.at(-1);
      const from = token === undefined ? undefined : positionsOf(token);
      const counted = from === undefined && (await log.kept(context.environment));
      if (counted && !rebuild) throw unknownLog(log.name);
      // What a job that died before its first checkpoint has ingested will be ingested again.
      const writer = await log.open(context.environment, from ?? (counted ? undefined : beginning(log.partitions)));
      // Without checkpoints nothing will say later that somebody counts on it.
      if (token !== undefined || context.recovers !== true) await writer.keep();
      return writerOf(writer, context, views, open => opened.set(context.environment, open));
    },
  };
  return { input: { step }, output: to({ step }, sink, { name: `${log.name} (durable)` }), openOf, join: view => void views.add(view) };
}

const IN_A_ROW = 512;

function positionsOf(token: Json): LogPositions {
  if (Array.isArray(token) && token.every(position => Number.isSafeInteger(position))) return token as LogPositions;
  throw new DataError('log-position', 'What the checkpoint says of the log is no position of one. Was the step named differently before?', token);
}

/** What its inputs begin anew would be in it twice. */
const unknownLog = (name: string): DataError =>
  new DataError(
    'log-without-state',
    `Log "${name}" has events, and this job has no checkpoint that knows of them: its state was lost, or it never had any. Run it with the state it had. Without that, pass \`rebuild: true\` to the view if its inputs do not begin anew, so that what they give comes behind the log; or begin with an empty folder.`,
    name,
  );

function writerOf(writer: MasterLogWriter, context: SinkContext, views: ReadonlySet<string>, announce: (open: OpenLog) => void): Awaited<ReturnType<Sink<unknown>['open']>> {
  let ended = false;
  const needs = new Map<string, LogPositions>();
  const readings = new Set<LogPositions>();
  /** Where the last checkpoint begins, and the one under way. */
  let [kept, next]: [LogPositions | undefined, LogPositions | undefined] = [undefined, undefined];
  let trimming: Promise<void> = Promise.resolve();
  let untrimmed: unknown;
  const trim = (): void => {
    if (ended || [...views].some(view => !needs.has(view))) return;
    const before = kept === undefined ? undefined : least([kept, ...needs.values(), ...readings]);
    // What could not be removed is tried again at the next checkpoint.
    if (before !== undefined) trimming = trimming.then(() => writer.trim?.(before)).then(() => void (untrimmed = undefined), (cause: unknown) => void (untrimmed = cause));
  };
  interface Waiting {
    resolve(): void;
    reject(cause: unknown): void;
  }
  let waiting: Waiting[] = [];
  /** Those for whom the checkpoint under way is the one. */
  let preparing: Waiting[] = [];
  announce({
    writer,
    context,
    need(view, from) {
      needs.set(view, from);
      trim();
    },
    reading(from) {
      readings.add(from);
      return () => void readings.delete(from);
    },
    get untrimmed() {
      return untrimmed;
    },
    get ended() {
      return ended;
    },
    committed() {
      // What it left behind is what a checkpoint would have kept.
      if (ended) return Promise.resolve();
      const done = new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
      context.checkpointSoon?.();
      return done;
    },
  });
  return {
    write: () => writer.room(),
    flush: async () => void (await writer.sync()),
    async prepare() {
      preparing = [...preparing, ...waiting];
      waiting = [];
      next = writer.seal();
      return [...next];
    },
    async commit() {
      await writer.keep();
      for (const { resolve } of preparing) resolve();
      preparing = [];
      kept = next;
      trim();
    },
    async close(outcome) {
      ended = true;
      try {
        await trimming;
        await writer.close();
        if (outcome !== 'failed') for (const { resolve } of [...preparing, ...waiting]) resolve();
      } finally {
        for (const { reject } of [...preparing, ...waiting]) reject(new MillraceError('view-closed', 'The job ended before its checkpoint was durable.'));
      }
    },
  };
}
