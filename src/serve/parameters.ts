/**
 * What can be asked, as text in a URL. Every parameter is a text that becomes one number, time, word or key; there are no operators, objects or lists in it, so nothing that a database would call an injection has a form here.
 *
 * `key=/docs` is the text "/docs", always. `keyJson=` is any key in JSON: `7`, `true`, `"7"`, `["de",7]`, `{"$bigint":"7"}`.
 */
import { z } from 'zod';
import { canonicalKey } from '../core/key.js';
import { fromTagged } from '../core/tagged.js';
import type { Json, Key, Time } from '../core/values.js';
import { Refusal } from './exchange.js';

/** The largest time a Date can have. */
const FURTHEST = 8.64e15;
const TIME = /^(?:-?\d{1,16}(?:\.\d{1,6})?|-?Infinity|\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?)$/;

/** A time: epoch milliseconds, `-Infinity`, `Infinity`, or ISO 8601 with its zone (a day alone is one of UTC). */
const time = (description: string) =>
  z
    .string()
    .regex(TIME, 'Give epoch milliseconds, Infinity, -Infinity, or a time such as 2026-01-31T12:00:00Z.')
    .transform((text, context): Time => {
      const value = text.includes('Inf') || !text.includes('-', 1) ? Number(text) : Date.parse(text);
      if (Number.isNaN(value) || (Number.isFinite(value) && Math.abs(value) > FURTHEST)) {
        context.addIssue('There is no such time.');
        return z.NEVER;
      }
      return value;
    })
    .meta({ description });

const whole = (description: string) => z.string().regex(/^[1-9]\d{0,14}$/, 'Give a whole number above 0.').transform(Number).meta({ description });

/** Keys are made of these and of lists of these; everything else is refused here. */
const keyForm: z.ZodType<Json> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.strictObject({ $bigint: z.string().regex(/^-?\d{1,300}$/) }),
    z.strictObject({ $number: z.enum(['Infinity', '-Infinity', '-0']) }),
    z.array(keyForm).max(64),
  ]),
);
const KEY = 1_024;
const DEEP = 16;

const keyText = (description: string) => z.string().max(KEY).transform((text): Key => text).meta({ description });
const keyJson = (description: string) =>
  z
    .string()
    .max(KEY)
    .transform((text, context): Key => {
      try {
        if ((text.match(/\[/g)?.length ?? 0) <= DEEP) return canonicalKey(fromTagged(keyForm.parse(JSON.parse(text))));
      } catch {
        // told below, whatever it was
      }
      context.addIssue('Give a key as JSON: a text in quotes, a number, true or false, {"$bigint":"7"}, or a list of those.');
      return z.NEVER;
    })
    .meta({ description });

const range = {
  from: time('Events from this time on: epoch milliseconds, -Infinity, or ISO 8601 with a zone. Default -Infinity.').default(Number.NEGATIVE_INFINITY),
  to: time('Events before this time. Default Infinity.').default(Number.POSITIVE_INFINITY),
  partial: z.enum(['refuse', 'outward', 'inward']).optional().meta({ description: 'What becomes of a range that does not begin and end where granules do. Default refuse.' }),
  asOf: whole('Only what this version of the batch view knows.').optional(),
  complete: z.literal('require').optional().meta({ description: 'Answer 409 if events are missing or still expected.' }),
};

/** What each route of a view takes. Keys stand beside it: see {@link KEYS}. */
export const PARAMETERS = {
  status: z.strictObject({}),
  query: z.strictObject({ ...range }),
  queryMany: z.strictObject({ ...range }),
  series: z.strictObject({ ...range }),
  entries: z.strictObject({
    ...range,
    limit: whole('At most so many keys.').optional(),
    keyFrom: keyText('Keys from this one on, a text.').optional(),
    keyFromJson: keyJson('Keys from this one on, as JSON.').optional(),
    keyTo: keyText('Keys before this one, a text.').optional(),
    keyToJson: keyJson('Keys before this one, as JSON.').optional(),
    after: keyText('Keys behind this one, a text.').optional(),
    afterJson: keyJson('Keys behind this one, as JSON.').optional(),
  }),
  top: z.strictObject({ ...range, n: whole('How many keys.') }),
  changes: z.strictObject({}),
} as const;

export type ViewRoute = keyof typeof PARAMETERS;

/** How many keys a route takes. */
export const KEYS: { readonly [R in ViewRoute]: 'none' | 'one' | 'many' | 'any' } = { status: 'none', query: 'one', queryMany: 'many', series: 'one', entries: 'none', top: 'none', changes: 'any' };

/** One key, as text or as JSON. */
export const KEY_FORMS = { key: keyText('A key that is a text.'), keyJson: keyJson('Any key, as JSON.') };

const wrong = (message: string): Refusal => new Refusal(400, 'parameters', message);

/** The parameters of a route, and its keys in their order. Throws a Refusal that names what is wrong, and repeats nothing of it. */
export function parametersOf<R extends ViewRoute>(route: R, query: string, mostKeys: number): { readonly values: z.output<(typeof PARAMETERS)[R]>; readonly keys: readonly Key[] } {
  const schema = PARAMETERS[route];
  const given: { [name: string]: string } = {};
  const keys: Key[] = [];
  for (const [name, text] of new URLSearchParams(query)) {
    if ((name === 'key' || name === 'keyJson') && KEYS[route] !== 'none') {
      const key = KEY_FORMS[name].safeParse(text);
      if (!key.success) throw wrong(`${name}: ${key.error.issues[0]?.message ?? 'no key'}`);
      keys.push(key.data);
    } else if (!Object.hasOwn(schema.shape, name)) throw wrong(`There is no such parameter. ${namesOf(route)}`);
    else if (Object.hasOwn(given, name)) throw wrong(`${name} is there twice.`);
    else given[name] = text;
  }
  if (KEYS[route] === 'one' && keys.length !== 1) throw wrong(`There must be one key: \`key=\` for a text, \`keyJson=\` for any other; there are ${keys.length}.`);
  if (KEYS[route] === 'many' && keys.length === 0) throw wrong('There must be a key: `key=` for a text, `keyJson=` for any other.');
  if (keys.length > mostKeys) throw new Refusal(400, 'limit', `At most ${mostKeys} keys may be asked for at once.`);
  const found = schema.safeParse(given);
  if (!found.success) throw wrong(found.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`).join(' '));
  return { values: found.data as z.output<(typeof PARAMETERS)[R]>, keys }; // of that schema
}

const namesOf = (route: ViewRoute): string => {
  const names = [...(KEYS[route] === 'none' ? [] : Object.keys(KEY_FORMS)), ...Object.keys(PARAMETERS[route].shape)];
  return names.length === 0 ? 'This takes none.' : `There are ${names.join(', ')}.`;
};
