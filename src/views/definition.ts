/** What a view computes: the one definition that both sides use. */
import { createHash } from 'node:crypto';
import { codeOf, type Aggregate, type AggregateOf, type SomeAccumulator } from '../core/aggregate.js';
import { milliseconds, type Duration } from '../core/duration.js';
import { DataError, type Problem } from '../core/errors.js';
import { canonicalKey } from '../core/key.js';
import type { Key, Time } from '../core/values.js';
import type { Windows } from '../core/window.js';
import { toAggregate } from '../aggregates/compose.js';
import { tumbling } from '../windows/tumbling.js';
import type { Partial, Range } from './answer.js';

/** What a view computes. */
export interface DefinitionOptions<T, K extends Key, R> {
  readonly key: (value: T) => K;
  /** Length of a granule, the shortest range there is: a duration, or windows of one granule each such as `calendar('day', ...)`. */
  readonly every: Duration | Windows;
  readonly aggregate: AggregateOf<T, R>;
  /** Events that do not count. */
  readonly filter?: ((value: T) => boolean) | undefined;
  /** Says when the code has changed: raise it when what `key`, `filter` or the aggregate call has changed, which their own text does not show. */
  readonly revision?: number | undefined;
  /** What becomes of an event for which the key, the filter or the aggregate throws: the job fails (default), or both sides leave it out and count it. */
  readonly onError?: 'fail' | 'skip' | undefined;
}

/** One granule. */
export interface Granule {
  readonly start: Time;
  readonly end: Time;
}

/** A definition, checked. */
export interface Definition {
  readonly aggregate: Aggregate<unknown, SomeAccumulator, unknown>;
  /** Stands for the code; the batch and the speed side of one answer have the same. It begins with what stands for the aggregate and the granules. */
  readonly codeHash: string;
  /** Whether rows of code with this hash can be read by this definition: aggregate and granules are the same. */
  reads(codeHash: string): boolean;
  readonly policy: 'fail' | 'skip';
  /** The key of an event; `undefined`: it does not count. May throw. */
  keyOf(value: unknown): Key | undefined;
  granule(time: Time): Granule;
  /** Adds an event to the accumulator of its key and granule, or to a fresh one. */
  add(acc: unknown, value: unknown, time: Time): unknown;
}

/** What is wrong with the options of a view, besides what the types say. */
export function problemsOf<T, K extends Key, R>(options: DefinitionOptions<T, K, R>, where: string): Problem[] {
  const found: Problem[] = [];
  const refuse = (what: string, fix: string): void => void found.push({ code: 'view', where, what, fix });
  if (typeof options.key !== 'function') refuse('`key` is not a function.', 'Give `key: event => ...`.');
  if (options.filter !== undefined && typeof options.filter !== 'function') refuse('`filter` is not a function.', 'Give `filter: event => boolean`, or leave it out.');
  const windows = windowsOf(options.every);
  if (windows === undefined) refuse(`\`every\` is ${JSON.stringify(options.every)}.`, "Give a duration such as '1h', or tumbling or calendar windows.");
  else for (const what of windows.problems ?? []) refuse(what, 'Correct `every`.');
  if (windows !== undefined && (windows.kind !== 'aligned' || windows.over(windows.slice(0)).length !== 1)) refuse(`\`every\` is ${windows.name}, whose windows overlap or have no fixed place.`, 'Give tumbling or calendar windows: ranges are made of granules that stand beside each other.');
  if (options.aggregate === undefined || options.aggregate === null) refuse('`aggregate` is missing.', 'Give one aggregate, or an object of them.');
  else for (const what of toAggregate(options.aggregate).problems ?? []) refuse(what, 'Correct the aggregate.');
  if (options.onError !== undefined && options.onError !== 'fail' && options.onError !== 'skip') refuse(`\`onError\` is ${JSON.stringify(options.onError)}.`, "Give 'fail' or 'skip'.");
  return found;
}

const windowsOf = (every: Duration | Windows): Windows | undefined => {
  if (typeof every === 'object' && every !== null) return every;
  const length = milliseconds(every);
  return length !== undefined && length > 0 ? tumbling(every) : undefined;
};

const hash = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);

/** The definition of options that have no problems. */
export function definitionOf<T, K extends Key, R>(options: DefinitionOptions<T, K, R>): Definition {
  const aggregate = toAggregate(options.aggregate) as Aggregate<unknown, SomeAccumulator, unknown>; // an event of the log is a T
  const key = options.key as (value: unknown) => Key;
  const filter = options.filter as ((value: unknown) => boolean) | undefined;
  const windows = windowsOf(options.every);
  if (windows?.kind !== 'aligned') throw new Error('`every` was not checked');
  const policy = options.onError ?? 'fail';
  // Where an event may be left out, half an addition must not stay.
  const careful = policy !== 'fail';
  const shape = `${hash([1, aggregate.name, windows.name])}-`;
  return {
    aggregate,
    policy,
    codeHash: `${shape}${hash([String(key), String(filter ?? ''), codeOf(aggregate), options.revision ?? 0])}`,
    reads: codeHash => codeHash.startsWith(shape),
    keyOf: value => (filter === undefined || filter(value) ? canonicalKey(key(value)) : undefined),
    granule(time) {
      const slice = windows.slice(time);
      if (!(time >= slice.start && time < slice.end)) throw new DataError('view-time', `The time ${time} lies in no granule of ${windows.name}.`, time);
      return slice;
    },
    add: (acc, value, time): unknown => aggregate.add(acc === undefined ? aggregate.zero() : careful ? aggregate.merge(aggregate.zero(), acc) : acc, value, time),
  };
}

/** A range that begins and ends where granules do; throws a DataError `range` for one that does not, if that is not to be mended. */
export function wholeRange({ granule }: Definition, { from, to }: Range, partial: Partial = 'refuse'): Range {
  if (typeof from !== 'number' || typeof to !== 'number' || Number.isNaN(from) || Number.isNaN(to)) throw new DataError('range', `The range is from ${String(from)} to ${String(to)}. Give two times in epoch milliseconds; they may be infinite.`);
  if (from > to) throw new DataError('range', `The range begins (${from}) behind its end (${to}).`, from);
  const edge = (time: Time, up: boolean): Time => {
    if (!Number.isFinite(time)) return time;
    const { start, end } = granule(time);
    if (start === time) return time;
    if (partial === 'refuse') throw new DataError('range', `The range is from ${from} to ${to}, and ${time} lies within the granule from ${start} to ${end}. Ask for whole granules, or pass \`partial: 'outward'\` or \`'inward'\`.`, time);
    return up ? end : start;
  };
  const whole = { from: edge(from, partial === 'inward'), to: edge(to, partial === 'outward') };
  return whole.from > whole.to ? { from: whole.from, to: whole.from } : whole;
}
