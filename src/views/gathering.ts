/**
 * Aggregation in bounded memory. What events come to is gathered in a Map; when that has reached its bound, it becomes a sorted run on the disk, and another is begun. At the end the runs and what is left are merged.
 *
 * Runs of our own rather than tables of the state backend: they are written once and in order, which is several times quicker than puts in random order, whatever the backend; the batch side stays apart from the job's state,
 * which another process does not have.
 */
import { DataError } from '../core/errors.js';
import type { Definition } from './definition.js';
import { mergeRows } from './merge-rows.js';
import { memoryRows, type Row } from './rows.js';
import { readRun, runsIn, type Aside, type Run } from './runs.js';
import type { Turns } from './turns.js';
import { weightOf } from './weight.js';

export interface GatheringOptions {
  readonly definition: Definition;
  /** Where runs are put; `undefined`: all is kept in memory. */
  readonly aside: Aside | undefined;
  /** In bytes, about. */
  readonly memory: number;
  /** Names the runs, where several are made in one folder. */
  readonly maker: string;
  readonly turns: Turns;
}

/** Rows on their way. */
export interface Gathering {
  /** Adds events; throws what the code throws, if events are not to be left out for that. */
  add(values: readonly unknown[], times: readonly number[]): void;
  /** Asked after some events: puts aside what is too much. */
  settle(): Promise<void> | undefined;
  /** Events that were left out because the code threw. */
  readonly skipped: number;
  /** All of it, in order; once. */
  rows(): AsyncIterable<readonly Row[]>;
  /** All of it as runs, for somebody else to merge. */
  intoRuns(): Promise<readonly Run[]>;
}

/** Of a row without its accumulator, and of a key without its text; seen in heap snapshots. */
const ROW = 40;
const KEY = 250;
/** One in so many accumulators is weighed: mostly those that much is added to, so the estimate errs to the safe side. */
const WEIGHED = 256;
const EVERYTHING = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

export function gathering({ definition, aside, memory, maker, turns }: GatheringOptions): Gathering {
  const rows = memoryRows();
  const runs = aside === undefined ? undefined : runsIn(aside, maker, definition.aggregate, turns);
  const { add: addTo, keyOf, granule } = definition;
  let skipped = 0;
  let updates = 0;
  let [weighed, weight] = [0, 0];
  let keyWeight = 0;
  let slice = { start: Number.POSITIVE_INFINITY, end: Number.NEGATIVE_INFINITY };
  const one = (value: unknown, time: number): void => {
    const key = keyOf(value);
    if (key === undefined) return;
    if (!(time >= slice.start && time < slice.end)) slice = granule(time);
    const acc = rows.update(key, slice.start, addTo, value, time);
    if (updates++ % WEIGHED !== 0 || aside === undefined) return;
    weighed++;
    weight += weightOf(acc);
    keyWeight += weightOf(key);
  };
  const heavy = (): boolean => rows.size * (ROW + weight / Math.max(1, weighed)) + rows.keyCount * (KEY + keyWeight / Math.max(1, weighed)) > memory;
  const putAside = async (): Promise<void> => {
    if (rows.size === 0) return;
    await runs?.add(rows.scan(EVERYTHING, turns));
    rows.clear();
  };
  return {
    add(values, times) {
      for (let i = 0; i < values.length; i++) {
        const time = times[i] ?? 0;
        if (definition.policy === 'fail') {
          one(values[i], time);
          continue;
        }
        try {
          one(values[i], time);
        } catch {
          skipped++;
        }
      }
    },
    settle: () => (runs !== undefined && heavy() ? putAside() : undefined),
    get skipped() {
      return skipped;
    },
    rows: () => mergeRows(definition.aggregate, [...(aside === undefined ? [] : (runs?.all ?? []).map(run => readRun(aside, run))), rows.scan(EVERYTHING, turns)]),
    async intoRuns() {
      if (runs === undefined) throw new DataError('view-run', 'There is no place for runs.');
      await putAside();
      return runs.all;
    },
  };
}
