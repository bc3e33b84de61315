/** The contract of a source: every record once, in order, and a position after any batch from which exactly the rest follows. */
import type { Environment } from '../../core/clock.js';
import type { Batch, Source } from '../../core/source.js';
import type { Position } from '../../core/values.js';
import { equal, holds, isJson, suiteEnvironment, type SuiteCase } from './suite.js';

/** A source with something in it. */
export interface SourceHarness<T> {
  readonly source: Source<T>;
  /** What it holds: split -> values in order. */
  readonly expected: { readonly [split: string]: readonly T[] };
  /** Records per split that cannot be read, if it was given such. */
  readonly failures?: { readonly [split: string]: number } | undefined;
  /** Whether reads answer `'end'` after the last value; `true` unless given. */
  readonly ends?: boolean | undefined;
  readonly environment?: Environment | undefined;
  /** Called after each case. */
  close?(): Promise<void> | void;
}

interface Read<T> {
  readonly values: T[];
  readonly batches: Batch<T>[];
  failures: number;
  ended: boolean;
}

/** So many empty answers in a row mean that nothing comes any more. */
const PATIENCE = 100;

/**
 * Cases every source must pass.
 *
 * @param make a fresh harness for each case: a source that holds at least two records in some split.
 * @example
 * ```ts
 * import { sourceSuite } from 'millrace/testing';
 * import type { Source } from 'millrace';
 *
 * const numbers: Source<number> = {
 *   name: 'numbers',
 *   replayable: true,
 *   splits: () => ['all'],
 *   open(_split, from) {
 *     let next = typeof from === 'number' ? from : 1;
 *     return {
 *       read(max) {
 *         if (next > 5) return 'end';
 *         const values = [1, 2, 3, 4, 5].slice(next - 1, next - 1 + max);
 *         next += values.length;
 *         return { values, position: next };
 *       },
 *       close() {},
 *     };
 *   },
 * };
 * for (const { run } of sourceSuite(() => ({ source: numbers, expected: { all: [1, 2, 3, 4, 5] } }))) await run();
 * ```
 */
export function sourceSuite<T>(make: () => SourceHarness<T> | Promise<SourceHarness<T>>): readonly SuiteCase[] {
  const testing = (name: string, run: (harness: SourceHarness<T>, environment: Environment) => Promise<void>): SuiteCase => ({
    name,
    async run() {
      const harness = await make();
      try {
        await run(harness, harness.environment ?? suiteEnvironment());
      } finally {
        await harness.close?.();
      }
    },
  });

  return [
    testing('has a name, and names its splits the same way twice', async ({ source, expected }, environment) => {
      holds(source.name !== '', 'a source has a name');
      const splits = await splitsOf(source, environment);
      equal(splits.toSorted(), Object.keys(expected).toSorted(), 'its splits');
      equal(await splitsOf(source, environment), splits, 'its splits, asked again');
    }),
    ...[1, 3, 1_000].map(max =>
      testing(`gives every record once and in order, at most ${max} at a time`, async ({ source, expected, failures, ends }, environment) => {
        for (const [split, values] of Object.entries(expected)) {
          const read = await readSplit(source, split, undefined, max, environment, values.length, ends !== false);
          equal(read.values, values, `values of split "${split}"`);
          equal(read.failures, failures?.[split] ?? 0, `records of split "${split}" that cannot be read`);
          holds(read.ended || ends === false, `split "${split}" ends`);
        }
      }),
    ),
    testing('says where it is in plain JSON, and how many times and failures belong to how many values', async ({ source, expected, ends }, environment) => {
      for (const [split, values] of Object.entries(expected)) {
        const { batches } = await readSplit(source, split, undefined, 3, environment, values.length, ends !== false);
        for (const batch of batches) {
          holds(isJson(batch.position), 'a position is plain JSON');
          holds(batch.times === undefined || (batch.times.length === batch.values.length && batch.times.every(Number.isFinite)), 'there is a finite time for every value');
          batch.values.forEach((_, index) => holds(batch.positionOf === undefined || isJson(batch.positionOf(index)), 'the position of a value is plain JSON'));
          for (const failed of batch.failed ?? []) holds(failed.before >= 0 && failed.before <= batch.values.length && isJson(failed.position), 'a failure has a place among the values, and a position');
        }
      }
    }),
    testing('goes on after any batch with exactly the rest', async ({ source, expected, ends, failures }, environment) => {
      if (!source.replayable) return;
      for (const [split, values] of Object.entries(expected)) {
        for (const max of [1, 2]) {
          const { batches } = await readSplit(source, split, undefined, max, environment, values.length, ends !== false);
          let [seen, failed] = [0, 0];
          for (const batch of sampled(batches)) {
            const upTo = batches.indexOf(batch) + 1;
            seen = batches.slice(0, upTo).reduce((sum, b) => sum + b.values.length, 0);
            failed = batches.slice(0, upTo).reduce((sum, b) => sum + (b.failed?.length ?? 0), 0);
            const rest = await readSplit(source, split, batch.position, 1_000, environment, values.length - seen, ends !== false);
            equal(rest.values, values.slice(seen), `values of split "${split}" after ${seen}`);
            equal(rest.failures, (failures?.[split] ?? 0) - failed, `failures of split "${split}" after ${seen} values`);
          }
        }
      }
    }),
    testing('has readers that do not disturb each other', async ({ source, expected }, environment) => {
      if (!source.replayable) return;
      const [split, values] = Object.entries(expected).find(([, held]) => held.length > 1) ?? [];
      if (split === undefined || values === undefined) return;
      const [one, other] = [await source.open(split, undefined, environment), await source.open(split, undefined, environment)];
      const [first, second] = [await firstOf(one, environment), await firstOf(other, environment)];
      await one.close();
      equal([first, second, await firstOf(other, environment)], [values[0], values[0], values[1]], 'two readers, by turns');
      await other.close();
    }),
    testing('can be closed before it was read, and in the middle', async ({ source, expected }, environment) => {
      for (const split of Object.keys(expected)) {
        await (await source.open(split, undefined, environment)).close();
        if (!source.replayable) return;
        const reader = await source.open(split, undefined, environment);
        await reader.read(1, environment.signal);
        await reader.close();
      }
    }),
  ];
}

async function splitsOf<T>(source: Source<T>, environment: Environment): Promise<readonly string[]> {
  const splits = await source.splits(environment);
  if (!(Symbol.asyncIterator in splits)) return splits;
  const names = new Set<string>();
  for await (const change of splits) {
    for (const name of change.added ?? []) names.add(name);
    for (const name of [...(change.revoked ?? []), ...(change.lost ?? [])]) names.delete(name);
  }
  return [...names];
}

async function readSplit<T>(source: Source<T>, split: string, from: Position | undefined, max: number, environment: Environment, count: number, toEnd: boolean): Promise<Read<T>> {
  const reader = await source.open(split, from, environment);
  const read: Read<T> = { values: [], batches: [], failures: 0, ended: false };
  let empty = 0;
  try {
    while (empty < PATIENCE && (toEnd || read.values.length < count)) {
      const answer = await reader.read(max, environment.signal);
      if (answer === 'end') {
        read.ended = true;
        break;
      }
      if (answer === 'idle') {
        empty++;
        continue;
      }
      empty = answer.values.length === 0 && (answer.failed ?? []).length === 0 ? empty + 1 : 0;
      holds(answer.values.length <= max, `a batch has at most ${max} values`);
      read.values.push(...answer.values);
      read.failures += answer.failed?.length ?? 0;
      read.batches.push(answer);
    }
  } finally {
    await reader.close();
  }
  return read;
}

async function firstOf<T>(reader: { read(max: number, signal: AbortSignal): Batch<T> | 'idle' | 'end' | Promise<Batch<T> | 'idle' | 'end'> }, environment: Environment): Promise<T | undefined> {
  for (let tries = 0; tries < PATIENCE; tries++) {
    const answer = await reader.read(1, environment.signal);
    if (answer === 'end') return undefined;
    if (answer !== 'idle' && answer.values.length > 0) return answer.values[0];
  }
  return undefined;
}

/** All of a few, some of many: the first, the last and some between. */
const sampled = <B>(batches: readonly B[]): readonly B[] => batches.filter((_, index) => batches.length <= 12 || index < 4 || index >= batches.length - 4 || index % Math.ceil(batches.length / 8) === 0);
