/**
 * The options of connectors, which come from configuration files: checked by strict zod schemas, so that a misspelt option is an error and not a default. All that is wrong with one call
 * is thrown at once, each in three parts: where, what, and what to do. (Why zod here and not in the main door: docs/decisions/0006.)
 */
import { z } from 'zod';
import { milliseconds, type Duration } from '../core/duration.js';
import { ConfigurationError, type Problem } from '../core/errors.js';

/** Collects what is wrong with one call. */
export interface Checker {
  /** `option` is empty where it is no option that is wrong. */
  refuse(option: string, what: string, fix: string): void;
  /** The options with their defaults; the defaults alone where something is wrong with them, to go on looking with. */
  settings<Schema extends z.ZodObject>(schema: Schema, given: unknown): z.output<Schema>;
  /** Throws a ConfigurationError if there was anything. */
  done(): void;
}

/** `where` is the function the user called, `code` that of its problems. */
export function checker(where: string, code: string): Checker {
  const problems: Problem[] = [];
  const refuse = (option: string, what: string, fix: string): void => void problems.push({ code, where: option === '' ? where : `${where}: ${option}`, what, fix });
  return {
    refuse,
    settings(schema, given) {
      const found = schema.safeParse(given ?? {}, { reportInput: true });
      if (found.success) return found.data;
      for (const issue of found.error.issues) {
        const option = issue.path.map(String).join('.');
        switch (issue.code) {
          case 'unrecognized_keys':
            for (const key of issue.keys) refuse([...issue.path.map(String), key].join('.'), 'There is no such option.', `There are ${namesAt(schema, issue.path).join(', ')}.`);
            break;
          case 'invalid_value':
            refuse(option, `${shown(issue.input)} is none of the choices.`, `Give one of ${issue.values.map(shown).join(', ')}.`);
            break;
          case 'invalid_type':
            refuse(option, `${shown(issue.input)} is not ${WORDS[issue.expected] ?? issue.expected}.`, `Give ${WORDS[issue.expected] ?? issue.expected}, or leave it out.`);
            break;
          default:
            refuse(option, issue.message, issue.code === 'custom' ? String(issue.params?.['fix'] ?? '') : '');
        }
      }
      return schema.parse({});
    },
    done() {
      if (problems.length > 0) throw new ConfigurationError(problems);
    },
  };
}

const WORDS: { readonly [type: string]: string } = { string: 'a text', boolean: '`true` or `false`', array: 'a list', object: 'an object of options' };

const shown = (value: unknown): string => {
  const text = typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol' ? undefined : JSON.stringify(value);
  return text === undefined ? typeof value : text.length > 100 ? `${text.slice(0, 100)}…` : text;
};

/** The options there are in the object at `path`. */
function namesAt(schema: z.ZodObject, path: readonly PropertyKey[]): readonly string[] {
  const [first, ...rest] = path;
  if (first === undefined) return Object.keys(schema.shape);
  let inner: unknown = schema.shape[String(first)];
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional || inner instanceof z.ZodPrefault) inner = inner.unwrap();
  return inner instanceof z.ZodObject ? namesAt(inner, rest) : [];
}

/** Something only code can say; `what` and `fix` are the message. */
const custom = <T>(holds: (value: unknown) => boolean, what: (value: unknown) => string, fix: string): z.ZodType<T> => z.custom<T>(holds, { error: ({ input }) => what(input), params: { fix } });

/** A positive whole number, `Infinity` for none; `standard` unless given. */
export const count = (standard: number, endless = true) =>
  custom<number>(value => (Number.isSafeInteger(value) && Number(value) > 0) || (endless && value === Number.POSITIVE_INFINITY), value => `${String(value)} is not a positive whole number.`, `Give one, or leave it out for ${standard}.`).default(standard);

/** A span of time that is not negative, in milliseconds; none unless given. */
export const duration = custom<Duration>(value => (milliseconds(value) ?? -1) >= 0, value => `${shown(value)} is no duration.`, "Give milliseconds, or a text such as '7d', or leave it out.").transform(value => milliseconds(value) ?? 0).optional();

/** Names of columns, each once. */
export const columns = custom<readonly string[]>(
  value => Array.isArray(value) && value.length > 0 && value.every(name => typeof name === 'string') && new Set(value).size === value.length,
  () => 'They are none, or one of them is named twice or is no text.',
  'Name each once, or leave the option out.',
).optional();

/** One character that no part of another character's bytes looks like. */
export const character = (standard: string, others: string) =>
  custom<string>(value => typeof value === 'string' && /^[\t\x20-\x7e]$/.test(value), value => `${shown(value)} is not one ASCII character, or is a line break.`, `Give one such as ${others}.`).default(standard);

/** The name of the source or sink. */
export const name = (standard: string) => z.string().default(standard);
