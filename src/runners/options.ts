/** The options of a run, checked together with the plan so that all problems come at once. */
import { milliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError, type Problem } from '../core/errors.js';
import type { StateBackend } from '../core/state.js';
import { check, durableSteps } from '../plan/check.js';
import type { Plan } from '../plan/plan.js';
import { SHORTEST_KEY } from '../state/savepoint/signature.js';
import type { JobEvent } from './events.js';

/** How a job runs. */
export interface RunOptions {
  /** Mandatory as soon as anything is durable (the state, a transactional sink, a log in front of an input): names identify folders, ledger rows, transactions. */
  readonly name?: string | undefined;
  /** Where keyed state is kept; absent: in memory, gone with the job. */
  readonly state?: StateBackend | undefined;
  /** How often state, positions and sinks are brought to one durable point; `timeout` (default 1 min) bounds how long records in flight may take to get there. */
  readonly checkpoint?: Duration | CheckpointOptions | undefined;
  /** Aborting is `job.stop()`; while the job still opens its state, sinks and sources, `run` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long the event loop is held at most before the host gets its turn; default 10 ms. */
  readonly budget?: Duration | undefined;
  /** Path of a savepoint to begin with. A job whose state began with it goes on from its own last checkpoint; over any other state it is refused. */
  readonly from?: string | undefined;
  /**
   * Secret of at least 16 bytes. Savepoints of this job are signed with it (HMAC-SHA-256), and `from` takes only one that was, checked whole before anything of it is decoded. For savepoints that travel: a
   * state folder is not signed, keep it where only the job can write.
   */
  readonly signingKey?: string | Uint8Array | undefined;
  /** Steps whose state in the checkpoint may be thrown away, by the names they had. */
  readonly drop?: readonly string[] | undefined;
  /** Steps that have another name now: old name to new. */
  readonly rename?: { readonly [from: string]: string } | undefined;
  /** Told of checkpoints, savepoints and of what the job went on from. Without it a checkpoint that failed is a warning of the process (`process.on('warning')`). */
  readonly onEvent?: ((event: JobEvent) => void) | undefined;
}

/** Checkpoints in detail. */
export interface CheckpointOptions {
  /** Absent: only on demand, when `maxDirty` is reached, and at the end. */
  readonly every?: Duration | undefined;
  readonly timeout?: Duration | undefined;
  /** Entries changed since the last checkpoint that start one early; default 500,000 where the state is durable. While checkpoints fail, records are taken until there are twice as many. */
  readonly maxDirty?: number | undefined;
  /** The way back from a damaged store: a savepoint every so often, the last `keep` (default 3) of them kept. */
  readonly savepoints?: { readonly folder: string; readonly every: Duration; readonly keep?: number | undefined } | undefined;
}

/** {@link RunOptions} in numbers. */
export interface Settings {
  readonly name: string;
  readonly state: StateBackend | undefined;
  readonly every: number | undefined;
  /** After a crash it goes on from where it was. */
  readonly recovers: boolean;
  readonly timeout: number;
  readonly maxDirty: number;
  readonly savepoints: { readonly folder: string; readonly every: number; readonly keep: number } | undefined;
  readonly signal: AbortSignal | undefined;
  readonly budget: number;
  readonly from: string | undefined;
  readonly signingKey: RunOptions['signingKey'];
  readonly drop: readonly string[];
  readonly rename: { readonly [from: string]: string };
  readonly onEvent: RunOptions['onEvent'];
}

/** One option: its name, what it must be, and the test of it. Plain checks, because loading a schema library would double the time an import takes (docs/decisions/0006). */
type Check = readonly [option: string, holds: (value: unknown) => boolean, must: string];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const isDuration = (value: unknown): boolean => (milliseconds(value) ?? -1) > 0;
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(text => typeof text === 'string' && text !== '');
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0;
const DURATION = "must be a positive duration such as 250, '10s' or '5m'.";

const CHECKS: readonly Check[] = [
  ['name', value => typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value), 'must be 1 to 128 letters, digits, dots, dashes or underscores, beginning with a letter or digit.'],
  ['state', value => isRecord(value) && typeof value['open'] === 'function', 'must be a state backend such as memory().'],
  ['checkpoint', value => isDuration(value) || isRecord(value), "must be a duration such as '10s', or { every, timeout, maxDirty }."],
  ['signal', value => isRecord(value) && 'aborted' in value, 'must be an AbortSignal.'],
  ['budget', isDuration, DURATION],
  ['from', value => typeof value === 'string' && value !== '', 'must be the path of a savepoint.'],
  ['signingKey', value => (typeof value === 'string' || value instanceof Uint8Array) && Buffer.byteLength(value) >= SHORTEST_KEY, `must be a secret of at least ${SHORTEST_KEY} bytes, as text or as a Uint8Array.`],
  ['drop', isTexts, 'must be a list of names of steps.'],
  ['rename', value => isRecord(value) && isTexts(Object.values(value)), "must be names of steps, as in { 'old name': 'new name' }."],
  ['onEvent', value => typeof value === 'function', 'must be a function.'],
];
const CHECKPOINT_CHECKS: readonly Check[] = [
  ['every', isDuration, DURATION],
  ['timeout', isDuration, DURATION],
  ['maxDirty', isCount, 'must be a positive whole number.'],
  ['savepoints', isRecord, 'must be { folder, every, keep }.'],
];
const SAVEPOINT_CHECKS: readonly Check[] = [
  ['folder', value => typeof value === 'string' && value !== '', 'must be the path of a folder.'],
  ['every', isDuration, DURATION],
  ['keep', isCount, 'must be a positive whole number.'],
];

/** What is wrong with an object of options: values that fail their test, and names that no option has. */
function problemsOf(options: Readonly<Record<string, unknown>>, checks: readonly Check[], prefix: string): Problem[] {
  const found: Problem[] = [];
  const refuse = (option: string, what: string): void => void found.push({ code: 'option', where: `run option ${prefix}${option}`, what, fix: 'See RunOptions.' });
  for (const [option, holds, must] of checks) if (options[option] !== undefined && !holds(options[option])) refuse(option, must);
  for (const name of Object.keys(options)) if (!checks.some(([option]) => option === name)) refuse(name, `is no option; there are ${checks.map(([option]) => option).join(', ')}.`);
  return found;
}

/** The same of the options of a run, those of its checkpoints included. */
function optionProblems(options: unknown): Problem[] {
  if (!isRecord(options)) return [{ code: 'option', where: 'run options', what: 'must be an object.', fix: 'See RunOptions.' }];
  const found = problemsOf(options, CHECKS, '');
  const checkpoint = options['checkpoint'];
  if (!isRecord(checkpoint)) return found;
  found.push(...problemsOf(checkpoint, CHECKPOINT_CHECKS, 'checkpoint.'));
  const savepoints = checkpoint['savepoints'];
  if (!isRecord(savepoints)) return found;
  for (const [option, , must] of SAVEPOINT_CHECKS) if (savepoints[option] === undefined && option !== 'keep') found.push({ code: 'option', where: `run option checkpoint.savepoints.${option}`, what: `is missing; it ${must}`, fix: 'See CheckpointOptions.' });
  return [...found, ...problemsOf(savepoints, SAVEPOINT_CHECKS, 'checkpoint.savepoints.')];
}

const MINUTE = 60_000;
/** What is written since the last checkpoint is held in memory; with a store that is larger than memory there has to be a bound. */
const MOST_DIRTY = 500_000;
const numberOf = (value: Duration): number => milliseconds(value) ?? Number.NaN;

/** The settings of a run; throws one {@link ConfigurationError} with whatever is wrong with the plan or the options. */
export function settingsOf(plan: Plan, options: RunOptions | undefined): Settings {
  const given = options ?? {};
  const stateOutlives = given.state?.durable === true || given.from !== undefined || (isRecord(given.checkpoint) && given.checkpoint['savepoints'] !== undefined);
  const problems: Problem[] = [...check(plan, stateOutlives), ...optionProblems(given)];
  const durable = durableSteps(plan).map(plan.idOf);
  if (given.name === undefined && (stateOutlives || durable.length > 0)) {
    const what = stateOutlives ? 'keeps state durably' : `keeps something durable (${durable.map(id => `"${id}"`).join(', ')})`;
    problems.push({ code: 'unnamed-job', where: 'run', what: `${what} but the job has no name.`, fix: 'Pass `run(outputs, { name })`.' });
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  const { checkpoint, budget, name, state, signal } = given;
  const detail = typeof checkpoint === 'object' ? checkpoint : checkpoint === undefined ? undefined : { every: checkpoint };
  return {
    name: name ?? 'job',
    state,
    every: detail?.every === undefined ? undefined : numberOf(detail.every),
    timeout: detail?.timeout === undefined ? MINUTE : numberOf(detail.timeout),
    maxDirty: detail?.maxDirty ?? (state?.durable === true ? MOST_DIRTY : Number.POSITIVE_INFINITY),
    recovers: state !== undefined && detail !== undefined,
    savepoints: detail?.savepoints === undefined ? undefined : { folder: detail.savepoints.folder, every: numberOf(detail.savepoints.every), keep: detail.savepoints.keep ?? 3 },
    from: given.from,
    signingKey: given.signingKey,
    drop: given.drop ?? [],
    rename: given.rename ?? {},
    onEvent: given.onEvent,
    signal,
    budget: numberOf(budget ?? 10),
  };
}
