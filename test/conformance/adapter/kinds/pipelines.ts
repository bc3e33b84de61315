/** Pipelines of windows that cases give in words: more than one step, or none that aggregates. */
import { calendar, tumbling, type Stream, type WindowResult } from 'millrace';
import { NotOffered } from '../../outcome.js';
import { numberOf, recordOf, textOf } from '../fields.js';
import { aggregateOf, allLargest } from '../functions/aggregates.js';
import { validity, type Validity } from '../functions/validity.js';
import { end, type End, type Input } from '../play.js';
import { CUSTOM } from '../windows.js';
import { STEP, windowed, type Panes, type Setting } from './windowed.js';

/** By what the words begin with. */
const PIPELINES: readonly (readonly [words: string, make: (setting: Setting) => End<never>])[] = [
  ['no aggregation: a row is released in time order', sorted],
  ['per user session count (gap 3600 s, exclusive), then the single largest session per calendar month (UTC) of the session start', longestOfMonth],
  ['per sliding window: auction(s) with the highest bid count, with the count (ties all reported)', hottest],
  ['validity window: [ts, ts of next event of the key in event time)', valid],
];

export function byWords(setting: Setting): End<never> | undefined {
  const { pipeline, query, window } = setting.one.params;
  const words = textOf(pipeline) ?? textOf(query) ?? (setting.cut.kind === CUSTOM ? textOf(recordOf(window)?.['rule']) : undefined);
  if (words === undefined) return undefined;
  const found = PIPELINES.find(([begin]) => words.startsWith(begin));
  if (found !== undefined) return found[1](setting);
  if (words.startsWith('fill ')) throw new NotOffered('gaps', words);
  // A value for each row from a frame of rows around it: given when a later row of its key closes the frame.
  if (/^per row: |\b(lag|lead|preceding|following)\b/.test(words)) throw new NotOffered('rows', words);
  throw new NotOffered('words', words);
}

function sorted({ kit, inputs, units }: Setting): End<never> {
  return end<Input>(kit.collect(inputs.all().sort({ name: 'sorted' }), { name: 'rows' }), ({ value, ts }) => ({ row: [units.out(ts), value] }));
}

function longestOfMonth(setting: Setting): End<never> {
  const { kit, units, cut } = setting;
  const sessions = windowed(setting).aggregate(aggregateOf('count').aggregate, { name: STEP, stamp: 'earliest' }) as Stream<Panes>;
  const months = sessions.window(calendar('month', { timeZone: 'UTC' })).top(1, ({ value }) => Number(value), { name: 'months' });
  return end<WindowResult<undefined, readonly Panes[]>>(kit.collect(months, { name: 'longest' }), ({ window: month, value: [most] }) => ({ ...(most === undefined ? {} : { key: most.key, value: most.value, window: cut.ends(most.window) }), month: units.out(month.start) }));
}

/** Nexmark's query 5. */
function hottest(setting: Setting): End<never> {
  const { kit, units, one } = setting;
  const slide = units.in(numberOf(recordOf(one.params['window'])?.['slide']) ?? Number.NaN);
  const counts = windowed(setting).aggregate(aggregateOf('count').aggregate, { name: STEP }) as Stream<Panes>;
  const most = counts.window(tumbling(slide)).aggregate(allLargest<Panes>(), { name: 'most' });
  return end<Panes>(kit.collect(most.flatMap(({ value }) => value), { name: 'hottest' }), ({ key, value }) => ({ value: { auction: key, count: value } }));
}

/** Windows that the case gives as a rule, kept by a process function. */
function valid({ kit, inputs, units }: Setting): End<never> {
  const rows = inputs.all().keyBy(({ key }) => String(key)).process(validity());
  return end<Validity>(kit.collect(rows, { name: 'rows' }), ({ key, value, start, end: stop }) => ({ key, value, window: { start: units.out(start), end: stop === undefined ? null : units.out(stop) } }));
}
