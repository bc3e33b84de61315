/** The questions a view can be asked. */
import { DataError } from '../core/errors.js';
import { canonicalKey, compareKeys } from '../core/key.js';
import type { Key } from '../core/values.js';
import type { EntriesOptions, Entry, Point, QueryOptions, Reading } from './answer.js';
import { wholeRange } from './definition.js';
import { answerOf, combined, resultOf, rowsOf, type Pin } from './pin.js';
import type { Span } from './rows.js';
import type { Turns } from './turns.js';

/** Reads what `pinFor` says, asked for each answer; what is long is done in turns. */
export const readingOf = <K extends Key, R>(pinFor: (asked: QueryOptions | undefined) => Promise<Pin>, turns: () => Turns): Reading<K, R> => ({
  async query(key, range, asked) {
    const mine = await pinFor(asked);
    const whole = wholeRange(mine.definition, range, asked?.partial);
    const found = combined(mine, canonicalKey(key), whole.from, whole.to);
    return answerOf(mine, whole, resultOf<R>(mine, found instanceof Promise ? await found : found));
  },
  async queryMany(keys, range, asked) {
    const mine = await pinFor(asked);
    const whole = wholeRange(mine.definition, range, asked?.partial);
    // All at once: what is read of the speed view is of one moment.
    const found = await Promise.all(keys.map(canonicalKey).map(key => Promise.resolve(combined(mine, key, whole.from, whole.to))));
    return answerOf(mine, whole, found.map(one => resultOf<R>(mine, one)));
  },
  async series(key, range, asked) {
    const pin = await pinFor(asked);
    const whole = wholeRange(pin.definition, range, asked?.partial);
    const only = canonicalKey(key);
    const points: Point<R>[] = [];
    await standing(pin, async mine => {
      const { granule } = mine.definition;
      for await (const rows of rowsOf(mine, { ...whole, first: only, last: only }, turns())) for (const [, from, acc] of rows) points.push({ from, to: granule(from).end, value: resultOf<R>(mine, { acc }) });
    });
    return answerOf(pin, whole, points);
  },
  async entries(range, asked: EntriesOptions<K> = {}) {
    const pin = await pinFor(asked);
    const whole = wholeRange(pin.definition, range, asked.partial);
    const { keys: { from, to } = {}, after, limit = Number.POSITIVE_INFINITY } = asked;
    const found: Entry<K, R>[] = [];
    const first = from === undefined || (after !== undefined && compareKeys(after, from) > 0) ? after : from;
    if (limit > 0)
      await standing(pin, mine =>
        eachKey<R>(mine, { ...whole, first, last: to }, turns(), (key, value) => {
          if (after !== undefined && compareKeys(key, after) <= 0) return true;
          if (to !== undefined && compareKeys(key, to) >= 0) return false;
          return found.push({ key: key as K, value }) < limit; // keys of the view are K
        }),
      );
    return answerOf(pin, whole, found);
  },
  async top(n, range, asked = {}) {
    const pin = await pinFor(asked);
    const whole = wholeRange(pin.definition, range, asked.partial);
    if (!Number.isSafeInteger(n) || n < 1) throw new DataError('top', `\`top\` was asked for ${String(n)} keys. Ask for a whole number above 0.`, n);
    const size = asked.by ?? sizeOf;
    const best: { readonly key: Key; readonly value: R; readonly size: number }[] = [];
    await standing(pin, mine =>
      eachKey<R>(mine, whole, turns(), (key, value) => {
        const own = size(value);
        const last = best.at(-1);
        // Of equal ones the earlier key, and it came first.
        if (best.length >= n && last !== undefined && own <= last.size) return true;
        let at = best.findIndex(one => own > one.size);
        if (at < 0) at = best.length;
        best.splice(at, 0, { key, value, size: own });
        if (best.length > n) best.pop();
        return true;
      }),
    );
    return answerOf(pin, whole, best.map(({ key, value }) => ({ key: key as K, value }))); // as above
  },
});

/** What takes several turns reads one moment all the same. */
async function standing(pin: Pin, read: (still: Pin) => Promise<void>): Promise<void> {
  const { pin: still, release } = pin.still();
  try {
    await read(still);
  } finally {
    release();
  }
}

/** The keys that have something in a range with what they came to, in their order, until `visit` answers `false`. */
async function eachKey<R>(mine: Pin, span: Span, turns: Turns, visit: (key: Key, value: R) => boolean): Promise<void> {
  const { zero, merge } = mine.definition.aggregate;
  let current: { readonly key: Key; acc: unknown; own: boolean } | undefined;
  for await (const rows of rowsOf(mine, span, turns)) {
    for (const [key, , acc] of rows) {
      if (current !== undefined && (current.key === key || compareKeys(current.key, key) === 0)) {
        current.acc = merge(current.own ? current.acc : merge(zero(), current.acc), acc);
        current.own = true;
        continue;
      }
      if (current !== undefined && !visit(current.key, resultOf<R>(mine, current))) return;
      current = { key, acc, own: false };
    }
    await turns.over();
  }
  if (current !== undefined) visit(current.key, resultOf<R>(mine, current));
}

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
