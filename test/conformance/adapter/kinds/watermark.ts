/** Watermarks: of generators, of partitions that come and go, and where several inputs meet. Seen at a step below that does nothing. */
import { Stream, type StepMetrics } from 'millrace';
import type { TestJob } from 'millrace/testing';
import type { Case, Step } from '../../case.js';
import type { Result } from '../../compare.js';
import { NotOffered } from '../../outcome.js';
import { needed, numberOf, onlyKnown, textOf } from '../fields.js';
import { live, ONLY, type Live } from '../live.js';
import { newKit, play, end, type Fields, type Input } from '../play.js';
import { heldBack, NEVER, unitsOf, type Units } from '../time.js';

const SEEN = 'seen';
/** As in the engines whose cases these are: the last input to go idle lets the highest watermark through, and one that wakes up behind is waited for by nobody. */
const RULES = { allIdle: 'flush', waking: 'catchUp' } as const;

export async function playWatermark(one: Case): Promise<readonly Result[]> {
  const { params, input } = one;
  onlyKnown(params, ['inputs', 'generator', 'lag', 'throttleFrame', 'idleTimeoutMs', 'watermarkConvention', 'timeUnit', 'wait']);
  if (params['throttleFrame'] !== undefined && params['throttleFrame'] !== 1) throw new NotOffered('engine', 'watermarks that move only from frame to frame');
  if (one.expected.some(({ error }) => error !== undefined)) throw new NotOffered('engine', 'a watermark that goes back is passed over, not refused');
  const units = unitsOf(params);
  const kit = newKit();
  const words = textOf(params['generator']);
  const partitioned = words?.includes('per partition') === true;
  if (partitioned && input[0]?.op !== 'addPartitions') throw new NotOffered('engine', 'a source that has no partition yet is not idle: it may get one');
  const idle = units.in(numberOf(params['idleTimeoutMs']) ?? 0);
  const source = live<Input>('source', { dynamic: partitioned, clock: idle === 0 ? undefined : kit.clock });
  const raw = Stream.from(source.source, { name: 'records', ...RULES });
  let stream: Stream<Input>;
  if (words === undefined) {
    for (const name of Array.from({ length: numberOf(params['inputs']) ?? 1 }).keys()) source.add(`in${name}`);
    stream = raw;
  } else stream = generated(raw, words, units.in(numberOf(params['lag']) ?? numberOf(params['wait']) ?? 0), idle);
  const split = (name: string) => source.split(words === undefined ? name : ONLY);
  const nothing = end<Input>(kit.collect(stream.keyBy(() => 0).process<object, Input>({ name: SEEN, emits: {}, init: () => ({}), onData: () => {} }), { name: 'none' }), () => undefined);
  const watch = watching(units, one);
  // By our rule an idle split says so itself when it is not idle any more; where that is another engine's convention and never said, a watermark says it.
  const silent = one.portability !== 'general' && !input.some(({ op }) => op === 'active');
  return play(one, {
    kit,
    units,
    inlet: split,
    inlets: () => (words === undefined ? [...source.names()].map(split) : [split('')]),
    ends: [nothing],
    own: (step, job) => {
      if (silent && step.op === 'watermark') split(textOf(step['stream']) ?? '').idle(false);
      return own(step, source, units, numberOf(params['lag']) ?? 0, job, watch);
    },
    probe: (job, index) => watch.look(job.metrics().steps[SEEN], index),
  });
}

function generated(raw: Stream<Input>, words: string, lag: number, idle: number): Stream<Input> {
  if (!/^(boundedOutOfOrderness|ascending|monotonous|max\(ts\))/.test(words)) throw new NotOffered('engine', words);
  const silence = words.includes('advances with processing time since it was last raised') ? { progress: 1 } : {};
  return raw.timestamps(({ ts }) => ts, { disorder: lag, maxFuture: NEVER, ...(idle === 0 ? {} : { idle }), ...silence, ...RULES });
}

interface Watch {
  look(metrics: StepMetrics | undefined, index: number): readonly Fields[];
  /** What is there now is no news. */
  settle(metrics: StepMetrics | undefined): void;
}

/** Says what has changed since it looked before; where a case asks for the watermark as it stands, that. */
function watching(units: Units, { expected }: Case): Watch {
  let watermark = Number.NEGATIVE_INFINITY;
  let idle = false;
  const settle = (metrics: StepMetrics | undefined): void => {
    watermark = metrics?.watermark ?? watermark;
    idle = metrics?.idle ?? idle;
  };
  return {
    settle,
    look(metrics, index) {
      const before = { watermark, idle };
      settle(metrics);
      if (expected.some(one => one.after === index && one['currentWatermark'] !== undefined)) return [{ currentWatermark: units.watermarkOut(watermark) }];
      if (expected.some(one => one['currentWatermark'] !== undefined)) return [];
      // The end of all input is no watermark that a case would show.
      const moved = watermark !== before.watermark && Number.isFinite(watermark);
      return [...(moved ? [{ watermark: units.watermarkOut(watermark) }] : []), ...(idle && !before.idle ? [{ status: 'idle' }] : []), ...(!idle && before.idle && !moved ? [{ status: 'active' }] : [])];
    },
  };
}

/** Partitions that come, go, and are restored. */
async function own(step: Step, source: Live<Input>, units: Units, lag: number, job: TestJob, watch: Watch): Promise<boolean> {
  const partition = numberOf(step['partition']);
  const split = source.split(String(partition));
  switch (step.op) {
    case 'addPartitions':
      for (const _ of Array.from({ length: needed(numberOf(step['count']), 'number of partitions') })) source.add(String(source.names().size));
      return true;
    case 'removePartition':
      source.remove(String(partition));
      return true;
    case 'restoreWatermark': {
      // A job that had come so far stops, and another goes on from its state.
      const ts = heldBack(units.in(numberOf(step['ts']) ?? Number.NaN), units.in(lag));
      split.push({ key: '', value: null, ts, stream: '', index: 0 }, ts);
      await job.checkpoint();
      await job.crash();
      watch.settle(job.metrics().steps[SEEN]);
      return true;
    }
    case 'activity':
      source.split(textOf(step['stream']) ?? '').push({ key: '', value: null, ts: 0, stream: '', index: 0 }, 0);
      return true;
    case 'record': {
      if (partition === undefined) return false;
      const ts = units.in(numberOf(step['ts']) ?? Number.NaN);
      split.push({ key: '', value: step['value'], ts, stream: '', index: 0 }, ts);
      return true;
    }
    default:
      return false;
  }
}
