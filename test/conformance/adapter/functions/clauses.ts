/**
 * Bodies of process functions, which cases give in words: `emit value; register event timer at currentWatermark+5; on timer emit 1777`, for each input by its name or for both. Clauses that are not
 * of these forms are refused.
 */
import { NotOffered } from '../../outcome.js';
import type { Units } from '../time.js';

/** What a clause may use. */
export interface Moment {
  readonly key: unknown;
  readonly value: unknown;
  /** Event time of the record or timer. */
  readonly time: number;
  readonly watermark: number;
  readonly now: number;
}
export interface Deeds {
  emit(value: unknown): void;
  timer(domain: 'event' | 'processing', at: number): void;
}
type Clause = (moment: Moment, deeds: Deeds) => void;

export interface InWords {
  /** By the name of the input; `''`: all. */
  readonly onData: ReadonlyMap<string, readonly Clause[]>;
  readonly onTimer: readonly Clause[];
}

const PLACEHOLDERS: Readonly<Record<string, (moment: Moment, units: Units) => unknown>> = {
  value: ({ value }) => value,
  key: ({ key }) => key,
  'current watermark': ({ watermark }, units) => units.watermarkOut(watermark),
  'element timestamp': ({ time }, units) => units.out(time),
  timestamp: ({ time }, units) => units.out(time),
  'current processing time': ({ now }, units) => units.out(now),
  'processing time': ({ now }, units) => units.out(now),
};

/** `"<value>WM:<current watermark>"`, `INPUT1:v`, `1777`, `"1777"`, `value`. */
function emission(words: string, units: Units): Clause {
  const quoted = /^"(.*)"$/.exec(words)?.[1];
  if (words === 'value' || words === 'v') return ({ value }, { emit }) => emit(value);
  if (quoted === undefined && /^-?\d+$/.test(words)) return (_, { emit }) => emit(Number(words));
  const template = (quoted ?? words).replace(/:v$/, ':<value>');
  const parts = template.split(/<([^>]*)>/);
  for (const [index, part] of parts.entries()) if (index % 2 === 1 && PLACEHOLDERS[part] === undefined) throw new NotOffered('words', `emit ${words}`);
  return (moment, { emit }) => emit(parts.map((part, index) => (index % 2 === 1 ? String(PLACEHOLDERS[part]?.(moment, units)) : part)).join(''));
}

/** `register event timer at currentWatermark+5`, `register processing timer 6`. */
function clauseOf(words: string, units: Units): Clause {
  const emit = /^emit (.+)$/.exec(words)?.[1];
  if (emit !== undefined) return emission(emit, units);
  const [, domain, base, number] = /^register (event|processing)(?:-time)? timer (?:at )?(?:(currentWatermark|current watermark|now|ts|timestamp|element timestamp) ?\+ ?)?(\d+)$/.exec(words) ?? [];
  if ((domain !== 'event' && domain !== 'processing') || number === undefined) throw new NotOffered('words', `function: "${words}"`);
  const amount = Number(number);
  return ({ watermark, now, time }, { timer }) => {
    if (base === undefined) return timer(domain, domain === 'event' ? units.watermark(amount) : units.in(amount));
    if (base === 'now') return timer(domain, now + units.in(amount));
    // A watermark of the library is already the moment a timer of the case would wait for.
    if (base.startsWith('current')) return timer(domain, watermark + units.in(amount));
    return timer(domain, domain === 'event' ? units.watermark(units.out(time) + amount) : time + units.in(amount));
  };
}

export function bodyOf(words: string, units: Units): InWords {
  const onData = new Map<string, Clause[]>();
  const onTimer: Clause[] = [];
  let input = '';
  // A full stop ends what is said of one input; a comma or semicolon one of its clauses.
  for (const clause of words.split(/[;,.]\s*/).map(part => part.trim()).filter(part => part !== '')) {
    const timer = /^on timer:? (.+)$/.exec(clause)?.[1];
    if (timer !== undefined) {
      onTimer.push(clauseOf(timer, units));
      continue;
    }
    const [, name, rest] = /^(\w+|both inputs): (.+)$/.exec(clause) ?? [];
    if (name !== undefined) input = name === 'both inputs' ? '' : name;
    const of = onData.get(input) ?? [];
    of.push(clauseOf(rest ?? clause, units));
    onData.set(input, of);
  }
  return { onData, onTimer };
}

/** `register processing timer for the same key and name at ts+10`: how long after one timer the next is. */
export function againIn(words: string): { readonly domain: 'event' | 'processing'; readonly later: number } {
  const [, domain, later] = /^register (event|processing) timer for the same key and name at ts\+(\d+)$/.exec(words) ?? [];
  if ((domain !== 'event' && domain !== 'processing') || later === undefined) throw new NotOffered('words', `onTimer: "${words}"`);
  return { domain, later: Number(later) };
}

export const later = (time: number, by: number): number => time + by;
