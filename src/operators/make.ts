/** What every operator shares: its options, and the making of its step. */
import { milliseconds, type Duration } from '../core/duration.js';
import type { Problem } from '../core/errors.js';
import type { IdleRules } from '../core/idle.js';
import type { AsyncStage, Stage } from '../core/stage.js';
import type { Retry } from '../core/retry.js';
import type { AsyncStep, ErrorPolicy, StepInput, TransformStep } from '../plan/step.js';

/** The options of every operator. What `onError` may be is typed by the fluent face; here only its kind matters. */
export interface Naming {
  readonly name?: string | undefined;
  readonly onError?: unknown;
}

export const policyOf = (options: Naming | undefined): ErrorPolicy => (typeof options?.onError === 'function' ? 'branch' : options?.onError === 'skip' ? 'skip' : 'fail');

/** `onError` is one of two words or a function; anything else would silently fail the job. */
export function wrongPolicy(options: Naming | undefined): readonly Problem[] {
  const given = options?.onError;
  if (given === undefined || given === 'fail' || given === 'skip' || typeof given === 'function') return [];
  return [problem('onError', `is ${typeof given === 'string' ? JSON.stringify(given) : given === null ? 'null' : `of type ${typeof given}`}.`, "Give 'fail', 'skip' or a function.")];
}

/** Options that were left out altogether, which only untyped code can do: what is missing in them is then a problem of the step. */
export const orNone = <O extends object>(options: O | undefined): O => options ?? ({} as O); // as said

/** A list with a problem if an option that has no default was left out. */
export const missing = (option: string, value: unknown): readonly Problem[] => (value === undefined ? [problem(option, 'is missing.', 'Give it; it has no default.')] : []);

/** A step without state. */
export function transform<In, Out>(input: StepInput, operator: string, options: Naming | undefined, stage: Stage<In, Out>, more?: Partial<Pick<TransformStep, 'detail' | 'problems' | 'timestamps' | 'oneToOne' | 'idleness'>>): TransformStep {
  // The plan does not know what flows along its edges; the fluent face has checked that the types meet.
  return { kind: 'transform', operator, name: options?.name, policy: policyOf(options), input, stage: stage as Stage<unknown, unknown>, ...more, problems: [...wrongPolicy(options), ...(more?.problems ?? [])] };
}

/** A step whose results come later. */
export function asynchronous<In, Out>(input: StepInput, operator: string, options: Naming | undefined, stage: AsyncStage<In, Out>, more?: Partial<Pick<AsyncStep, 'detail' | 'problems' | 'opaque'>>): AsyncStep {
  return { kind: 'async', operator, name: options?.name, policy: policyOf(options), input, stage: stage as AsyncStage<unknown, unknown>, ...more, problems: [...wrongPolicy(options), ...(more?.problems ?? [])] }; // as above
}

const problem = (option: string, what: string, fix: string): Problem => ({ code: 'option', where: '', what: `option \`${option}\` ${what}`, fix });

/** A list with a problem, or none: the duration must be above `least` (or equal, with `orEqual`). */
export function wrongDuration(option: string, value: Duration | undefined, allowZero = false): readonly Problem[] {
  if (value === undefined) return [];
  const ms = milliseconds(value);
  if (ms !== undefined && (allowZero ? ms >= 0 : ms > 0)) return [];
  return [problem(option, `is ${JSON.stringify(value)}.`, `Give a ${allowZero ? '' : 'positive '}duration: milliseconds, or a text such as '250ms', '5s', '10m', '1h'.`)];
}

export function wrongCount(option: string, value: number | undefined): readonly Problem[] {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return [];
  return [problem(option, `is ${value}.`, 'Give a whole number above 0.')];
}

export const wrongRetry = (retry: Retry | undefined): readonly Problem[] => [...(retry !== undefined && (typeof retry !== 'object' || retry === null) ? [problem('retry', `is ${String(retry)}.`, 'Give { attempts, backoff }.')] : []), ...wrongCount('retry.attempts', retry?.attempts), ...wrongDuration('retry.backoff', retry?.backoff, true)];

/** One of some words, or left out. */
export function wrongWord(option: string, value: string | undefined, words: readonly string[]): readonly Problem[] {
  if (value === undefined || words.includes(value)) return [];
  return [problem(option, `is ${JSON.stringify(value)}.`, `Give ${words.map(w => `'${w}'`).join(' or ')}.`)];
}

export const wrongIdleRules = (rules: IdleRules | undefined): readonly Problem[] => [...wrongWord('allIdle', rules?.allIdle, ['hold', 'flush']), ...wrongWord('waking', rules?.waking, ['hold', 'catchUp'])];

export function wrongFunction(what: string, value: unknown): readonly Problem[] {
  return typeof value === 'function' ? [] : [{ code: 'option', where: '', what: `${what} is ${value === null ? 'null' : typeof value}, not a function.`, fix: 'Pass a function.' }];
}
