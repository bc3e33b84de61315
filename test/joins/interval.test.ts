/** The interval join against nested loops, for any arrival within the disorder bound; and what it keeps, holds back and forgets. */
import fc from 'fast-check';
import { Stream, tumbling, count, type JoinType, type Within } from 'millrace';
import { crashAfterEach, testing, type Collected } from 'millrace/testing';
import { describe, expect, it } from 'vitest';
import { boundsOf } from '../../src/joins/bounds.js';

interface Row {
  readonly key: string;
  readonly id: number;
  readonly time: number;
}

/** Every pair of the two lists that is near enough, and those of either side that are in none. */
function nestedLoops(left: readonly Row[], right: readonly Row[], within: Within, type: JoinType): string[] {
  const { lower, upper } = boundsOf(within).bounds;
  const pairs = left.flatMap(l => right.filter(r => r.key === l.key && l.time + lower <= r.time && r.time <= l.time + upper).map(r => [l, r] as const));
  const matched = new Set(pairs.flat());
  return [
    ...pairs.map(([l, r]) => `${l.key} ${l.id} ${r.id} @${Math.max(l.time, r.time)}`),
    ...(type === 'left' || type === 'full' ? left.filter(l => !matched.has(l)).map(l => `${l.key} ${l.id} - @${l.time}`) : []),
    ...(type === 'right' || type === 'full' ? right.filter(r => !matched.has(r)).map(r => `${r.key} - ${r.id} @${r.time}`) : []),
  ].toSorted();
}
const shown = (joined: { readonly key: string; readonly left: Row | undefined; readonly right: Row | undefined }, time: number): string => `${joined.key} ${joined.left?.id ?? '-'} ${joined.right?.id ?? '-'} @${time}`;

const DISORDER = 10;
/** Arrival in any order in which no record is behind the largest time seen by more than the disorder. */
const arrival = fc.array(fc.record({ side: fc.constantFrom('left' as const, 'right' as const), key: fc.constantFrom('a', 'b'), time: fc.integer({ min: -40, max: 40 }), delay: fc.integer({ min: 0, max: DISORDER }) }), { maxLength: 40 }).map(rows =>
  rows.map((row, id) => ({ ...row, id })).toSorted((a, b) => a.time + a.delay - (b.time + b.delay)),
);
const bound = fc.integer({ min: -15, max: 15 });
const within: fc.Arbitrary<Within> = fc
  .record({ a: bound, b: bound, exclusive: fc.constantFrom(undefined, 'lower' as const, 'upper' as const, 'both' as const), infinite: fc.constantFrom('', '', '', 'lower', 'upper', 'both') })
  .map(({ a, b, exclusive, infinite }) => {
    const lower = infinite === 'lower' || infinite === 'both' ? -Infinity : Math.min(a, b);
    const upper = infinite === 'upper' || infinite === 'both' ? Infinity : Math.max(a, b) + 2;
    return infinite === '' ? { lower, upper, exclusive } : [lower, upper];
  });
const type = fc.constantFrom<JoinType>('inner', 'left', 'right', 'full');

describe('an interval join', () => {
  it('gives what nested loops give, each unmatched record once, in whatever order records arrive', async () => {
    await fc.assert(
      fc.asyncProperty(arrival, within, type, async (rows, bounds, joinType) => {
        const t = testing();
        const source = t.source<(typeof rows)[number]>('rows');
        const timed = Stream.from(source).timestamps(row => row.time, { disorder: DISORDER });
        const [left, right] = timed.split(row => row.side === 'left');
        const joined = left.keyBy(row => row.key).join(right.keyBy(row => row.key), { name: 'join', within: bounds, type: joinType });
        const out = t.collect(joined);
        // Nothing it gives is late for a window below it.
        const below = t.collect(joined.window(tumbling(5)).aggregate(count(), { name: 'below' }));
        const job = await t.run([out, below]);
        for (const row of rows) source.push(row, 0);
        source.end();
        await job.settle();
        expect(out.records.map(({ value, time }) => shown(value, time)).toSorted()).toEqual(nestedLoops(rows.filter(row => row.side === 'left'), rows.filter(row => row.side === 'right'), bounds, joinType));
        expect(job.metrics().steps['below']?.late).toBe(0);
        await job.stop();
      }),
      { numRuns: 150 },
    );
  });

  it('survives a crash after every input', async () => {
    for (const joinType of ['inner', 'full'] as const) {
      const { records } = await crashAfterEach(
        t => t.collect(Stream.from(t.source<Row>('left')).keyBy(row => row.key).join(Stream.from(t.source<Row>('right')).keyBy(row => row.key), { name: 'join', within: ['-5ms', '10ms'], type: joinType })),
        t => {
          const [left, right] = [t.source<Row>('left'), t.source<Row>('right')];
          const push = (side: typeof left, key: string, id: number, time: number) => () => side.push({ key, id, time }, time);
          return [push(left, 'a', 1, 0), push(left, 'b', 2, 0), push(right, 'a', 3, 10), push(right, 'a', 4, 11), () => left.watermark(12), () => right.watermark(12), push(left, 'a', 5, 16), push(right, 'b', 6, 13), () => left.end(), () => right.end()];
        },
      );
      expect(records.map(({ value, time }) => shown(value, time)).toSorted()).toEqual(['a 1 3 @10', 'a 5 4 @16', ...(joinType === 'full' ? ['b - 6 @13', 'b 2 - @0'] : [])].toSorted());
    }
  });

  it('sends records behind the watermark to the late branch and counts them', async () => {
    const t = testing();
    const [left, right] = [t.source<Row>('left'), t.source<Row>('right')];
    let late: Collected<unknown> | undefined;
    const out = t.collect(
      Stream.from(left)
        .keyBy(row => row.key)
        .join(Stream.from(right).keyBy(row => row.key), { name: 'join', within: 5, lateness: 3, late: records => (late = t.collect(records)).output }),
    );
    const job = await t.run(out);
    left.watermark(20);
    right.watermark(20);
    right.push({ key: 'a', id: 1, time: 17 }, 17);
    left.push({ key: 'a', id: 2, time: 16 }, 16);
    left.push({ key: 'a', id: 3, time: 20 }, 20);
    await job.settle();
    expect(out.values.map(value => shown(value, 0))).toEqual(['a 3 1 @0']);
    expect(late?.values).toEqual([{ side: 'left', value: { key: 'a', id: 2, time: 16 }, time: 16, watermark: 20 }]);
    expect(job.metrics().steps['join']?.late).toBe(1);
    await job.stop();
  });

  it('gives unmatched records the moment the watermark proves it, of all keys and both sides by their time, and says until then what they wait for', async () => {
    const t = testing();
    const [left, right] = [t.source<Row>('left'), t.source<Row>('right')];
    const out = t.collect(Stream.from(left).keyBy(row => row.key).join(Stream.from(right).keyBy(row => row.key), { name: 'join', within: ['-20ms', '10ms'], type: 'full' }));
    const job = await t.run(out);
    const watermark = async (time: number): Promise<void> => {
      left.watermark(time);
      right.watermark(time);
      await job.settle();
    };
    left.push({ key: 'b', id: 1, time: 15 }, 15);
    right.push({ key: 'c', id: 2, time: 5 }, 5);
    left.push({ key: 'a', id: 3, time: 14 }, 14);
    right.push({ key: 'a', id: 4, time: 100 }, 100);
    await watermark(24);
    const { open, buffered, waitingFor } = job.why('join', 'a');
    expect({ open, buffered, waitingFor }).toEqual({
      open: [{ what: 'left record of 14 without a match', until: 25 }, { what: 'right record of 100 without a match', until: 121 }],
      buffered: { left: 1, right: 1 },
      waitingFor: 25,
    });
    expect(out.records).toEqual([]);
    await watermark(25);
    expect(out.records.map(({ value, time }) => shown(value, time))).toEqual(['a 3 - @14']);
    await watermark(26);
    await watermark(1_000);
    expect(out.records.map(({ value, time }) => shown(value, time))).toEqual(['a 3 - @14', 'c - 2 @5', 'b 1 - @15', 'a - 4 @100']);
    await job.stop();
  });

  it('forgets keys whose records have waited long enough', async () => {
    const t = testing();
    const source = t.source<Row>('rows');
    const [left, right] = Stream.from(source).timestamps(row => row.time).split(row => row.id % 2 === 0);
    const out = t.collect(left.keyBy(row => row.key).join(right.keyBy(row => row.key), { name: 'join', within: 10, type: 'full' }));
    const job = await t.run(out);
    for (let id = 0; id < 500; id++) source.push({ key: `k${id}`, id, time: id }, 0);
    await job.settle();
    expect(out.values.length).toBe(500 - 11);
    await job.stop();
  });

  it.each([
    [undefined, 'within'],
    ['soon', 'lower bound'],
    [['5m', '-5m'], 'No time lies'],
    [[Infinity, Infinity], 'No time lies'],
    [{ lower: 0, upper: 1, exclusive: 'both' }, 'No time lies'],
    [1.5, 'whole milliseconds'],
  ])('%j as its bounds is refused', async (wrong, message) => {
    const stream = Stream.from([1]).timestamps(n => n).keyBy(n => n);
    await expect(stream.join(stream, { name: 'join', within: wrong as Within }).collect()).rejects.toThrow(message);
  });
});
