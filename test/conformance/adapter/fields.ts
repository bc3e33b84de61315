/** Reads the fields of a case, which may hold anything. */
import type { Params, Step } from '../case.js';
import { NotOffered } from '../outcome.js';

export const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
export const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
export const recordOf = (value: unknown): Params | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Params) : undefined);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);

/** For people. */
export const wordsOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What cannot be done without. */
export function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NotOffered('words', `no ${what}`);
  return value;
}

/** Parameters that only say in other words what the others, or the steps, say. */
const REMARKS = ['note', 'epoch', 'condition', 'key', 'rule'];

/** Fails the case as one in words not known if a parameter is there that nothing reads: what it asks for might matter. */
export function onlyKnown(params: Params, known: readonly string[]): void {
  for (const name of Object.keys(params)) if (!known.includes(name) && !REMARKS.includes(name)) throw new NotOffered('words', `parameter ${name}: ${JSON.stringify(params[name])}`);
}

/** The names of the streams that the steps speak of, in order. */
export const streamsOf = (steps: readonly Step[]): readonly string[] => [...new Set(steps.flatMap(({ stream }) => textOf(stream) ?? []))];
