/** The questions a view can be asked. */
import { DataError } from '../core/errors.js';
import { canonicalKey, compareKeys } from '../core/key.js';
import type { Key } from '../core/values.js';
import type { EntriesOptions, Entry, QueryOptions, Reading } from './answer.js';
import { wholeRange } from './definition.js';
import { answerOf, combined, keysInOrder, keysOf, pointsOf, resultOf, type Pin } from './pin.js';

/** Reads what `pinFor` says, asked for each answer. */
export const readingOf = <K extends Key, R>(pinFor: (asked: QueryOptions | undefined) => Promise<Pin>): Reading<K, R> => ({
  async query(key, range, asked) {
    const mine = await pinFor(asked);
    const whole = wholeRange(mine.definition, range, asked?.partial);
    return answerOf(mine, whole, resultOf<R>(mine, combined(mine, canonicalKey(key), whole.from, whole.to)));
  },
  async queryMany(keys, range, asked) {
    const mine = await pinFor(asked);
    const whole = wholeRange(mine.definition, range, asked?.partial);
    return answerOf(mine, whole, keys.map(key => resultOf<R>(mine, combined(mine, canonicalKey(key), whole.from, whole.to))));
  },
  async series(key, range, asked) {
    const mine = await pinFor(asked);
    const whole = wholeRange(mine.definition, range, asked?.partial);
    return answerOf(mine, whole, pointsOf<R>(mine, canonicalKey(key), whole.from, whole.to));
  },
  async entries(range, asked: EntriesOptions<K> = {}) {
    const mine = await pinFor(asked);
    const whole = wholeRange(mine.definition, range, asked.partial);
    const { keys: { from, to } = {}, after, limit = Number.POSITIVE_INFINITY } = asked;
        const found: Entry<K, R>[] = [];
    for (const key of keysInOrder(mine, from, after)) {
      if (found.length >= limit || (to !== undefined && compareKeys(key, to) >= 0)) break;
      const acc = combined(mine, key, whole.from, whole.to);
      if (acc !== undefined) found.push({ key: key as K, value: resultOf<R>(mine, acc) }); // keys of the view are K
    }
    return answerOf(mine, whole, found);
  },
  async top(n, range, asked = {}) {
    const mine = await pinFor(asked);
    const whole = wholeRange(mine.definition, range, asked.partial);
    if (!Number.isSafeInteger(n) || n < 1) throw new DataError('top', `\`top\` was asked for ${String(n)} keys. Ask for a whole number above 0.`, n);
    const size = asked.by ?? sizeOf;
    const best: { readonly key: Key; readonly value: R; readonly size: number }[] = [];
    for (const key of keysOf(mine).values()) {
      const acc = combined(mine, key, whole.from, whole.to);
      if (acc === undefined) continue;
      const value = resultOf<R>(mine, acc);
      const own = size(value);
      const last = best.at(-1);
      if (best.length >= n && last !== undefined && (own < last.size || (own === last.size && compareKeys(key, last.key) > 0))) continue;
      let at = best.findIndex(one => own > one.size || (own === one.size && compareKeys(key, one.key) < 0));
      if (at < 0) at = best.length;
      best.splice(at, 0, { key, value, size: own });
      if (best.length > n) best.pop();
    }
    return answerOf(mine, whole, best.map(({ key, value }) => ({ key: key as K, value }))); // as above
  },
});

/** The same, whose errors are what `say` makes of them. */
export function told<K extends Key, R>({ query, queryMany, series, entries, top }: Reading<K, R>, say: (cause: unknown) => unknown): Reading<K, R> {
  const rethrow = (cause: unknown): never => {
    throw say(cause);
  };
  return {
    query: (...asked) => query(...asked).catch(rethrow),
    queryMany: (...asked) => queryMany(...asked).catch(rethrow),
    series: (...asked) => series(...asked).catch(rethrow),
    entries: (...asked) => entries(...asked).catch(rethrow),
    top: (...asked) => top(...asked).catch(rethrow),
  };
}

function sizeOf(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw new DataError('top', '`top` was asked of a view whose results are not numbers. Say how large a result is: `top(n, range, { by: result => ... })`.', value);
}
