/**
 * The closed set of errors. Each has a `code` to switch on; what failed, where and with which value are fields, so that nobody parses a message.
 */
import type { Time } from './values.js';
import type { Origin } from './stage.js';

/** Any error Millrace itself raises. */
export class MillraceError extends Error {
  /** Stable, for `switch`; the message may change. */
  readonly code: string;
  /** Doing the same again fails again: whoever repeats calls stops at once. */
  readonly final: boolean;
  constructor(code: string, message: string, options?: ErrorOptions & { readonly final?: boolean | undefined }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.final = options?.final ?? code === 'fenced';
  }
}

/** One thing wrong with a plan or its options: what, where, and what to do about it. */
export interface Problem {
  /** Stable, kebab-case. */
  readonly code: string;
  /** The step (by name or operator) or the option it is about. */
  readonly where: string;
  readonly what: string;
  readonly fix: string;
}

/** A plan or its options cannot run. Lists every problem at once. */
export class ConfigurationError extends MillraceError {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    const lines = problems.map(p => `  - ${p.where}: ${p.what} ${p.fix} [${p.code}]`);
    super('configuration', `The job cannot start (${problems.length} problem${problems.length === 1 ? '' : 's'}):\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** A step failed and its policy is to fail the job: carries the step, the record and the cause. */
export class StepError extends MillraceError {
  readonly step: string;
  /** The record the step was given; `undefined` when there was none (end of input, a timer). */
  readonly input: unknown;
  readonly time: Time | undefined;
  readonly origin: Origin | undefined;
  constructor(step: string, cause: unknown, record?: { readonly input: unknown; readonly time: Time; readonly origin: Origin | undefined }) {
    const at = record?.origin ? ` (from ${record.origin.source}/${record.origin.split} at ${JSON.stringify(record.origin.position)})` : '';
    super('step-failed', `Step "${step}" failed${at}: ${causeText(cause)}`, { cause });
    this.step = step;
    this.input = record?.input;
    this.time = record?.time;
    this.origin = record?.origin;
  }
}

/** Why the signal of a job is aborted that has come to its end and not failed; whoever waits for it sees an `AbortError`. */
export class JobEnded extends DOMException {
  constructor() {
    super('The job has ended.', 'AbortError');
  }
}

/** A call or a phase took longer than it was given. */
export class TimeoutError extends MillraceError {
  readonly limit: number;
  constructor(what: string, limit: number) {
    super('timeout', `${what} took longer than ${limit} ms.`);
    this.limit = limit;
  }
}

/** A checkpoint failed and left everything as it was: the job goes on, and after a crash it would begin at the last good one. Whatever else goes wrong in a checkpoint ends the job. */
export class CheckpointError extends MillraceError {
  constructor(cause: Error) {
    super('checkpoint-failed', `The checkpoint failed: ${cause.message} The job goes on with the last good one.`, { cause });
  }
}

/** A bounded buffer was full and its policy is to fail. */
export class OverflowError extends MillraceError {
  readonly bound: number;
  constructor(what: string, bound: number, fix: string) {
    super('overflow', `${what} holds ${bound} records and is full. ${fix}`);
    this.bound = bound;
  }
}

/** A value does not have the form it must have: a timestamp, a key, a line of a file. */
export class DataError extends MillraceError {
  /** The offending value, or the part of it that can be shown. */
  readonly value: unknown;
  constructor(code: string, message: string, value?: unknown, options?: ErrorOptions & { readonly final?: boolean | undefined }) {
    super(code, message, options);
    this.value = value;
  }
}

/** A schema did not accept a record: the issues, without the record's values. */
export class SchemaError extends MillraceError {
  readonly issues: readonly { readonly message: string; readonly path: string }[];
  constructor(issues: readonly { readonly message: string; readonly path: string }[]) {
    const shown = issues.slice(0, 5).map(i => (i.path === '' ? i.message : `${i.path}: ${i.message}`));
    super('schema', `The record does not match its schema: ${shown.join('; ')}${issues.length > 5 ? `; and ${issues.length - 5} more` : ''}`);
    this.issues = issues;
  }
}

/** The message of anything that can be thrown. */
export function causeText(cause: unknown): string {
  if (cause instanceof Error) return cause.message === '' ? cause.name : cause.message;
  try {
    return String(cause);
  } catch {
    return 'a value without a text form was thrown';
  }
}
