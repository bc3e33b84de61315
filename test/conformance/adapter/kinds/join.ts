/** Joins: by time, by window, and of a stream with a table. */
import { Stream, trigger, type Joined, type JoinType, type KeyedStream, type LateSide } from 'millrace';
import type { Testing } from 'millrace/testing';
import type { Case } from '../../case.js';
import type { Result } from '../../compare.js';
import { NotOffered } from '../../outcome.js';
import { numberOf, onlyKnown, streamsOf, textOf, wordsOf } from '../fields.js';
import { joinerOf, timeIn, type Joiner } from '../functions/joiners.js';
import { clockingOf, inputsOf, type Clocking, type Inputs } from '../inputs.js';
import { end, newKit, play, type End, type Fields, type Input } from '../play.js';
import { inSeconds, stillReaches, sum, unitsOf, type Units } from '../time.js';
import { windowsOf } from '../windows.js';
import { refusal } from './assigner.js';
import type { Played } from '../players.js';
import { keptRows } from './kept-rows.js';
import { lookupEnd, tableOf } from './lookup.js';

const KNOWN = ['timeUnit', 'watermarkConvention', 'watermark', 'mode', 'join', 'joinType', 'window', 'lower', 'upper', 'lowerInclusive', 'upperInclusive', 'before', 'after', 'backward', 'forward', 'boundsInclusive', 'grace', 'joiner', 'merge', 'outputTs', 'lateOutput', 'unmatched', 'pipeline', 'table', 'eventTime', 'on', 'operation', 'insertMode', 'emitMode', 'outputMode', 'watermarkDelay', 'rows', 'versioned'];
const TYPES: Readonly<Record<string, JoinType>> = { inner: 'inner', left: 'left', right: 'right', full: 'full', outer: 'full' };
export const STEP = 'join';

type Pair = Joined<unknown, Input | undefined, Input | undefined>;

export interface JoinSetting {
  readonly one: Case;
  readonly units: Units;
  readonly kit: Testing;
  readonly inputs: Inputs;
  readonly type: JoinType;
  readonly joiner: Joiner;
  /** What kind of join it is, the first words of how the case calls it. */
  readonly words: string;
  /** Records that came late here, and that Kafka would still have joined. */
  readonly early: Input[];
}

export async function playJoin(one: Case): Promise<Played> {
  const { params, input } = one;
  onlyKnown(params, KNOWN);
  if (input.some(({ op }) => op === 'construct')) return { results: await constructed(one) };
  const units = unitsOf(params);
  const kit = newKit();
  const words = textOf(params['join']) ?? '';
  const named = textOf(params['joinType']) ?? /\b(inner|left|right|full|outer)\b/.exec(words)?.[1] ?? 'inner';
  const type = TYPES[named];
  if (type === undefined) throw new NotOffered('engine', `join type "${named}"`);
  if (type !== 'inner' && /^emitted (at once|immediately)|eager/.test(textOf(params['unmatched']) ?? '')) throw new NotOffered('eager', words);
  const inputs = inputsOf(one, kit, clocking(one, units, words), timeIn(textOf(params['eventTime']) ?? ''));
  const setting: JoinSetting = { one, units, kit, inputs, type, joiner: joinerOf(params), words, early: [] };
  const stage = { kit, units, inlet: inputs.inlet, inlets: inputs.inlets, ends: endsOf(setting) };
  const results = await play(one, one.order === 'state-only' ? { ...stage, ...keptRows(one, units) } : stage);
  return { results, doubt: setting.early.length === 0 ? undefined : new NotOffered('reordered', words) };
}

/** Kafka's stream time moves before the record that moves it is joined, and of a stream and a table it is that of the stream. */
function clocking(one: Case, units: Units, words: string): Clocking {
  const plain = clockingOf(one, units);
  if (words.startsWith('stream-table') || words.startsWith('as-of')) return words.startsWith('as-of') ? { kind: 'source' } : { kind: 'side', table: tableOf(streamsOf(one.input)), behind: units.in(numberOf(one.params['grace']) ?? 0) };
  if (plain.kind === 'batch') return { ...plain, later: true };
  return plain.kind === 'stream' ? { ...plain, first: true } : plain;
}

function endsOf(setting: JoinSetting): readonly End<never>[] {
  const { words } = setting;
  const { rows } = setting.one.params;
  if (rows !== undefined && rows !== '[key, left ts, right ts]') throw new NotOffered('words', wordsOf(rows));
  if (words === 'interval' || words === 'time range' || words.startsWith('stream-stream')) return intervalEnds(setting);
  if (words.startsWith('window')) return [windowEnd(setting)];
  if (words.startsWith('stream-table') || words.startsWith('as-of')) return [lookupEnd(setting)];
  throw new NotOffered('join', words);
}

/** The records of one side by key, without those that have no value. */
function sideOf(setting: JoinSetting, index: 0 | 1): KeyedStream<string, Input> {
  const { names } = setting.inputs;
  const [given = '', other = given] = ['left', 'right'].every(name => names.includes(name)) ? ['left', 'right'] : names;
  return keyed(setting, index === 0 ? given : other);
}

export function keyed({ inputs, one }: JoinSetting, name: string): KeyedStream<string, Input> {
  const records = inputs.stream(name);
  return (one.params['watermarkConvention'] === 'streamTime' ? records.filter(({ value }) => value !== null) : records).keyBy(({ key }) => key as string); // whatever the case has
}

interface Bounds {
  readonly within: { readonly lower: number; readonly upper: number; readonly exclusive?: 'lower' | 'upper' | 'both' };
  /** From the one end to the other. */
  readonly spread: number;
}

function boundsOf({ one: { params }, units, words }: JoinSetting): Bounds {
  const { lower, upper, before, after, backward, forward, lowerInclusive, upperInclusive } = params;
  const length = (value: unknown): number => units.in(numberOf(value) ?? Number.NaN);
  const around = (back: number, on: number): Bounds => ({ within: { lower: sum([], [back]), upper: on }, spread: sum([back, on], []) });
  const seconds = /within (\d+) s/.exec(words)?.[1];
  if (seconds !== undefined) return around(inSeconds(seconds), inSeconds(seconds));
  const later = /^same key and left\.ts < right\.ts - (\d+)$/.exec(textOf(params['condition']) ?? '')?.[1];
  if (later !== undefined) return { within: { lower: length(Number(later)), upper: Number.POSITIVE_INFINITY, exclusive: 'lower' }, spread: 0 };
  if (before !== undefined) return around(length(before), length(after));
  if (backward !== undefined) return around(length(backward), length(forward));
  if (lower === undefined) throw new NotOffered('join', words);
  const [low, high] = [lowerInclusive === false, upperInclusive === false];
  return { within: { lower: length(lower), upper: length(upper), ...(low || high ? { exclusive: low && high ? 'both' : low ? 'lower' : 'upper' } : {}) }, spread: 0 };
}

function intervalEnds(setting: JoinSetting): readonly End<never>[] {
  const { one, kit, units, type, joiner } = setting;
  const { params } = one;
  const { within, spread } = boundsOf(setting);
  const kafkas = params['watermarkConvention'] === 'streamTime';
  // Kafka joins what comes out of order for as long as the other side is kept, and keeps it for all of the interval.
  const lateness = kafkas && type === 'inner' ? sum([spread, spread], []) : 0;
  const ends: End<never>[] = [];
  const options = { within, type, lateness, onError: 'skip' } as const;
  const write = ({ key, left, right }: Pair, time: number): Fields => ({ key, value: joiner(left?.value, right?.value), ts: outputTime(setting, left, time), ...(params['rows'] === '[key, left ts, right ts]' && left !== undefined && right !== undefined ? { row: [key, units.out(left.ts), units.out(right.ts)] } : {}) });
  const late = (some: Stream<LateSide<Input, Input>>) => {
    const outer = (side: 'left' | 'right'): boolean => type === 'full' || type === side;
    const seen = end<LateSide<Input, Input>>(kit.collect(some, { name: 'late' }), ({ side, value, watermark }, time) => {
      if (kafkas && stillReaches(time, spread, watermark)) setting.early.push(value);
      // What came too late for any match is given alone by Kafka, at once.
      if (kafkas && outer(side)) return write({ key: value.key, left: side === 'left' ? value : undefined, right: side === 'right' ? value : undefined }, time);
      return params['lateOutput'] === true ? { stream: 'late', key: value.key, value: value.value, ts: units.out(time) } : undefined;
    }, true);
    ends.push(seen);
    return seen.collected.output;
  };
  const pairs: Stream<Pair> = sideOf(setting, 0).join(sideOf(setting, 1), { ...options, name: STEP, late });
  const { pipeline } = params;
  if (pipeline === undefined) return [...ends, end<Pair>(kit.collect(pairs, { name: 'pairs' }), write)];
  if (!wordsOf(pipeline).startsWith('left JOIN right JOIN right')) throw new NotOffered('words', wordsOf(pipeline));
  const triples = pairs.keyBy(({ key }) => key as string).join(sideOf(setting, 1), { ...options, name: `${STEP}-again` });
  return [...ends, end<Joined<string, Pair | undefined, Input | undefined>>(kit.collect(triples, { name: 'triples' }), ({ key, left, right }, time) => ({ key, value: joiner(joiner(left?.left?.value, left?.right?.value), right?.value), ts: units.out(time) }))];
}

/** The time a result is written with: its own, or a field of the left side. */
export function outputTime({ one, units }: JoinSetting, left: Input | undefined, time: number): number {
  const of = timeIn(`taken from ${textOf(one.params['outputTs']) ?? ''}`)?.(left?.value);
  return of ?? units.out(time);
}

function windowEnd(setting: JoinSetting): End<never> {
  const { one, kit, units, joiner, type, words } = setting;
  const gap = /^window \(session gap (\d+) s\)/.exec(words)?.[1];
  const { windows, ends } = windowsOf(gap === undefined ? one.params['window'] : { type: 'session', gap: Number(gap) }, units);
  const left = sideOf(setting, 0).window(windows);
  const right = sideOf(setting, 1);
  const { insertMode, emitMode } = one.params;
  if (insertMode === undefined) {
    const pairs = left.join(right, { name: STEP, type });
    return end<Pair & { readonly window: { readonly start: number; readonly end: number } }>(kit.collect(pairs, { name: 'pairs' }), ({ key, left: a, right: b, window }, time) => ({ key, value: joiner(a?.value, b?.value), window: ends(window), ts: units.out(time) }));
  }
  if (insertMode !== 'last') throw new NotOffered('words', `insertMode ${wordsOf(insertMode)}`);
  // The last of each side, when it is complete, when the window closes, or after each change.
  const running = emitMode === 'running' ? { trigger: trigger.repeatedly(trigger.count(1)) } : {};
  const lasts = left.coGroup(right, ({ key, left: a, right: b }) => (emitMode === 'complete' && (a.length === 0 || b.length === 0) ? [] : [{ key, left: a.at(-1), right: b.at(-1) }]), { name: STEP, ...running });
  return end<Pair>(kit.collect(lasts, { name: 'lasts' }), ({ key, left: a, right: b }) => ({ key, value: joiner(a?.value, b?.value) }));
}

async function constructed({ input, params }: Case): Promise<readonly Result[]> {
  const units = unitsOf(params);
  const results: Result[] = [];
  for (const [after, { op, lower, upper }] of input.entries()) {
    if (op !== 'construct') continue;
    const kit = newKit();
    const side = (name: string): KeyedStream<string, string> => Stream.from(kit.source<string>(name)).keyBy(key => key);
    const [left, right] = [side('left'), side('right')];
    const refused = await refusal(() => kit.run(kit.collect(left.join(right, { name: STEP, within: [units.in(Number(lower)), units.in(Number(upper))] }))));
    if (refused !== undefined) results.push({ after, ...refused });
  }
  return results;
}
