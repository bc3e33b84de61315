/** Window joins and co-groups against nested loops over the records of each window. */
import fc from 'fast-check';
import { Stream, session, tumbling, type JoinType, type Late } from 'millrace';
import { crashAfterEach, testing, type Collected } from 'millrace/testing';
import { describe, expect, it } from 'vitest';
import { pairs, sides } from '../../src/joins/sides.js';

interface Row {
  readonly side: 'left' | 'right';
  readonly key: string;
  readonly id: number;
  readonly time: number;
}

const arrival = fc.array(fc.record({ side: fc.constantFrom('left' as const, 'right' as const), key: fc.constantFrom('a', 'b'), time: fc.integer({ min: -30, max: 30 }) }), { maxLength: 30 }).map(rows => rows.map((row, id): Row => ({ ...row, id })));
const of = (rows: readonly Row[], side: Row['side']): readonly Row[] => rows.filter(row => row.side === side);
const SIZE = 10;
const startOf = (time: number): number => Math.floor(time / SIZE) * SIZE;

function nestedLoops(rows: readonly Row[], type: JoinType): string[] {
  const meet = (l: Row, r: Row): boolean => l.key === r.key && startOf(l.time) === startOf(r.time);
  const [left, right] = [of(rows, 'left'), of(rows, 'right')];
  return [
    ...left.flatMap(l => right.filter(r => meet(l, r)).map(r => `${l.key} ${startOf(l.time)} ${l.id} ${r.id}`)),
    ...(type === 'left' || type === 'full' ? left.filter(l => !right.some(r => meet(l, r))).map(l => `${l.key} ${startOf(l.time)} ${l.id} -`) : []),
    ...(type === 'right' || type === 'full' ? right.filter(r => !left.some(l => meet(l, r))).map(r => `${r.key} ${startOf(r.time)} - ${r.id}`) : []),
  ].toSorted();
}

describe('a window join', () => {
  it('gives what nested loops give', async () => {
    await fc.assert(
      fc.asyncProperty(arrival, fc.constantFrom<JoinType>('inner', 'left', 'right', 'full'), async (rows, type) => {
        const t = testing();
        const source = t.source<Row>('rows');
        const [left, right] = Stream.from(source).timestamps(row => row.time, { disorder: 100 }).split(row => row.side === 'left');
        const out = t.collect(left.keyBy(row => row.key).window(tumbling(SIZE)).join(right.keyBy(row => row.key), { name: 'join', type }));
        const job = await t.run(out);
        for (const row of rows) source.push(row, 0);
        source.end();
        await job.settle();
        expect(out.values.map(({ key, window, left: l, right: r }) => `${key} ${window.start} ${l?.id ?? '-'} ${r?.id ?? '-'}`).toSorted()).toEqual(nestedLoops(rows, type));
        await job.stop();
      }),
      { numRuns: 100 },
    );
  });

  it('works over sessions, survives a crash after every input, and gives the pairs of a window again for a late record', async () => {
    const { values } = await crashAfterEach(
      t => {
        const row = (name: string) => Stream.from(t.source<number>(name)).keyBy(() => 'k');
        return t.collect(row('left').window(session(10), { lateness: 100 }).join(row('right'), { name: 'join' }).map(({ window, pane, left, right }) => `${window.start}-${window.end} pane ${pane.index}: ${left} ${right}`));
      },
      t => {
        const [left, right] = [t.source<number>('left'), t.source<number>('right')];
        const end = (time: number) => () => [left, right].forEach(side => side.watermark(time));
        return [() => left.push(1, 0), () => right.push(2, 5), end(15), () => right.push(3, 6), end(16), () => right.push(4, 50), end(1_000), () => left.end(), () => right.end()];
      },
    );
    expect(values.toSorted()).toEqual(['0-15 pane 0: 1 2', '0-16 pane 1: 1 2', '0-16 pane 1: 1 3']);
  });

  it('sends late records of both sides to one branch, as they came', async () => {
    const t = testing();
    const [left, right] = [t.source<string>('left'), t.source<string>('right')];
    let late: Collected<Late<string>> | undefined;
    const out = t.collect(Stream.from(left).keyBy(() => 1).window(tumbling(10), { late: records => (late = t.collect(records)).output }).join(Stream.from(right).keyBy(() => 1), { name: 'join' }));
    const job = await t.run(out);
    left.watermark(10);
    right.watermark(10);
    left.push('l', 1);
    right.push('r', 2);
    await job.settle();
    expect(late?.values).toEqual([{ value: 'l', time: 1, watermark: 10 }, { value: 'r', time: 2, watermark: 10 }]);
    await job.stop();
  });
});

describe('a co-group', () => {
  it('gives what a function makes of both sides of each window', async () => {
    const t = testing();
    const [left, right] = [t.source<string>('left'), t.source<number>('right')];
    const out = t.collect(
      Stream.from(left)
        .keyBy(() => 'k')
        .window(tumbling(10))
        .coGroup(Stream.from(right).keyBy(() => 'k'), ({ key, window, left: texts, right: numbers }) => [`${key} ${window.start}: ${texts.join('')} ${numbers.join('')}`], { name: 'group' }),
    );
    const job = await t.run(out);
    left.push('a', 1);
    left.push('b', 0);
    right.push(7, 9);
    right.push(8, 10);
    left.end();
    right.end();
    await job.settle();
    expect(out.records).toEqual([{ value: 'k 0: ab 7', time: 9 }, { value: 'k 10:  8', time: 19 }]);
    await job.stop();
  });
});

describe('both sides', () => {
  it('merge as they were added, and say nothing of each other', () => {
    const aggregate = sides<number, number>();
    const [a, b] = [aggregate.add(aggregate.zero(), { side: 0, value: 1 }, 0), aggregate.add(aggregate.zero(), { side: 1, value: 2 }, 0)];
    expect(aggregate.result(aggregate.merge(a, b))).toEqual({ left: [1], right: [2] });
    expect([...pairs({ left: [], right: [] }, 'full')]).toEqual([]);
  });
});
