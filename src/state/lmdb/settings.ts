/** The options of `lmdb()`, checked. */
import { milliseconds, type Duration } from '../../core/duration.js';
import { ConfigurationError, type Problem } from '../../core/errors.js';
import type { CacheBounds } from './cache.js';

/** How a store on the disk is kept. */
export interface LmdbOptions {
  /** How much of the state stays decoded in memory beside what waits for a checkpoint: `entries` (default 100,000) and `bytes`, as they are encoded (default 64 MB), whichever is reached first. */
  readonly cache?: { readonly entries?: number | undefined; readonly bytes?: number | undefined } | undefined;
  /** After so long without a sign of life, whoever holds the store may be taken for dead; default `'10s'`. A holder on this machine whose process is gone is dead at once. */
  readonly lease?: Duration | undefined;
}

export interface Settings {
  readonly cache: CacheBounds;
  /** In milliseconds. */
  readonly lease: number;
}

const STANDARD: Settings = { cache: { entries: 100_000, bytes: 64 * 2 ** 20 }, lease: 10_000 };

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } => typeof value === 'object' && value !== null;
const isSize = (value: unknown): boolean => typeof value === 'number' && value >= 0;

/** The options with their defaults. Throws a {@link ConfigurationError} with all that is wrong with them. */
export function settingsOf(folder: unknown, options: unknown): Settings {
  const problems: Problem[] = [];
  const refuse = (option: string, what: string, fix: string): void => void problems.push({ code: 'lmdb-options', where: option === '' ? 'lmdb()' : `lmdb(): ${option}`, what, fix });
  const known = (given: { readonly [name: string]: unknown }, names: readonly string[], above: string): void => {
    for (const name of Object.keys(given)) if (!names.includes(name)) refuse(`${above}${name}`, 'There is no such option.', `There are ${names.join(', ')}.`);
  };
  if (typeof folder !== 'string' || folder === '') refuse('', 'No folder is named.', "Give the path of one, such as './state'; it is made if it does not exist.");
  const given = options ?? {};
  if (!isRecord(given)) refuse('', 'The options are no object.', 'Give an object of options, or leave it out.');
  const { cache = {}, lease = STANDARD.lease } = isRecord(given) ? given : {};
  if (isRecord(given)) known(given, ['cache', 'lease'], '');
  if (!isRecord(cache)) refuse('cache', 'It is no object.', 'Give { entries, bytes }, or leave it out.');
  else {
    known(cache, ['entries', 'bytes'], 'cache.');
    for (const name of ['entries', 'bytes']) if (cache[name] !== undefined && !isSize(cache[name])) refuse(`cache.${name}`, 'It is not a number from 0 on.', 'Give one, or leave it out.');
  }
  const ms = milliseconds(lease) ?? 0;
  if (ms < 100) refuse('lease', 'It is not a duration of 100 ms or more.', "Give one such as '10s', or leave it out.");
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { cache: { ...STANDARD.cache, ...defined(cache) }, lease: ms };
}

const defined = (given: unknown): Partial<CacheBounds> => Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
