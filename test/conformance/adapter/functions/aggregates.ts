/** The aggregates that cases hold, which they give in words. They see values and what the library hands them, and know nothing of windows. */
import { collect, compose, count, countDistinct, first, fold, last, max, mean, min, sum, top, type Aggregate } from 'millrace';
import { NotOffered } from '../../outcome.js';
import { Unordered } from '../../unordered.js';
import type { Input } from '../play.js';

type Made = Aggregate<Input, unknown, unknown>;
/** What a case writes of a result: the value it came to, and where. */
export interface About {
  readonly key: unknown;
  readonly window: { readonly start: number | null; readonly end: number | null };
}
type Written = (value: unknown, about: About) => unknown;

export interface InWords {
  readonly aggregate: Made;
  /** The value as it is written; absent: as it is. */
  readonly value?: Written;
  /** The result is a row of a list. */
  readonly row?: Written;
}

const numberIn = ({ value }: Input): number => Number(value);
const valueOf = ({ value }: Input): unknown => value;
const made = <A, R>(aggregate: Aggregate<Input, A, R>): Made => aggregate as unknown as Made; // the accumulator is nobody's business
const mapped = <R>(aggregate: Aggregate<Input, unknown, R>, result: (value: R) => unknown): Made => ({ ...aggregate, result: acc => result(aggregate.result(acc)) });
const all = (): Aggregate<Input, unknown, readonly Input[]> => collect<Input>() as Aggregate<Input, unknown, readonly Input[]>; // the same

/** In order of time, or, where no order is promised, as a set. */
const inOrder = (): Made => mapped(all(), inputs => inputs.toSorted((a, b) => a.ts - b.ts).map(valueOf));
const asSet = (): InWords => ({ aggregate: mapped(all(), inputs => inputs.map(valueOf)), value: values => new Unordered(values as readonly unknown[]) });
/** Values joined by a plus sign, behind a start if there is one. */
const text = (start: string | undefined): Made =>
  made(
    fold<Input, string[], string>({
      name: 'text',
      zero: () => [],
      add(parts, { value }) {
        parts.push(String(value));
        return parts;
      },
      merge(a, b) {
        a.push(...b);
        return a;
      },
      result: parts => [...(start === undefined ? [] : [start]), ...parts].join('+'),
    }),
  );
/** As Kafka's sessions call it: each record, and each session it joins, is taken into a text that begins anew. */
const textAnew = (start: string): Made =>
  made(
    fold<Input, { text: string }, string>({
      name: 'text-anew',
      zero: () => ({ text: '' }),
      add(so, { value }) {
        so.text = [start, ...(so.text === '' ? [] : [so.text]), String(value)].join('+');
        return so;
      },
      merge(a, b) {
        a.text = [a.text, b.text].filter(part => part !== '').join('+');
        return a;
      },
      result: so => so.text,
    }),
  );

const counts = (inputs: readonly Input[]): Readonly<Record<string, number>> => {
  const of: Record<string, number> = {};
  for (const { value } of inputs) of[String(value)] = (of[String(value)] ?? 0) + 1;
  return of;
};

/** What may stand in a row: of the window, or of its records. */
const OF_WINDOW: Readonly<Record<string, (about: About) => unknown>> = {
  key: ({ key }) => key,
  start: ({ window }) => window.start,
  'window start': ({ window }) => window.start,
  end: ({ window }) => window.end,
  'window end': ({ window }) => window.end,
};
const OF_RECORDS: Readonly<Record<string, () => Made>> = {
  count: () => made(count()),
  sum: () => made(sum(numberIn)),
  'sum of values': () => made(sum(numberIn)),
  max: () => made(max(numberIn)),
  'max t': () => made(max(numberIn)),
  'max v': () => made(max(numberIn)),
  min: () => made(min(numberIn)),
  'min t': () => made(min(numberIn)),
  'min v': () => made(min(numberIn)),
  mean: () => made(mean(numberIn)),
};

/** `[window start, window end, count]`, `rows are [start, end, count, sum of values]`. */
function rowOf(said: string): InWords | undefined {
  const [, rows, names = ''] = /^(?:\w+; )?(rows are )?\[([^\]]+)\]/.exec(said) ?? [];
  const parts = names.split(', ');
  if (parts.some(name => OF_WINDOW[name] === undefined && OF_RECORDS[name] === undefined)) return undefined;
  const aggregates = Object.fromEntries(parts.flatMap(name => (OF_RECORDS[name] === undefined ? [] : [[name, OF_RECORDS[name]()]])));
  const write: Written = (value, about) => parts.map(name => OF_WINDOW[name]?.(about) ?? (value as Readonly<Record<string, unknown>>)[name]);
  return { aggregate: made(compose(aggregates)), ...(rows === undefined ? { value: write } : { row: write }) };
}

/** By what the words begin with. */
const AGGREGATES: readonly (readonly [words: RegExp, make: () => InWords])[] = [
  [/^count with subtractor/, () => refuse('table', 'a table grouped again')],
  [/^count,sum/, () => refuse('engine', 'a list that is filled only when the window expires')],
  [/^count per type/, () => ({ aggregate: mapped(all(), counts) })],
  [/^(count distinct|distinct count)/, () => ({ aggregate: made(countDistinct(({ value }: Input) => String(value))) })],
  [/^(first|earliest)/, () => ({ aggregate: made(first(valueOf)) })],
  [/^(last|latest)/, () => ({ aggregate: made(last(valueOf)) })],
  [/^count/, () => ({ aggregate: made(count()) })],
  [/^sum/, () => ({ aggregate: made(sum(numberIn)) })],
  [/^(mean|average)/, () => ({ aggregate: made(mean(numberIn)) })],
  [/^max/, () => ({ aggregate: made(max(numberIn)) })],
  [/^min/, () => ({ aggregate: made(min(numberIn)) })],
  [/^set of record indexes/, asSet],
  [/^set of/, asSet],
  [/^list in EVENT-TIME order/i, () => ({ aggregate: inOrder() })],
  [/^collect \(values ordered by timestamp\)/, () => ({ aggregate: inOrder() })],
  [/^(list|collect)/, asSet],
  [/^init "(.*?)"; add v: agg\+"\+"\+v; merge sessions: l\+"\+"\+r/, () => ({ aggregate: textAnew('0') })],
  [/^concat with "\+" \(reduce/, () => ({ aggregate: text(undefined) })],
];

export function aggregateOf(words: unknown): InWords {
  const said = typeof words === 'string' ? words.trim() : 'list';
  const best = /^top (\d+) values/.exec(said);
  if (best !== null) return { aggregate: mapped(top<Input>(Number(best[1]), numberIn) as Aggregate<Input, unknown, readonly Input[]>, inputs => inputs.map(valueOf)) };
  const concat = /^concat(?:: | with "\+", )init "(.*?)"/.exec(said);
  if (concat !== null) return { aggregate: text(concat[1] ?? '') };
  const row = rowOf(said);
  if (row !== undefined) return row;
  const found = AGGREGATES.find(([begin]) => begin.test(said));
  if (found === undefined) throw new NotOffered('words', `aggregate "${said}"`);
  return found[1]();
}

function refuse(...why: ConstructorParameters<typeof NotOffered>): never {
  throw new NotOffered(...why);
}

/** Those with the largest count, all if several have it. */
export const allLargest = <T extends { readonly value: unknown }>(): Aggregate<T, unknown, readonly T[]> => {
  const every = collect<T>() as Aggregate<T, unknown, readonly T[]>; // the accumulator is nobody's business
  return {
    ...every,
    result(acc) {
      const values = every.result(acc);
      const most = Math.max(...values.map(({ value }) => Number(value)));
      return values.filter(({ value }) => Number(value) === most);
    },
  };
};

/** `close the window when sum >= 100 after an update`: which results close it. */
export function closingIn(words: string): ((result: unknown) => boolean) | undefined {
  const found = /^close the window when \w+ (>=|>|<=|<|=) (-?\d+) after an update/.exec(words);
  if (found === null) return undefined;
  const [, sign = '', number = ''] = found;
  const bound = Number(number);
  const holds: Readonly<Record<string, (n: number) => boolean>> = { '>=': n => n >= bound, '>': n => n > bound, '<=': n => n <= bound, '<': n => n < bound, '=': n => n === bound };
  const test = holds[sign];
  return test === undefined ? undefined : result => test(Number(result));
}
