/** Plays a case: does what its steps say, one after the other, and files what comes out under the step that brought it. */
import type { StateBackend } from 'millrace';
import { testing, type Collected, type TestJob, type Testing } from 'millrace/testing';
import type { Case, Step } from '../case.js';
import type { Result } from '../compare.js';
import { NotOffered } from '../outcome.js';
import { numberOf, textOf } from './fields.js';
import type { LiveSplit } from './live.js';
import { until, type Units } from './time.js';

export type Fields = Readonly<Record<string, unknown>>;

/** A place where results are seen, and how one is written in the words of the cases: mostly as one; `undefined`: not looked at. */
export interface End<T> {
  readonly collected: Collected<T>;
  readonly result: (value: T, time: number) => Fields | readonly Fields[] | undefined;
  /** A branch of another end, which runs it. */
  readonly branch?: boolean;
}

/** A record of a case, with its place in the list of steps. */
export interface Input {
  readonly key: unknown;
  readonly value: unknown;
  /** In milliseconds. */
  readonly ts: number;
  readonly stream: string;
  readonly index: number;
}

/** What a case is played on. */
export interface Stage {
  readonly kit: Testing;
  readonly units: Units;
  /** Where records of a stream go in, and what else is said to it. */
  readonly inlet: (stream: string) => LiveSplit<Input>;
  /** All inlets: for what is said to all. */
  readonly inlets: () => readonly LiveSplit<Input>[];
  readonly ends: readonly End<never>[];
  /** Steps that are this kind's own; answers whether it knew the step. */
  readonly own?: (step: Step, job: TestJob) => boolean | Promise<boolean>;
  /** Done after each step, before its results are taken. */
  readonly afterwards?: ((index: number, job: TestJob) => void) | undefined;
  /** Where the job keeps its state, if it is looked at. */
  readonly state?: StateBackend | undefined;
  /** What else came of a step. */
  readonly probe?: (job: TestJob, index: number) => readonly Fields[];
}

/** A clock that shows 0, as those of the engines' tests do. */
export const newKit = (): Testing => testing({ now: 0 });

/** One place to look. */
export const end = <T>(collected: Collected<T>, result: End<T>['result'], branch = false): End<never> => ({ collected, result, branch }) as unknown as End<never>; // what is collected is what `result` takes

/** Checkpoints are taken when a case says so, and at no other time. */
const BY_HAND = { checkpoint: '10000d' } as const;

export async function play({ input }: Case, stage: Stage): Promise<readonly Result[]> {
  const job = await stage.kit.run(stage.ends.flatMap(({ collected, branch }) => (branch === true ? [] : [collected.output])), { ...BY_HAND, ...(stage.state === undefined ? {} : { state: stage.state }) });
  const results: Result[] = [];
  const seen = stage.ends.map(() => 0);
  for (const [after, step] of input.entries()) {
    await take(step, after, stage, job);
    await job.settle();
    stage.afterwards?.(after, job);
    await job.settle();
    for (const [at, { collected, result }] of stage.ends.entries()) {
      for (const { value, time } of collected.records.slice(seen[at])) {
        for (const one of [result(value, time) ?? []].flat()) results.push({ after, ...one });
      }
      seen[at] = collected.records.length;
    }
    for (const probed of stage.probe?.(job, after) ?? []) results.push({ after, ...probed });
  }
  await job.stop();
  return results;
}

async function take(step: Step, index: number, stage: Stage, job: TestJob): Promise<void> {
  const { units } = stage;
  const proc = numberOf(step['proc']);
  if (proc !== undefined) await job.advance(until(units.in(proc), stage.kit.clock.now()));
  if (stage.own !== undefined && (await stage.own(step, job))) return;
  const stream = textOf(step['stream']);
  const of = (): readonly LiveSplit<Input>[] => (stream === undefined ? stage.inlets() : [stage.inlet(stream)]);
  const ts = numberOf(step['ts']);
  switch (step.op) {
    case 'record': {
      const time = ts === undefined ? stage.kit.clock.now() : units.in(ts);
      return stage.inlet(stream ?? '').push({ key: step['key'], value: step['value'], ts: time, stream: stream ?? '', index }, time);
    }
    case 'watermark':
      return of().forEach(inlet => inlet.watermark(units.watermark(ts ?? Number.NaN)));
    case 'processingTime':
      return job.advance(until(units.in(ts ?? Number.NaN), stage.kit.clock.now()));
    case 'idle':
      return of().forEach(inlet => inlet.idle(true));
    case 'active':
      return of().forEach(inlet => inlet.idle(false));
    case 'end':
    case 'endInput':
      return of().forEach(inlet => inlet.end());
    case 'batch':
      return of().forEach(inlet => inlet.mark());
    case 'snapshot':
      return job.checkpoint();
    case 'restore':
      return job.crash();
    case 'snapshotRestore':
      await job.checkpoint();
      return job.crash();
    default:
      throw new NotOffered('words', `step ${step.op}`);
  }
}
