/**
 * A contract suite is a list of cases, not calls of a test runner: it works under any. With vitest: `for (const { name, run } of suite) it(name, run);`.
 */
import { sameValue } from '../../core/same-value.js';
import { systemEnvironment, type Environment } from '../../core/clock.js';

/** One case of a contract suite. */
export interface SuiteCase {
  readonly name: string;
  /** Throws, or rejects, when the contract is broken. */
  run(): void | Promise<void>;
}

/** The real world, for suites of things that reach into it. */
export const suiteEnvironment = (): Environment => systemEnvironment(new AbortController().signal);

/** Throws unless it holds. */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`Contract broken: ${what}.`);
}

/** Throws unless both are deeply equal. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!sameValue(actual, expected)) throw new Error(`Contract broken: ${what}: expected ${shown(expected)}, found ${shown(actual)}.`);
}

/** Throws unless the work fails; gives what it failed with. */
export async function fails(work: () => unknown, what: string): Promise<unknown> {
  try {
    await work();
  } catch (cause) {
    return cause;
  }
  throw new Error(`Contract broken: ${what} must fail.`);
}

/** Is it plain JSON, which comes back as it was? */
export const isJson = (value: unknown): boolean => {
  const text = JSON.stringify(value) as string | undefined; // undefined for undefined and functions
  return text !== undefined && sameValue(JSON.parse(text), value);
};

/** A value as JSON, cut to a bounded length; `undefined` and bigint as they are written in code. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `${member}n` : member === undefined ? 'undefined' : member)) as string | undefined;
  return (text ?? String(value)).slice(0, 300);
}
