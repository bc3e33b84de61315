/** Windows, sessions and triggers: records into one aggregate per key and window, and what is given when. */
import { trigger, type Change, type Late, type Pane, type Stream, type Trigger, type WindowedStream, type WindowResult } from 'millrace';
import type { TestJob, Testing } from 'millrace/testing';
import type { Case, Params } from '../../case.js';
import { NotOffered } from '../../outcome.js';
import { numberOf, onlyKnown, recordOf, textOf, wordsOf } from '../fields.js';
import { aggregateOf, type About, type InWords } from '../functions/aggregates.js';
import { clockingOf, inputsOf, type Inputs } from '../inputs.js';
import { end, newKit, play, type End, type Fields, type Input, type Stage } from '../play.js';
import { NEVER, unitsOf, type Units } from '../time.js';
import type { Played } from '../players.js';
import { whenOf, type When } from '../triggers.js';
import { windowsOf, type Cut } from '../windows.js';
import { merged } from './merged.js';
import { byWords } from './pipelines.js';

const KNOWN = ['timeUnit', 'watermarkConvention', 'watermark', 'watermarkDelay', 'outputMode', 'mode', 'window', 'aggregate', 'trigger', 'accumulation', 'allowedLateness', 'grace', 'emit', 'lateOutput', 'outputTs', 'closing', 'query', 'pipeline', 'probe', 'evictor', 'fill'];
const TIMINGS: Readonly<Record<Pane['timing'], string>> = { early: 'EARLY', onTime: 'ON_TIME', late: 'LATE' };
export const STEP = 'windows';

export type Panes = WindowResult<unknown, unknown>;
type Row = Change<readonly unknown[], unknown>;
type Windowed = WindowedStream<string, Input>;

/** Everything a case says, read once. */
export interface Setting {
  readonly one: Case;
  readonly units: Units;
  readonly kit: Testing;
  readonly inputs: Inputs;
  readonly cut: Cut;
  readonly words: InWords;
  readonly when: When;
  readonly keyed: boolean;
  /** Changes are told when a micro-batch is over. */
  readonly batches: ReturnType<typeof trigger.manual> | undefined;
}

export async function playWindowed(one: Case): Promise<Played> {
  const { params } = one;
  if (params['operation'] === 'mergeSessions') return { results: await merged(one) };
  onlyKnown(params, KNOWN);
  refuse(params);
  const units = unitsOf(params);
  const kit = newKit();
  const inputs = inputsOf(one, kit, clockingOf(one, units));
  const setting: Setting = {
    one,
    units,
    kit,
    inputs,
    cut: windowsOf(params['window'], units),
    words: aggregateOf(params['aggregate']),
    when: whenOf(params['trigger'], units, params['watermarkConvention'] !== 'lte'),
    keyed: one.input.some(({ key }) => key !== undefined && key !== null),
    batches: params['outputMode'] === 'update' ? trigger.manual() : undefined,
  };
  const results = await play(one, { kit, units, inlet: inputs.inlet, inlets: inputs.inlets, ends: endsOf(setting), afterwards: fired(setting), probe: (job, index) => dropped(one, job, index) });
  // Quix closes windows by their start, so that those that are cut at 0 stay open for longer.
  const cutAtZero = setting.cut.kind === 'slidingPerRecord' && results.some(({ window }) => recordOf(window)?.['start'] === 0);
  return { results, doubt: cutAtZero ? new NotOffered('engine', 'windows that are cut at 0 close by their end, as all others') : undefined };
}

function refuse({ evictor, closing, probe, outputMode }: Params): void {
  if (evictor !== undefined) throw new NotOffered('evictor', JSON.stringify(evictor));
  if (closing !== undefined && closing !== 'fireIfNonEmpty') throw new NotOffered('engine', 'a last pane without news');
  if (outputMode !== undefined && outputMode !== 'append' && outputMode !== 'update') throw new NotOffered('engine', `output mode ${wordsOf(outputMode)}`);
  if (probe !== undefined && probe !== 'open sessions after each record') throw new NotOffered('probe', JSON.stringify(probe));
}

/** Triggers that a hand pulls, after the steps that say so. */
function fired({ one, when: { manual }, batches }: Setting): Stage['afterwards'] {
  return index => {
    if (manual?.after.includes(index) === true) manual.trigger.fire();
    if (one.input[index]?.op === 'batch') batches?.fire();
  };
}

function endsOf(setting: Setting): readonly End<never>[] {
  const { when, one } = setting;
  const inWords = byWords(setting);
  if (inWords !== undefined) return [inWords];
  // Some watch several points of one pipeline: each update, and the final result.
  const watched = [...new Set(one.expected.flatMap(({ stream }) => textOf(stream) ?? []))].filter(name => name !== 'late');
  if (watched.length !== 0) return watched.flatMap(name => pointOf(setting, name).map(point => tagged(name, point)));
  const { emit, accumulation, outputMode, probe } = one.params;
  if (accumulation === 'retracting' || accumulation === 'accumulatingAndRetracting') return [tableEnd(setting, { name: STEP, trigger: when.trigger ?? trigger.watermark() })];
  const updates = emit === 'onUpdate' || outputMode === 'update' || probe !== undefined;
  return updates ? [tableEnd(setting, { name: STEP, trigger: when.trigger })] : panesEnd(setting);
}

function pointOf(setting: Setting, name: string): readonly End<never>[] {
  const { closing } = setting.when;
  switch (name) {
    case 'updated':
      return [tableEnd(setting, closing === undefined ? { name } : { name, hiding: closing, trigger: untilClosed(closing) })];
    case 'expired':
      return panesEnd(setting);
    case 'SESSIONS':
      return [tableEnd(setting, { name })];
    case 'SESSION_STARTS':
      return [tableEnd(setting, { name, only: ({ window }) => window.start === window.end })];
    default:
      throw new NotOffered('words', `results of "${name}"`);
  }
}

const tagged = (stream: string, of: End<never>): End<never> => ({
  ...of,
  result(value, time) {
    return [of.result(value, time) ?? []].flat().map(fields => ({ ...fields, stream }));
  },
});
const untilClosed = (closing: (result: unknown) => boolean): Trigger => trigger.orFinally(trigger.repeatedly(trigger.count(1)), trigger.when((_, context) => closing(context.result())));

function unbounded(words: string): number {
  if (words !== 'unbounded' && words !== 'infinite') throw new NotOffered('words', `lateness "${words}"`);
  return NEVER;
}

/** The records of the case, by key and window; late ones to where `late` says. */
export function windowed({ one, inputs, cut, units, keyed }: Setting, late?: (late: Stream<Late<Input>>) => End<never>): Windowed {
  const { allowedLateness, watermarkConvention } = one.params;
  const lateness = typeof allowedLateness === 'string' ? unbounded(allowedLateness) : units.in(numberOf(allowedLateness) ?? 0);
  // Kafka's aggregations pass over records without a value.
  const records = watermarkConvention === 'streamTime' ? inputs.all().filter(({ value }) => value !== null) : inputs.all();
  const options = { lateness, ...(late === undefined ? {} : { late: (some: Stream<Late<Input>>) => late(some).collected.output }) };
  if (keyed) return records.keyBy(({ key }) => key as string).window(cut.windows, options); // whatever the case has
  return records.window(cut.windows, options) as unknown as Windowed; // results without a key, which nothing here looks into
}

/** One or several results per key and window, and late records if they are asked for. */
function panesEnd(setting: Setting): readonly End<never>[] {
  const { one, kit, when, words, units } = setting;
  const { accumulation, outputTs, watermarkConvention, lateOutput } = one.params;
  const stamp = outputTs === 'earliest' || outputTs === 'latest' ? outputTs : watermarkConvention === 'streamTime' ? 'latest' : 'end';
  const options = { name: STEP, stamp, trigger: when.trigger, onError: 'skip' } as const;
  const ends: End<never>[] = [];
  const stream = windowed(setting, some => {
    const late = end<Late<Input>>(kit.collect(some, { name: 'late' }), ({ value: { key, value } }, time) => (lateOutput === true ? { stream: 'late', key, value, ts: units.out(time) } : undefined), true);
    ends.push(late);
    return late;
  });
  const panes = accumulation === 'discarding' || when.purging === true ? stream.deltas(words.aggregate, options) : stream.aggregate(words.aggregate, options);
  ends.push(end<Panes>(kit.collect(panes, { name: 'panes' }), (pane, time) => paneFields(setting, pane, time)));
  return ends;
}

function paneFields({ units, cut, words }: Setting, { key, window, value, pane }: Panes, time: number): Fields {
  const shown = cut.ends(window);
  const timing = TIMINGS[pane.timing];
  return {
    key,
    window: shown,
    ...written(words, value, { key, window: shown }),
    ts: units.out(time),
    timing,
    fires: shown.end === null ? 'global' : shown,
    pane: { timing, index: pane.index, isFirst: pane.index === 0, late: pane.timing === 'late' },
  };
}

const written = (words: InWords, value: unknown, about: About): Fields => ({ value: words.value === undefined ? value : words.value(value, about), ...(words.row === undefined ? {} : { row: words.row(value, about) }) });

interface TableLook {
  readonly name: string;
  readonly trigger?: Trigger | undefined;
  /** Changes that are not looked at. */
  readonly hiding?: ((result: unknown) => boolean) | undefined;
  readonly only?: ((about: About) => boolean) | undefined;
}

/** Every change of the table of windows. */
function tableEnd(setting: Setting, { name, trigger: given, hiding, only }: TableLook): End<never> {
  const { one, kit, units, cut, words, keyed, batches } = setting;
  if (cut.kind.startsWith('count')) throw new NotOffered('engine', 'updates of a window of so many records before it is full');
  const kafkas = cut.kind === 'session' && one.params['watermarkConvention'] === 'streamTime';
  // Some write what is taken back as a result of its own.
  const apart = one.expected.some(({ retract }) => retract === true);
  const when = batches === undefined ? given : trigger.repeatedly(batches);
  const rows = windowed(setting).table(words.aggregate, { name, trigger: when, onError: 'skip' });
  return end<Row>(kit.collect(rows.changes(), { name: `changes-${name}` }), ({ key: place, before, after }, time) => {
    const [key, start, stop] = keyed ? place : [undefined, ...place];
    const window = cut.ends({ start: Number(start), end: Number(stop) });
    const about: About = { key, window };
    if (only !== undefined && (after === undefined || !only(about))) return undefined;
    // Spark, which writes rows of micro-batches, does not write that a session became part of another.
    if ((batches !== undefined && after === undefined) || hiding?.(after) === true) return undefined;
    const fields = { key, window, ts: units.out(time) };
    if (apart) return [...(before === undefined ? [] : [{ ...fields, ...written(words, before, about), retract: true }]), ...(after === undefined ? [] : [{ ...fields, ...written(words, after, about) }])];
    // Kafka writes of a session that goes on that it is gone, and then that it is there.
    if (kafkas && before !== undefined && after !== undefined && window.start !== window.end) return [{ ...fields, value: undefined, ts: window.end }, { ...fields, ...written(words, after, about) }];
    return { ...fields, ...(after === undefined ? { value: undefined } : written(words, after, about)), ...(before === undefined ? {} : { retract: before }) };
  });
}

/** Counters, where the case looks at them. */
function dropped({ expected }: Case, job: TestJob, index: number): readonly Fields[] {
  const looks = expected.filter(({ after }) => after === index);
  const { steps } = job.metrics();
  const counters = steps[STEP]?.counters;
  const about: Readonly<Record<string, number | undefined>> = { droppedRecords: counters?.late, droppedPerWindow: counters?.droppedPanes };
  return Object.entries(about).flatMap(([name, n]) => (looks.some(one => one[name] !== undefined) ? [{ [name]: n ?? 0 }] : []));
}
