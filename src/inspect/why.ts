/** Why has this step not fired? Answered from what the running job knows anyway; nothing is written down per record for it. */
import { durationText } from '../core/duration.js';
import { MillraceError } from '../core/errors.js';
import { canonicalKey } from '../core/key.js';
import type { Waiting } from '../core/keyed.js';
import type { Key, Time } from '../core/values.js';
import type { Entry, Runtime } from '../compile/runtime.js';
import { inputsOf, type Step } from '../plan/step.js';

/** One split above the step in question. */
export interface WhySplit {
  readonly source: string;
  readonly split: string;
  /** What it has handed on; `-Infinity` before its first. */
  readonly watermark: Time;
  /** Left out of the minimum. */
  readonly idle: boolean;
  /** Not read, because it is further ahead of the slowest than `maxDrift`. */
  readonly aligned: boolean;
  /** Its source says that more is known to wait. */
  readonly behind: boolean;
  /** Not read, because a step below is full or busy; these. */
  readonly backPressured: readonly string[];
  readonly ended: boolean;
  /** Records read and not handed on. */
  readonly waiting: number;
}

/** What holds a step back; `text` says it in sentences. */
export interface Why {
  readonly step: string;
  readonly watermark: Time;
  readonly idle: boolean;
  /** The watermark at which the next thing fires; `undefined` if nothing waits for one. */
  readonly waitingFor: Time | undefined;
  /** What is open, the next to fire first. */
  readonly open: readonly Waiting[];
  /** How much the step keeps, by what it is. */
  readonly buffered: { readonly [what: string]: number };
  /** For how long late records are still taken, in milliseconds. */
  readonly lateness: number | undefined;
  /** All splits above, the one with the lowest watermark first. */
  readonly splits: readonly WhySplit[];
  readonly reasons: readonly string[];
  readonly text: string;
}

const timeText = (time: Time): string => (Math.abs(time) > 1e11 && Math.abs(time) < 8.64e15 ? new Date(time).toISOString() : String(time));
const shown = (key: Key): string => (typeof key === 'object' ? `[${key.map(shown).join(', ')}]` : typeof key === 'string' ? JSON.stringify(key) : String(key));
/** Things shown at most. */
const SHOWN = 5;

/** What holds `step`, or one key of it. `timeAt` gives its watermark. */
export function explain(runtime: Runtime, timeAt: (step: Step) => { readonly watermark: Time; readonly idle: boolean }, id: string, key?: Key): Why {
  const { plan } = runtime;
  const step = plan.steps.find(s => plan.idOf(s) === id);
  if (step === undefined) throw new MillraceError('unknown-step', `There is no step "${id}". There are: ${plan.steps.map(s => `"${plan.idOf(s)}"`).join(', ')}.`);
  const above = feeding(step);
  const { watermark, idle } = timeAt(step);
  const canonical = key === undefined ? undefined : canonicalKey(key);
  const held = runtime.stages.get(step)?.why(canonical);
  const open = held?.open ?? [];
  const waitingFor = open.find(w => w.domain !== 'processing')?.until;
  const splits = splitsAbove(runtime, above);
  const reasons = [
    ...(step.kind === 'keyed' ? waitingReasons(open, watermark, canonical, held?.lateness) : []),
    ...(waitingFor !== undefined && watermark >= waitingFor ? [onItsWay(splits, id)] : splitReasons(splits, idle, waitingFor)),
    ...stepReasons(runtime, above),
  ];
  const title = `${id}${canonical === undefined ? '' : ` of key ${shown(canonical)}`}: watermark ${timeText(watermark)}${idle ? ', idle' : ''}`;
  return { step: id, watermark, idle, waitingFor, open, buffered: held?.buffered ?? {}, lateness: held?.lateness, splits, reasons, text: [title, ...reasons.map(r => `- ${r}`)].join('\n') };
}

/** A step and all above it. */
function feeding(step: Step): ReadonlySet<Step> {
  const found = new Set<Step>([step]);
  for (const at of found) for (const input of inputsOf(at)) found.add(input.step);
  return found;
}

function splitsAbove(runtime: Runtime, above: ReadonlySet<Step>): readonly WhySplit[] {
  const { plan } = runtime;
  const found = new Map<string, WhySplit>();
  for (const { from, step, inputs } of runtime.joints) {
    if (from === undefined || !above.has(step) || !above.has(from)) continue;
    for (const [split, input] of inputs) {
      for (const source of plan.sourcesOf(from)) {
        const name = `${plan.idOf(source)} ${split}`;
        const known = found.get(name);
        if (known !== undefined && known.watermark <= input.watermark) continue;
        const entry = runtime.entries.find(e => e.kind === 'split' && e.step === source && e.split === split);
        const aligned = [...above].some(s => runtime.alignment.waits(s, split) && plan.sourcesOf(s).has(source));
        found.set(name, {
          source: plan.idOf(source),
          split,
          watermark: input.watermark,
          idle: input.idle,
          aligned,
          behind: entry?.behind?.() === true,
          backPressured: entry === undefined ? [] : fullBelow(runtime, entry),
          ended: input.ended || input.watermark === Number.POSITIVE_INFINITY,
          waiting: entry?.depth() ?? 0,
        });
      }
    }
  }
  return [...found.values()].sort((a, b) => Number(a.idle) - Number(b.idle) || (a.watermark === b.watermark ? 0 : a.watermark - b.watermark));
}

const fullBelow = (runtime: Runtime, entry: Entry): readonly string[] => [...new Set(runtime.closed(entry).filter(s => !runtime.alignment.waits(s, entry.split)).map(s => runtime.plan.idOf(s)))];

function waitingReasons(open: readonly Waiting[], watermark: Time, key: Key | undefined, lateness: number | undefined): readonly string[] {
  if (open.length === 0) return [key === undefined ? 'Nothing is open here: no record waits for the watermark.' : `Nothing is open for key ${shown(key)}: it has no record here, or what it had has fired.`];
  const lines = open.slice(0, SHOWN).map(({ what, until, domain }) => {
    if (domain === 'processing') return `${what} fires when the wall clock shows ${timeText(until)}.`;
    return `${what} fires when the watermark reaches ${timeText(until)}${Number.isFinite(watermark) && until > watermark ? `, ${durationText(until - watermark)} from now in event time` : ''}${lateness !== undefined && lateness > 0 ? `, and takes late records until ${timeText(until + lateness)}` : ''}.`;
  });
  return open.length > SHOWN ? [...lines, `... and ${open.length - SHOWN} more.`] : lines;
}

function splitReasons(splits: readonly WhySplit[], idle: boolean, waitingFor: Time | undefined): readonly string[] {
  const counting = splits.filter(s => !s.idle);
  const [lowest] = counting;
  if (splits.length === 0) return ['No source above it has a split yet.'];
  if (lowest === undefined) return [`All ${splits.length === 1 ? '' : `${splits.length} `}splits are idle, so the watermark stays. \`progress\` of \`timestamps\` lets silence move it, \`allIdle: 'flush'\` raises it to the highest.`];
  const name = `split "${lowest.split}" of "${lowest.source}"`;
  const lines: string[] = [];
  if (lowest.ended) lines.push('All splits have ended.');
  else if (lowest.watermark === Number.NEGATIVE_INFINITY) lines.push(`The watermark waits for ${name}, which has given no event time yet. If it may stay silent, give its \`timestamps\` an \`idle\` time.`);
  else lines.push(`The lowest watermark is that of ${name}: ${timeText(lowest.watermark)}${waitingFor !== undefined && lowest.watermark < waitingFor ? `, ${durationText(waitingFor - lowest.watermark)} short` : ''}. It is not idle${lowest.behind ? ', and its source says that more waits' : ''}.`);
  if (lowest.backPressured.length > 0) lines.push(`It is not read, because ${lowest.backPressured.map(s => `"${s}"`).join(', ')} below is full.`);
  const ahead = counting.filter(s => s.watermark > lowest.watermark && !s.ended);
  const aligned = splits.filter(s => s.aligned).length;
  if (ahead.length > 0) lines.push(`${ahead.length} other${ahead.length === 1 ? ' is' : 's are'} ahead, up to ${timeText(Math.max(...ahead.map(s => s.watermark)))}${aligned > 0 ? `; ${aligned} of them wait${aligned === 1 ? 's' : ''}, aligned by \`maxDrift\`` : ''}.`);
  const asleep = splits.length - counting.length;
  if (asleep > 0) lines.push(`${asleep} ${asleep === 1 ? 'is' : 'are'} idle and left out.`);
  if (idle) lines.push('The step has been told that its inputs are idle.');
  return lines;
}

/** The watermark is there: only something full can hold what fires. */
function onItsWay(splits: readonly WhySplit[], id: string): string {
  const full = [...new Set(splits.flatMap(s => s.backPressured))].filter(step => step !== id);
  return `The watermark is there: what fires is on its way${full.length > 0 ? `, but ${full.map(s => `"${s}"`).join(', ')} below is full` : ''}.`;
}

/** What stands in the way of a watermark between the splits and the step. */
function stepReasons(runtime: Runtime, above: ReadonlySet<Step>): readonly string[] {
  const { plan } = runtime;
  const lines: string[] = [];
  const self = [...above][0];
  for (const step of above) {
    const waiting = runtime.meter(step).queues.reduce((n, q) => n + q.depth(), 0);
    if (step.kind === 'async' && waiting > 0) lines.push(`${waiting} record${waiting === 1 ? '' : 's'} in "${plan.idOf(step)}" come before the watermark.`);
    if (step.kind === 'keyed' && step !== self && (step.stage.delay ?? 0) > 0) lines.push(`"${plan.idOf(step)}" holds the watermark back by ${durationText(step.stage.delay ?? 0)}.`);
    if (step.kind === 'merge' && step.sequential) lines.push(`"${plan.idOf(step)}" reads its inputs one after the other.`);
  }
  for (const entry of runtime.entries) if (entry.unfinished !== undefined && above.has(entry.step)) lines.push(`A watermark from "${plan.idOf(entry.step)}" is on its way.`);
  return lines;
}
