/** Windows by assignment against the fast path of aligned ones, and panes, deltas and tables against each other. */
import fc from 'fast-check';
import { Stream, collect, trigger, tumbling, type Late, type Trigger, type WindowResult } from 'millrace';
import { crashAfterEach, testing } from 'millrace/testing';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly key: string;
  readonly id: number;
  readonly time: number;
}
const arrivals = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), time: fc.integer({ min: -40, max: 60 }) }), { maxLength: 40 }).map(rows => rows.map((row, id): Row => ({ ...row, id })));
const options = fc.record({ disorder: fc.integer({ min: 0, max: 40 }), lateness: fc.constantFrom(0, 15, 100), offset: fc.integer({ min: -9, max: 9 }) });
type Result = WindowResult<string, readonly Row[]>;

async function played(rows: readonly Row[], { disorder, lateness, offset }: { readonly disorder: number; readonly lateness: number; readonly offset: number }, given: Trigger | undefined) {
  const t = testing();
  const source = t.source<Row>('rows');
  const late: Late<Row>[] = [];
  const windowed = Stream.from(source).timestamps(row => row.time, { disorder }).keyBy(row => row.key).window(tumbling(10, { offset }), { lateness, late: records => t.collect(records.tap(record => void late.push(record))).output });
  const panes = t.collect(windowed.aggregate(collect<Row>(), { name: 'panes', trigger: given }));
  const deltas = t.collect(windowed.deltas(collect<Row>(), { name: 'deltas', trigger: given }));
  const table = windowed.table(collect<Row>(), { name: 'table', trigger: given });
  const changes = t.collect(table.changes());
  const job = await t.run([panes, deltas, changes]);
  for (const row of rows) source.push(row, 0);
  source.end();
  await job.settle();
  const { panes: counted } = job.metrics().steps;
  await job.stop();
  return { panes: panes.records, deltas: deltas.values, changes: changes.values, late, counted };
}
const place = ({ key, window }: Result): string => `${key} ${window.start}`;

describe('windows by assignment', () => {
  it('with the default written out give what the fast path gives, pane by pane and in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, options, async (rows, given) => {
        const [fast, general] = [await played(rows, given, undefined), await played(rows, given, trigger.watermark())];
        expect(general.panes).toEqual(fast.panes);
        expect(general.late).toEqual(fast.late);
        expect(general.counted).toEqual({ ...fast.counted });
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['the default', undefined],
    ['every other record', trigger.repeatedly(trigger.count(2))],
    ['spans of event time', trigger.every(3)],
    ['early and late', trigger.watermark({ early: trigger.count(3), late: trigger.manual() })],
    ['nothing but the end', trigger.repeatedly(trigger.manual())],
  ])('%s: deltas add up to the last pane, a table ends with it, and nothing is lost', async (_, given) => {
    await fc.assert(
      fc.asyncProperty(arrivals, options, async (rows, all) => {
        const { panes, deltas, changes, late } = await played(rows, all, given);
        const last = new Map(panes.map(({ value }) => [place(value), value.value]));
        const summed = new Map<string, Row[]>();
        for (const delta of deltas) summed.set(place(delta), [...(summed.get(place(delta)) ?? []), ...delta.value]);
        expect(summed).toEqual(last);
        const now = new Map<string, readonly Row[]>();
        for (const { key: [key, start], before, after } of changes) {
          expect(now.get(`${key} ${start}`)).toEqual(before);
          now.set(`${key} ${start}`, after ?? []);
        }
        expect(now).toEqual(last);
        // Three steps tell of each late record.
        expect([...last.values()].reduce((sum, some) => sum + some.length, 0) + late.length / 3).toBe(rows.length);
        // Panes of one window are numbered as they come.
        for (const of of last.keys()) expect(panes.filter(({ value }) => place(value) === of).map(({ value }) => value.pane.index)).toEqual(panes.filter(({ value }) => place(value) === of).map((_, index) => index));
      }),
      { numRuns: 40 },
    );
  });

  it('survive a crash after every input', async () => {
    const { records } = await crashAfterEach(
      t =>
        t.collect(
          Stream.from(t.source<number>('times'))
            .keyBy(() => 'k')
            .window(tumbling(10), { lateness: 10 })
            .aggregate(collect<number>(), { name: 'w', trigger: trigger.watermark({ early: trigger.count(2), late: trigger.count(2) }) }),
        ),
      t => {
        const times = t.source<number>('times');
        const push = (time: number) => () => times.push(time, time);
        return [push(1), push(2), push(3), () => times.watermark(10), push(4), push(5), push(6), push(15), () => times.end()];
      },
    );
    expect(records.map(({ value: { window, value, pane } }) => `${window.start} ${pane.index} ${pane.timing} ${value.join('')}`)).toEqual(['0 0 early 12', '0 1 onTime 123', '0 2 late 12345', '0 3 late 123456', '10 0 onTime 15']);
  });

  it('finished: late records are dropped and counted, each for its windows', async () => {
    const t = testing();
    const source = t.source<number>('times');
    const out = t.collect(Stream.from(source).window(tumbling(10), { lateness: 100 }).aggregate(collect<number>(), { name: 'w', trigger: trigger.watermark({ once: true }) }));
    const job = await t.run(out);
    source.push(1, 1);
    source.watermark(10);
    source.push(2, 2);
    source.end();
    await job.settle();
    expect(out.values.map(({ value }) => value)).toEqual([[1]]);
    expect(job.metrics().steps['w']?.counters.droppedPanes).toBe(1);
    await job.stop();
  });

  it('a record that fails leaves its windows as they were', async () => {
    const picky = { ...collect<number>(), add: (all: number[], value: number) => { all.push(value); if (value < 0) throw new Error('negative'); return all; } };
    const results = await Stream.from([1, -2, 3]).timestamps(() => 0).window(tumbling(10)).aggregate(picky, { onError: 'skip', trigger: trigger.watermark() }).collect();
    expect(results.map(({ value }) => value)).toEqual([[1, 3]]);
  });
});
