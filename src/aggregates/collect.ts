/** All records, as a list. */
import type { Aggregate } from '../core/aggregate.js';

/**
 * Every record, or a part of it, in order of arrival. It keeps them all: where the number of records in a window has no bound, neither has this list.
 *
 * @param of what to keep of a record; the record itself unless given.
 * @example
 * ```ts
 * import { Stream, collect, tumbling } from 'millrace';
 *
 * const clicks = Stream.from([{ at: 0, url: '/' }, { at: 1, url: '/a' }]).timestamps(click => click.at);
 * for await (const { value } of clicks.window(tumbling('1m')).aggregate(collect(click => click.url))) console.log(value); // ['/', '/a']
 * ```
 */
export function collect<T, V = T>(of?: (value: T) => V): Aggregate<T, V[], readonly V[]> {
  const part = of ?? ((value: T): V => value as unknown as V); // without `of`, V is T
  return {
    name: 'collect',
    code: String(of ?? ''),
    zero: () => [],
    add(list, value) {
      list.push(part(value));
      return list;
    },
    merge(a, b) {
      for (const value of b) a.push(value);
      return a;
    },
    result: list => [...list],
  };
}
