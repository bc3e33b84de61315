/** The rows of several segments of the speed view as one list, in the order of keys and granules, read as they are needed. */
import type { Aggregate, SomeAccumulator } from '../core/aggregate.js';
import { slotOf, type Slot } from '../core/key.js';
import type { Key, Time } from '../core/values.js';
import { keysBetween, keysSorted } from './order.js';
import type { Row, Rows, Span } from './rows.js';
import type { Turns } from './turns.js';

/** Rows that are read of a segment at a time. */
const AT_ONCE = 512;

/** The segments, the oldest first, which stand still. The accumulators are nobody else's. */
export async function* liveRows(aggregate: Aggregate<unknown, SomeAccumulator, unknown>, segments: readonly Rows[], { from, to, first, last }: Span, turns: Turns): AsyncGenerator<readonly Row[], void> {
  if (segments.length === 0) return;
  let keys: readonly Key[];
  if (first !== undefined && first === last) keys = [first];
  else {
    const found = new Map<Slot, Key>();
    for (const segment of segments) for (const key of segment.keys()) found.set(slotOf(key), key);
    await turns.over();
    keys = await keysSorted([...found.values()], turns);
  }
  let rows: Row[] = [];
  for (const key of keysBetween(keys, first, last)) {
    for (let at = from; at < to; ) {
      const next = piece(aggregate, segments, key, at, to, rows);
      if (rows.length >= AT_ONCE) {
        yield rows;
        rows = [];
      }
      await turns.over();
      at = next;
    }
  }
  if (rows.length > 0) yield rows;
}

/** Some rows of a key from a granule on; answers where the next ones begin. */
function piece({ zero, merge }: Aggregate<unknown, SomeAccumulator, unknown>, segments: readonly Rows[], key: Key, from: Time, to: Time, into: Row[]): Time {
  const found = new Map<Time, unknown>();
  let end = to;
  for (const segment of segments) {
    let count = 0;
    segment.each(key, from, end, (start, acc) => {
      found.set(start, merge(found.has(start) ? found.get(start) : zero(), acc));
      // A segment may have more; what lies behind is for the next piece. No granule is shorter than a millisecond.
      if (++count === AT_ONCE) end = start + 1;
    }, AT_ONCE);
  }
  const starts = [...found.keys()].filter(start => start < end);
  if (segments.length > 1) starts.sort((a, b) => a - b);
  for (const start of starts) into.push([key, start, found.get(start)]);
  return end;
}
