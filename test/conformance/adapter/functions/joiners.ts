/** How a case writes the two sides of a pair, a missing side being `undefined`. */
import { recordOf, textOf, wordsOf } from '../fields.js';
import type { Params } from '../../case.js';

export type Joiner = (left: unknown, right: unknown) => unknown;

const shown = (value: unknown): string => (value === undefined ? 'null' : wordsOf(value));
const both: Joiner = (left, right) => ({ ...recordOf(left), ...recordOf(right) });
const pair: Joiner = (left, right) => [left ?? null, right ?? null];

/** `left + "-" + right`, the fields of both, or names for each; without words objects are put together and others are a pair. */
export function joinerOf({ joiner, merge, join }: Params): Joiner {
  const sign = /^\w+ \+ "(.*?)" \+ \w+/.exec(textOf(joiner) ?? '')?.[1];
  if (sign !== undefined) return (left, right) => `${shown(left)}${sign}${shown(right)}`;
  if (textOf(merge) === 'fields of both objects') return both;
  const words = textOf(join) ?? '';
  if (words.startsWith('as-of')) return (left, right) => ({ left, right });
  if (words.startsWith('stream-table (as of now)')) return (query, answer) => ({ query, answer });
  return (left, right) => (recordOf(left) === undefined && recordOf(right) === undefined ? pair(left, right) : both(left, right));
}

/** The time of an event, where a case has it in a field: `taken from field TS (s1) / RTS (other side, where present)`. */
export function timeIn(words: string): ((value: unknown) => number | undefined) | undefined {
  const names = [...words.matchAll(/\b([A-Z_]+)\b/g)].map(([name]) => name);
  if (!words.startsWith('taken from field') || names.length === 0) return undefined;
  return value => {
    const fields = recordOf(value);
    const time = names.map(name => fields?.[name]).find(found => typeof found === 'number');
    return typeof time === 'number' ? time : undefined;
  };
}
