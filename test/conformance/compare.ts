/** Compares what came out with what was expected, in the way the case says. Knows nothing of streams. */
import { isDeepStrictEqual } from 'node:util';
import type { Case, Expected } from './case.js';
import { asserted } from './asserted.js';
import { content, contentLooks } from './content.js';
import { Unordered } from './unordered.js';

/** Something that came out, with the number of the step that brought it. */
export interface Result {
  readonly after: number;
  readonly [field: string]: unknown;
}

/** Fields of an expectation that are not fields of a result: where it stands, what it is about, and what the library does not show (timers that wait, whether a trigger will fire again). */
const ABOUT = new Set(['after', 'none', 'afterDerived', 'position', 'derived', 'pending', 'nextWakeups', 'domain', 'finished']);
/** Facts about a pane that the library does not tell. */
const UNTOLD = new Set(['isLast', 'nonSpeculativeIndex', 'final']);

export const shown = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => (part === undefined ? null : part));

export function matches(expected: Expected, result: Result): boolean {
  // What takes something back is not what gives it.
  if (result['retract'] === true && expected['retract'] !== true) return false;
  return Object.entries(expected).every(([field, value]) => ABOUT.has(field) || sameField(field, value, result[field]));
}

/** Objects: only the fields that are given; everything else: equal, absent being null. */
function sameField(field: string, expected: unknown, found: unknown): boolean {
  // In which words something is refused is everybody's own.
  if (field === 'error') return typeof found === 'string';
  // Changes of a table say what they replace, not how many went before.
  if (field === 'pane' && found === undefined) return true;
  if (isObject(expected) && isObject(found)) return Object.entries(expected).every(([name, value]) => (field === 'pane' && UNTOLD.has(name)) || sameField(name, value, found[name]));
  if (Array.isArray(expected) && found instanceof Unordered) return sameSet(expected, found.values);
  if (Array.isArray(expected) && Array.isArray(found)) return expected.length === found.length && expected.every((value, index) => sameField('', value, found[index]));
  return isDeepStrictEqual(expected ?? null, found ?? null);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unordered);

/** As multisets. */
const sameSet = (expected: readonly unknown[], found: readonly unknown[]): boolean => isDeepStrictEqual(expected.map(shown).toSorted(), found.map(shown).toSorted());

/** `undefined` if the two can be paired off; else what is left over. */
function unpaired(expected: readonly Expected[], results: readonly Result[], inOrder: boolean): string | undefined {
  const left = [...results];
  const missing: Expected[] = [];
  // Those with most fields first: they fit fewest results.
  for (const one of inOrder ? expected : expected.toSorted((a, b) => Object.keys(b).length - Object.keys(a).length)) {
    const at = inOrder ? (left[0] !== undefined && matches(one, left[0]) ? 0 : -1) : left.findIndex(result => matches(one, result));
    if (at < 0) missing.push(one);
    else left.splice(at, 1);
  }
  if (missing.length === 0 && left.length === 0) return undefined;
  return `missing ${shown(missing)}, not expected ${shown(left)}`;
}

const real = (expected: readonly Expected[]): readonly Expected[] => expected.filter(one => one['none'] !== true && Object.keys(one).some(field => !ABOUT.has(field)));

/** The same results, each row's (key and window) in the order expected, but one row's before another's where the case has it the other way round. */
export function onlyRowsDiffer(one: Case, results: readonly Result[]): boolean {
  if (one.order !== 'block' && one.order !== 'exact') return false;
  const placeOf = ({ key, window, stream }: Expected): string => shown([stream, key, window]);
  const places = [...new Set([...one.expected, ...results].map(placeOf))];
  return places.every(place => difference({ ...one, expected: one.expected.filter(of => of['none'] === true || placeOf(of) === place) }, results.filter(of => placeOf(of) === place)) === undefined);
}

/** What differs, or `undefined`. */
export function difference(one: Case, results: readonly Result[]): string | undefined {
  const { expected: all, order } = one;
  // `compare raw as a set`
  const asSet = /compare (\w+) as a set/.exec(one.notes ?? '')?.[1];
  if (asSet !== undefined) {
    const part = (is: boolean, how: string): string | undefined => differenceOf({ ...one, order: how, expected: all.filter(({ stream }) => (stream === asSet) === is) }, results.filter(({ stream }) => (stream === asSet) === is));
    return part(true, 'blockUnordered') ?? part(false, order);
  }
  return differenceOf(one, results);
}

function differenceOf({ expected: all, input, order }: Case, found: readonly Result[]): string | undefined {
  const about = all.filter(one => one['assert'] !== undefined);
  if (about.length > 0) return about.map(one => asserted(one, found)).find(what => what !== undefined);
  const looks = contentLooks(all);
  const wrong = looks.map(one => content(one, found)).find(what => what !== undefined);
  const expected = real(all.filter(one => !looks.includes(one))).flatMap(oneByOne);
  // Some cases look at nothing else.
  if (wrong !== undefined || (looks.length > 0 && expected.length === 0)) return wrong;
  const counts = expected.length > 0 && expected.every(isCount);
  return inOrderOf(order, input, all, expected, counts ? found.filter(isCount) : found);
}

/** Counters of what was dropped. */
const isCount = (one: Expected | Result): boolean => one['droppedPerWindow'] !== undefined || (one['droppedRecords'] !== undefined && Object.keys(one).every(field => ABOUT.has(field) || field === 'droppedRecords'));

function inOrderOf(order: string, input: Case['input'], all: readonly Expected[], expected: readonly Expected[], results: readonly Result[]): string | undefined {
  switch (order) {
    case 'any':
      return unpaired(expected, results, false);
    case 'exact':
      return perStream(expected, results);
    case 'perStep':
      return bySteps(input.map((_, step) => step), expected, results, false);
    case 'cumulative':
      return cumulative(expected, results);
    case 'perBatchSet':
      return bySteps(input.flatMap(({ op }, step) => (op === 'batch' ? [step] : [])), expected, results, false);
    case 'block':
      return bySteps(lookedAt(all), expected, results, true);
    case 'blockUnordered':
      return bySteps(lookedAt(all), expected, results, false);
    case 'state-only':
      return unpaired(expected, results.filter(result => result['state'] !== undefined), true) ?? places(expected, results.filter(result => result['state'] !== undefined));
    case 'perWindowSet':
      return versions(expected, results);
    default:
      return `the order "${order}" is not known`;
  }
}

/** Timers that fired together are listed as one. */
function oneByOne(expected: Expected): readonly Expected[] {
  const { firedSet, ...rest } = expected;
  return Array.isArray(firedSet) ? (firedSet as readonly object[]).map(one => ({ after: rest.after, ...one }) as Expected) : [expected];
}

const lookedAt = (expected: readonly Expected[]): readonly number[] => [...new Set(expected.flatMap(({ after }) => (after === undefined ? [] : [after])))].toSorted((a, b) => a - b);

/** In order, and each after its step where that is said; where several outputs are watched, each by itself. */
function perStream(expected: readonly Expected[], results: readonly Result[]): string | undefined {
  const streams = [...new Set(expected.map(({ stream }) => stream))];
  const of = (stream: unknown): readonly Result[] => (streams.length < 2 ? results : results.filter(result => result['stream'] === stream));
  for (const stream of streams.length === 0 ? [undefined] : streams) {
    const here = expected.filter(one => one['stream'] === stream);
    const found = of(stream);
    const different = unpaired(here, found, true) ?? places(here, found);
    if (different !== undefined) return different;
  }
  return undefined;
}

/** Each after its step, where that is said. */
function places(expected: readonly Expected[], results: readonly Result[]): string | undefined {
  const at = expected.findIndex(({ after }, index) => after !== undefined && after !== results[index]?.after);
  return at < 0 ? undefined : `${shown(expected[at])} came after step ${results[at]?.after}`;
}

/** What came since the step looked at before is compared with what is filed under this one. */
function bySteps(steps: readonly number[], expected: readonly Expected[], results: readonly Result[], inOrder: boolean): string | undefined {
  if (expected.some(({ after }) => after === undefined)) return unpaired(expected, results, inOrder);
  let seen = -1;
  for (const step of steps) {
    const of = expected.filter(({ after }) => after === step);
    const found = results.filter(({ after }) => after > seen && after <= step);
    // Only looked at now and then.
    if (of.length === 0 && step !== steps.at(-1) && expected.some(rowsOf) && !steps.every(s => expected.some(({ after }) => after === s))) continue;
    const what = of.some(rowsOf) ? rows(of, found) : unpaired(of, found, inOrder);
    if (what !== undefined) return `step ${step}: ${what}`;
    seen = step;
  }
  return undefined;
}

/** Results that are rows of one list. */
const rowsOf = (one: Expected): readonly unknown[] | undefined => {
  const list = one['rows'] ?? one['value'];
  return Array.isArray(list) && list.every(Array.isArray) ? (list as readonly unknown[]) : undefined;
};

function rows(expected: readonly Expected[], results: readonly Result[]): string | undefined {
  if (!results.every(result => 'row' in result)) return unpaired(expected, results, false);
  const wanted = expected.flatMap(one => rowsOf(one) ?? []);
  const found = results.map(result => result['row']);
  return sameSet(wanted, found) ? undefined : `expected ${shown(wanted)}, found ${shown(found)}`;
}

/** What is visible after a step: all that came until then, or, as some list it, what is new. */
function cumulative(expected: readonly Expected[], results: readonly Result[]): string | undefined {
  const news = bySteps(lookedAt(expected), expected, results, false);
  if (news === undefined) return undefined;
  for (const step of lookedAt(expected)) {
    const of = expected.filter(({ after }) => after === step);
    const found = results.filter(({ after }) => after <= step);
    const what = of.some(rowsOf) ? rows(of, found) : unpaired(of, found, false);
    if (what !== undefined) return news;
  }
  return undefined;
}

/** Per key and window, the set of all values it ever had. */
function versions(expected: readonly Expected[], results: readonly Result[]): string | undefined {
  const places = new Map<string, Result[]>();
  for (const result of results) {
    const place = shown([result['key'], result['window']]);
    const there = places.get(place);
    if (there === undefined) places.set(place, [result]);
    else if (!there.some(other => shown([other['value'], other['ts']]) === shown([result['value'], result['ts']]))) there.push(result);
  }
  for (const one of expected) {
    const place = shown([one['key'], one['window']]);
    const wanted = (one['versions'] as readonly unknown[]).map(version => (isObject(version) ? (version as unknown as Expected) : { value: version }));
    const what = unpaired(wanted, places.get(place) ?? [], false);
    if (what !== undefined) return `${place}: ${what}`;
    places.delete(place);
  }
  return places.size === 0 ? undefined : `not expected: ${[...places.keys()].join(' ')}`;
}
