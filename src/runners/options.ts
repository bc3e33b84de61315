/** The options of a run, checked together with the plan so that all problems come at once. */
import { z } from 'zod';
import { milliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError, type Problem } from '../core/errors.js';
import type { StateBackend } from '../core/state.js';
import { check } from '../plan/check.js';
import type { Plan } from '../plan/plan.js';

/** How a job runs. */
export interface RunOptions {
  /** Mandatory as soon as anything is durable: job and step names identify folders, ledger rows, transactions. */
  readonly name?: string | undefined;
  /** Where keyed state is kept; absent: in memory, gone with the job. */
  readonly state?: StateBackend | undefined;
  /** How often state, positions and sinks are brought to one durable point; `timeout` (default 1 min) bounds how long records in flight may take to get there. */
  readonly checkpoint?: Duration | CheckpointOptions | undefined;
  /** Aborting is `job.stop()`. */
  readonly signal?: AbortSignal | undefined;
  /** How long the event loop is held at most before the host gets its turn; default 10 ms. */
  readonly budget?: Duration | undefined;
}

/** Checkpoints in detail. */
export interface CheckpointOptions {
  readonly every: Duration;
  readonly timeout?: Duration | undefined;
  /** Entries changed since the last checkpoint that start one early. */
  readonly maxDirty?: number | undefined;
}

/** {@link RunOptions} in numbers. */
export interface Settings {
  readonly name: string;
  readonly state: StateBackend | undefined;
  readonly every: number | undefined;
  readonly timeout: number;
  readonly maxDirty: number;
  readonly signal: AbortSignal | undefined;
  readonly budget: number;
}

const duration = z.custom<Duration>(value => (milliseconds(value) ?? -1) > 0, { error: "must be a positive duration such as 250, '10s' or '5m'." });
const schema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, { error: 'must be 1 to 128 letters, digits, dots, dashes or underscores, beginning with a letter or digit.' })
    .optional(),
  state: z.custom<StateBackend>(value => typeof value === 'object' && value !== null && 'open' in value, { error: 'must be a state backend such as memory().' }).optional(),
  checkpoint: z.union([duration, z.strictObject({ every: duration, timeout: duration.optional(), maxDirty: z.int().positive().optional() })]).optional(),
  signal: z.custom<AbortSignal>(value => typeof value === 'object' && value !== null && 'aborted' in value, { error: 'must be an AbortSignal.' }).optional(),
  budget: duration.optional(),
});

const MINUTE = 60_000;
const numberOf = (value: Duration): number => milliseconds(value) ?? Number.NaN;

/** The settings of a run; throws one {@link ConfigurationError} with whatever is wrong with the plan or the options. */
export function settingsOf(plan: Plan, options: RunOptions | undefined): Settings {
  const parsed = schema.safeParse(options ?? {});
  const problems: Problem[] = [...check(plan, options?.state?.durable === true)];
  if (!parsed.success) for (const issue of parsed.error.issues) problems.push({ code: 'option', where: `run option ${issue.path.join('.')}`.trim(), what: issue.message, fix: 'See RunOptions.' });
  if (options?.state?.durable === true && options.name === undefined) problems.push({ code: 'unnamed-job', where: 'run', what: 'keeps state durably but the job has no name.', fix: 'Pass `run(outputs, { name })`.' });
  if (problems.length > 0 || !parsed.success) throw new ConfigurationError(problems);
  const { checkpoint, budget, name, state, signal } = parsed.data;
  const detail = typeof checkpoint === 'object' ? checkpoint : checkpoint === undefined ? undefined : { every: checkpoint };
  return {
    name: name ?? 'job',
    state,
    every: detail === undefined ? undefined : numberOf(detail.every),
    timeout: detail?.timeout === undefined ? MINUTE : numberOf(detail.timeout),
    maxDirty: detail?.maxDirty ?? Number.POSITIVE_INFINITY,
    signal,
    budget: numberOf(budget ?? 10),
  };
}
