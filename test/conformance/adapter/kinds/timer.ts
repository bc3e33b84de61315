/** Process functions and their timers. */
import { type, type KeyedStream, type Process } from 'millrace';
import type { TestJob, Testing } from 'millrace/testing';
import type { Case, Step } from '../../case.js';
import type { Result } from '../../compare.js';
import { NotOffered } from '../../outcome.js';
import { needed, numberOf, onlyKnown, textOf } from '../fields.js';
import { attribution, type Attribution } from '../functions/attribution.js';
import { againIn, bodyOf, later, type InWords } from '../functions/clauses.js';
import { inputsOf, type Inputs } from '../inputs.js';
import { end, newKit, play, type End, type Input } from '../play.js';
import { unitsOf, type Units } from '../time.js';

const KNOWN = ['timeUnit', 'watermarkConvention', 'function', 'streams', 'operatorWatermark', 'timerIdentity', 'onTimer'];

/** What came of a record, or of a timer; the time of a timer is a watermark's. */
interface Outcome {
  readonly key: unknown;
  readonly value: unknown;
  readonly of: 'record' | 'timer';
}

export async function playTimer(one: Case): Promise<readonly Result[]> {
  const { params } = one;
  onlyKnown(params, KNOWN);
  const units = unitsOf(params);
  const kit = newKit();
  const inputs = inputsOf(one, kit, { kind: 'source' });
  const stage = { kit, units, inlet: inputs.inlet, inlets: inputs.inlets };
  const words = textOf(params['function']);
  if (words === undefined) return playService(one, units, kit, inputs, stage);
  if (words.startsWith('Conversion attribution')) {
    const rows = inputs.all().keyBy(({ key }) => String(key)).process(attribution());
    return play(one, { ...stage, ends: [end<Attribution>(kit.collect(rows, { name: 'rows' }), ({ key, value }, time) => ({ key, value, ts: units.out(time) }))] });
  }
  const body = bodyOf(words, units);
  return play(one, { ...stage, ends: [processed(kit, units, body, inputs)] });
}

/** One function, of one or of two inputs. */
function processed(kit: Testing, units: Units, body: InWords, { stream, names }: Inputs): End<never> {
  const [first = '', second, ...more] = names;
  if (more.length !== 0) throw new NotOffered('words', 'more than two inputs');
  type Logic = Process<string, Input, object, Outcome, object>;
  const onData: Logic['onData'] = (_, { key, value, stream: name }, context) => {
    for (const clause of body.onData.get(name) ?? body.onData.get('') ?? []) {
      clause({ ...about(context), key, value }, { emit: what => context.emit({ key, value: what, of: 'record' }), timer: (domain, at) => context.timer(`${at}`, at, domain) });
    }
  };
  const onTimer: Logic['onTimer'] = (_, _timer, context) => {
    for (const clause of body.onTimer) clause({ ...about(context), key: context.key, value: undefined }, { emit: what => context.emit({ key: context.key, value: what, of: 'timer' }), timer: (domain, at) => context.timer(`${at}`, at, domain) });
  };
  const logic = { name: 'function', emits: type<Outcome>(), init: () => ({}), onTimer };
  const keyed = (name: string): KeyedStream<string, Input> => stream(name).keyBy(({ key }) => key as string); // whatever the case has
  const rows = second === undefined ? keyed(first).process({ ...logic, onData }) : keyed(first).connect(keyed(second)).process({ ...logic, onLeft: onData, onRight: onData });
  return end<Outcome>(kit.collect(rows, { name: 'rows' }), ({ key, value, of }, time) => ({ key, value, ts: of === 'timer' ? units.watermarkOut(time) : units.out(time) }));
}

const about = ({ time, watermark, now }: { readonly time: number; readonly watermark: number; readonly now: number }) => ({ time, watermark, now });

/** Set or deleted by a step, under a name. */
interface Order extends Input {
  readonly value: { readonly action: string; readonly domain: 'event' | 'processing'; readonly timer: string; readonly at: number };
}
interface Fired {
  readonly key: unknown;
  readonly name: string;
  readonly ts: number;
}

/** Timers that the steps themselves set. Those of the case may have one name and many times; the library's have one time for each name. */
function playService(one: Case, units: Units, kit: Testing, inputs: Inputs, stage: Omit<Parameters<typeof play>[1], 'ends'>): Promise<readonly Result[]> {
  const rule = textOf(one.params['onTimer']);
  const again = rule === undefined ? undefined : againIn(rule);
  const momentOf = (domain: string, ts: number): number => (domain === 'event' ? units.watermark(ts) : units.in(ts));
  const rows = inputs.all().keyBy(({ key }) => key as string).process<object, Fired>({
    name: 'timers',
    emits: type<Fired>(),
    init: () => ({}),
    onData(_, input, context) {
      const { action, domain, timer, at } = (input as Order).value; // what `own` pushes
      if (action === 'register') context.timer(timer, at, domain);
      else if (action === 'delete') context.cancel(timer, domain);
      else throw new NotOffered('words', `timer ${action}`);
    },
    onTimer(_, timer, context) {
      const { name, ts, key } = JSON.parse(timer) as Fired;
      context.emit({ key, name, ts });
      if (again === undefined) return;
      const next = later(ts, again.later);
      context.timer(JSON.stringify({ key, name, ts: next }), momentOf(again.domain, next), again.domain);
    },
  });
  const own = (step: Step, _job: TestJob): boolean => {
    if (step.op !== 'timer') return false;
    const domain = step['domain'] === 'processing' ? 'processing' : 'event';
    const ts = needed(numberOf(step['ts']), 'time of a timer');
    const key = step['key'];
    const value: Order['value'] = { action: String(step['action']), domain, timer: JSON.stringify({ key, name: step['name'], ts }), at: momentOf(domain, ts) };
    stage.inlet('').push({ key, value, ts: 0, stream: '', index: 0 }, 0);
    return true;
  };
  return play(one, { ...stage, own, ends: [end<Fired>(kit.collect(rows, { name: 'fired' }), fired => ({ ...fired }))] });
}
