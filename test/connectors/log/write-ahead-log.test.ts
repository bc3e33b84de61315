/**
 * The write-ahead log by the contract suite of sources, with inputs that push, acknowledge, end and fail; with a crash at every call of the disk; and under a job. The oracle: positions and records belong
 * together once and for all, whatever was handed down comes again at its position, and what was acknowledged is there.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { writeAheadLog, type WriteAheadLogOptions } from '../../../src/connectors/log/index.js';
import { DataError } from '../../../src/core/errors.js';
import type { Disk } from '../../../src/core/disk.js';
import type { Environment } from '../../../src/core/clock.js';
import type { Batch, Reader, Source } from '../../../src/core/source.js';
import type { Sink } from '../../../src/core/sink.js';
import type { Position } from '../../../src/core/values.js';
import { memory } from '../../../src/state/memory.js';
import { Stream } from '../../../src/stream/stream.js';
import { sourceSuite } from '../../../src/testing/suites/source.js';
import { suiteEnvironment } from '../../../src/testing/suites/suite.js';
import { atCall, memoryDisk } from '../memory-disk.js';

const FOLDER = '/wal';

/** What gives each record once: reading takes it away. */
function queue<T>(splits: { readonly [split: string]: readonly T[] }, name = 'queue'): Source<T> {
  const left = new Map(Object.entries(splits).map(([split, values]) => [split, [...values]]));
  return {
    name,
    replayable: false,
    splits: () => Object.keys(splits),
    open: split => ({ read: max => (left.get(split)?.length === 0 ? 'end' : { values: left.get(split)?.splice(0, Math.min(max, 2)) ?? [], position: null }), close() {} }),
  };
}
const around = <T>(source: Source<T>, options?: WriteAheadLogOptions): Source<T> => writeAheadLog(FOLDER, options).around(source);
/** A clock whose pauses are as short as they can be: little here is about time. */
const clock = {
  ...suiteEnvironment().clock,
  sleep: (ms: number, signal?: AbortSignal): Promise<void> => (signal?.aborted === true ? Promise.reject(signal.reason as Error) : new Promise(resolve => void (ms > 100 ? setTimeout(resolve, 5) : setImmediate(resolve)))),
};
const on = (disk: Disk, signal = new AbortController().signal): Environment => ({ ...suiteEnvironment(), clock, signal, disk });
const values = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Reads until there is nothing, or an end. */
async function drain<T>(reader: Reader<T>, enough = Number.POSITIVE_INFINITY): Promise<{ readonly batches: Batch<T>[]; readonly values: T[]; readonly ended: boolean }> {
  const batches: Batch<T>[] = [];
  for (;;) {
    const seen = batches.flatMap(batch => batch.values);
    if (seen.length >= enough) return { batches, values: seen, ended: false };
    const answer = await reader.read(100, new AbortController().signal);
    if (typeof answer === 'string') return { batches, values: seen, ended: answer === 'end' };
    batches.push(answer);
  }
}
const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'fine', (error: unknown) => error);

describe('a queue with a log in front of it', () => {
  const expected = { a: values(0, 25), 'b/../c ü%': values(100, 103), empty: [] };
  const suite = sourceSuite<number>(() => ({ source: around(queue(expected)), expected, environment: on(memoryDisk().view()) }));
  for (const { name, run } of suite) it(name, run);
});

describe('an input that pushes', () => {
  /** As an Observable is one: what cannot be taken waits in a buffer of its own. */
  function source<T>(given: Subject<T>): Source<T> {
    return {
      name: 'given',
      replayable: false,
      splits: () => ['0'],
      open() {
        let kept: T[] = [];
        let over = false;
        let error: unknown;
        let stop = (): void => {};
        return {
          read() {
            const some = kept;
            kept = [];
            if (some.length > 0) return { values: some, position: null };
            if (error !== undefined) throw error;
            return over ? 'end' : 'idle';
          },
          connect(push, wake) {
            const subscription = given.subscribe({
              next: value => {
                if (kept.length > 0 || !push(value)) {
                  kept.push(value);
                  wake();
                }
              },
              error: (cause: unknown) => {
                error = cause;
                wake();
              },
              complete: () => {
                over = true;
                wake();
              },
            });
            stop = () => subscription.unsubscribe();
          },
          close: () => stop(),
        };
      },
    };
  }
  it('is logged in order, whatever was buffered where, and is there again after a restart', async () => {
    const disk = memoryDisk();
    const given = new Subject<number>();
    const first = await around(source(given)).open('0', undefined, on(disk.view()));
    for (let n = 0; n < 5_000; n++) given.next(n);
    const seen = await drain(first, 5_000);
    expect(seen.values).toEqual(values(0, 5_000));
    const at = seen.batches[0]!.position;
    given.next(5_000);
    await first.close();
    expect(given.observed).toBe(false);
    const again = await around(source(given)).open('0', at, on(disk.view()));
    given.next(5_001);
    const rest = await drain(again, 5_002 - 100);
    expect(rest.values).toEqual(values(100, 5_002));
    // Positions mean the same records as before.
    expect(rest.batches[0]!.positionOf?.(0)).toBe(at);
    given.complete();
    expect((await drain(again)).ended).toBe(true);
    await again.close();
    const last = await around(source(given)).open('0', 5_000, on(disk.view()));
    expect(await drain(last)).toMatchObject({ values: [5_000, 5_001], ended: true });
    expect(given.observed).toBe(false);
    await last.close();
  });
  it('whose failure comes after what it gave before', async () => {
    const given = new Subject<number>();
    const reader = await around(source(given)).open('0', undefined, on(memoryDisk().view()));
    given.next(1);
    given.error(new Error('the line was cut'));
    expect((await reader.read(10, new AbortController().signal)) as Batch<number>).toMatchObject({ values: [1] });
    expect(await failureOf(drain(reader))).toMatchObject({ message: 'the line was cut' });
    await reader.close();
  });
  it('gives plain data as it was, and fails what is none', async () => {
    class Account {
      readonly balance = 1;
    }
    const disk = memoryDisk();
    const given = new Subject<unknown>();
    const plain = [-0, Number.NaN, undefined, 10n, new Date(5), new Map([[{ a: 1 }, new Set([1])]]), { __proto__: null, a: [undefined] }, 'x'.repeat(500), '\ud800'];
    for (const [index, wal] of [around(source(given), { maxRecordBytes: 1_000 }), around(source(given))].entries()) {
      const reader = await wal.open('0', 0, on(disk.view()));
      if (index === 0) for (const value of [...plain, new Account(), () => {}, 'x'.repeat(2_000)]) given.next(value);
      const { batches, values: back } = await drain(reader, plain.length);
      expect(back).toStrictEqual(plain);
      const failed = batches.flatMap(batch => batch.failed ?? []);
      expect(failed.map(({ cause }) => (cause as DataError).code)).toEqual(['state-value', 'state-value', 'log-record']);
      await reader.close();
    }
  });
  it('keeps the times at which records came, and watermarks where there are some', async () => {
    const disk = memoryDisk();
    let now = 1_000;
    const environment = { ...on(disk.view()), clock: { ...suiteEnvironment().clock, now: () => now } };
    const given = new Subject<string>();
    const first = await around(source(given)).open('0', undefined, environment);
    given.next('a');
    await drain(first, 1);
    now = 500;
    given.next('b');
    const seen = await drain(first, 1);
    expect(seen.batches.map(batch => batch.times)).toEqual([[1_000]]);
    await first.close();
    const again = await around(source(given)).open('0', undefined, environment);
    given.next('c');
    expect((await drain(again, 3)).batches.flatMap(batch => batch.times ?? [])).toEqual([1_000, 1_000, 1_000]);
    await again.close();
    const batches: (Batch<string> | 'end')[] = [{ values: ['x', 'y'], times: [7, 9], watermark: 8, position: null }, { values: [], watermark: Number.POSITIVE_INFINITY, idle: true, position: null }, { values: [], failed: [{ before: 0, input: 'broken', cause: new DataError('csv-ragged', 'no'), position: { line: 3 } }], position: null }, 'end'];
    const timed = (): Source<string> => ({ name: 'timed', replayable: false, watermarks: true, splits: () => ['t'], open: () => ({ read: () => batches.shift() ?? 'end', close() {} }) });
    for (let round = 0; round < 2; round++) {
      const reader = await around(timed()).open('t', undefined, environment);
      const { batches: back, ended } = await drain(reader);
      expect(ended).toBe(true);
      expect(back.map(({ values: some, times, watermark, idle }) => [some, times, watermark, idle])).toEqual([[['x', 'y'], [7, 9], 8, undefined], [[], [], Number.POSITIVE_INFINITY, true], [[], [], undefined, undefined]]); // prettier-ignore
      expect(back[2]!.failed).toMatchObject([{ before: 0, input: 'broken', cause: { code: 'csv-ragged' }, position: { line: 3 } }]);
      await reader.close();
    }
  });
});

describe('a log', () => {
  it('loses what a checkpoint has passed, and refuses a state it does not reach', async () => {
    const disk = memoryDisk();
    const source = around(queue({ q: values(0, 2_000) }), { segmentBytes: 4_000 });
    const reader = await source.open('q', undefined, on(disk.view()));
    expect((await drain(reader)).values).toEqual(values(0, 2_000));
    const files = (): number => [...disk.texts(FOLDER).keys()].filter(name => name.endsWith('.log')).length;
    const before = files();
    await source.commit?.({ q: 1_500 });
    expect(files()).toBeLessThan(before / 2);
    await reader.close();
    const again = around(queue({ q: [] }));
    const rest = await again.open('q', 1_500, on(disk.view()));
    expect((await drain(rest)).values).toEqual(values(1_500, 2_000));
    await rest.close();
    expect(await failureOf((async () => again.open('q', undefined, on(disk.view())))())).toMatchObject({ code: 'log-missing', message: expect.stringMatching(/has no record 0; its oldest is/) as string });
    expect(await failureOf((async () => again.open('q', 2_002, on(disk.view())))())).toMatchObject({ code: 'log-missing', message: expect.stringMatching(/It is another log, or an older copy/) as string });
    expect(await failureOf((async () => again.open('q', { byte: 1 }, on(disk.view())))())).toMatchObject({ code: 'log-position' });
  });
  it('that is full waits for a checkpoint, or fails, as it was told', async () => {
    const disk = memoryDisk();
    const options = { segmentBytes: 2_000, maxBytes: 8_000 };
    const source = around(queue({ q: values(0, 3_000) }), options);
    const reader = await source.open('q', undefined, on(disk.view()));
    const seen: number[] = [];
    let most = 0;
    let position: Position = 0;
    while (seen.length < 3_000) {
      const answer = await reader.read(100, new AbortController().signal);
      if (typeof answer === 'string') throw new Error(answer);
      seen.push(...answer.values);
      position = answer.position;
      most = Math.max(most, [...disk.texts(FOLDER)].reduce((sum, [, content]) => sum + content.length, 0));
      if (seen.length % 10 === 0) await source.commit?.({ q: position });
    }
    expect(seen).toEqual(values(0, 3_000));
    expect(most).toBeLessThan(8_200);
    await reader.close();
    const failing = around(queue({ f: values(0, 3_000) }), { ...options, whenFull: 'fail' });
    const other = await failing.open('f', undefined, on(disk.view()));
    expect(await failureOf(drain(other))).toMatchObject({ code: 'log-full', message: expect.stringMatching(/raise maxBytes/) as string });
    await other.close();
  });
  it('reads what was logged of a split that is gone', async () => {
    const disk = memoryDisk();
    const source = around(queue({ old: values(0, 5), kept: values(5, 6) }));
    expect(await source.splits(on(disk.view()))).toEqual(['old', 'kept']);
    const reader = await source.open('old', undefined, on(disk.view()));
    await drain(reader, 2);
    await reader.close();
    const next = around(queue({ kept: values(6, 7) }));
    expect(await next.splits(on(disk.view()))).toEqual(['kept', 'old']);
    const rest = await next.open('old', 2, on(disk.view()));
    expect((await drain(rest)).values[0]).toBe(2);
    await rest.close();
  });
  it('is not put in front of what can be read again, nor of splits that change', async () => {
    const replayable: Source<number> = { ...queue({ a: [1] }), replayable: true };
    expect(around(replayable)).toBe(replayable);
    const changing: Source<number> = { ...queue({ a: [1] }), async *splits() {} }; // prettier-ignore
    expect(await failureOf(Promise.resolve(around(changing).splits(on(memoryDisk().view()))))).toMatchObject({ problems: [{ code: 'log-splits' }] });
    expect(() => writeAheadLog('', { segmentBytes: 10, maxBytes: 15, whenFull: 'drop' as 'fail' })).toThrow(/problems/);
  });
});

/** A broker: gives what was not acknowledged again to whoever connects. */
function broker(count: number) {
  let pending = values(0, count);
  const acknowledged: number[] = [];
  const deliveries = new Map<number, number>();
  const source: Source<number> = {
    name: 'broker',
    replayable: false,
    splits: () => ['0'],
    open() {
      let last = -1;
      return {
        read(max) {
          const some = pending.filter(value => value > last).slice(0, Math.min(max, 3));
          last = some.at(-1) ?? last;
          for (const value of some) deliveries.set(value, (deliveries.get(value) ?? 0) + 1);
          return some.length === 0 ? 'idle' : { values: some, position: some.at(-1) ?? 0 };
        },
        close() {},
      };
    },
    async commit(positions) {
      const upTo = Number(positions['0']);
      acknowledged.push(...pending.filter(value => value <= upTo));
      pending = pending.filter(value => value > upTo);
    },
  };
  return { source, acknowledged, deliveries, done: () => pending.length === 0 };
}

describe('a crash', () => {
  interface State {
    position: number;
    seen: number[];
  }
  /** A job that adds up what it sees, with a checkpoint after every second batch. */
  async function incarnation(source: Source<number>, disk: Disk, state: State, all: Map<number, number>, done: () => boolean, alive: () => boolean = () => true): Promise<void> {
    const ended = new AbortController();
    const reader = await source.open('0', state.position, on(disk, ended.signal));
    try {
      let { position } = state;
      const seen = [...state.seen];
      for (let batches = 1; ; batches++) {
        // Asked before: what came while the answer was on its way, the answer does not know of.
        const over = done();
        const answer = await reader.read(2, ended.signal);
        if (!alive()) return;
        if (typeof answer === 'string') {
          if (!over) continue;
          Object.assign(state, { position, seen: [...seen] });
          break;
        }
        answer.values.forEach((value, index) => {
          const place = Number(answer.positionOf?.(index));
          expect(all.get(place) ?? value).toBe(value);
          all.set(place, value);
          seen.push(value);
        });
        position = Number(answer.position);
        if (batches % 2 === 0 || (over && answer.behind !== true)) {
          Object.assign(state, { position, seen: [...seen] });
          await source.commit?.({ '0': position });
        }
        if (over && answer.behind !== true) break;
      }
    } finally {
      ended.abort();
      await reader.close();
    }
  }
  const options: WriteAheadLogOptions = { segmentBytes: 150 };
  async function crashed(n: number, power: boolean, error: boolean): Promise<boolean> {
    const disk = memoryDisk();
    const world = broker(14);
    const state: State = { position: 0, seen: [] };
    const all = new Map<number, number>();
    let killed: () => void = () => {};
    const dead = new Promise<'killed'>(resolve => (killed = () => resolve('killed')));
    const at = atCall(n, (call, path) => {
      if (error) throw Object.assign(new Error(`EIO at ${call} of ${path}`), { code: 'EIO' });
      view.kill();
      killed();
    });
    const view = disk.view(at.fault);
    // The zombie of a process that was killed is deaf, too.
    let alive = true;
    const source: Source<number> = { ...world.source, commit: async positions => (alive ? world.source.commit?.(positions) : new Promise<never>(() => {})) };
    const outcome = await Promise.race([incarnation(around(source, options), view, state, all, world.done, () => alive).then(() => 'done' as const, (cause: unknown) => cause), dead]);
    alive = false;
    if (power) {
      disk.powerLoss(n % 2);
      // What was handed down was synced, so even that is still there.
    }
    if (outcome !== 'done' && outcome !== 'killed') expect(outcome).toMatchObject({ code: expect.stringMatching(/log-unusable|disk-sync/) as string });
    await incarnation(around(world.source, options), disk.view(), state, all, world.done);
    expect([...new Set(state.seen)]).toEqual(values(0, 14));
    for (const value of new Set(state.seen)) expect(state.seen.filter(seen => seen === value).length).toBeLessThanOrEqual(world.deliveries.get(value) ?? 0);
    expect(world.acknowledged).toEqual(values(0, 14));
    return at.calls() >= n;
  }
  it.each([
    ['a kill', false, false],
    ['a power loss', true, false],
    ['an error', false, true],
  ] as const)('by %s, at every call, loses nothing that was acknowledged or handed down', async (_what, power, error) => {
    for (let n = 1; await crashed(n, power, error); n++);
  });
});

describe('a job', () => {
  it('goes on where it was, with records that came while it did not check', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-wal-'));
    try {
      const state = memory();
      const sums: number[] = [];
      const sink: Sink<number> = { name: 'sums', guarantee: 'idempotent', open: () => ({ write: some => void sums.push(...some), flush() {}, close() {} }) };
      const given = new Subject<number>();
      const start = (): ReturnType<ReturnType<Stream<number>['to']>['run']> =>
        Stream.from(given, { name: 'given', log: writeAheadLog(join(folder, 'wal')) })
          .keyBy(() => 'all')
          .scan(() => 0, (sum, value) => sum + value, { name: 'sum' })
          .map(({ value }) => value)
          .to(sink, { name: 'out' })
          .run({ name: 'job', state, checkpoint: '1h' });
      const first = await start();
      expect(first.report.sinks.map(({ guarantee }) => guarantee)).toEqual(['exactly-once']);
      const until = async (sum: number): Promise<void> => {
        while (sums.at(-1) !== sum) await new Promise(resolve => setImmediate(resolve));
      };
      while (!given.observed) await new Promise(resolve => setImmediate(resolve));
      given.next(1);
      given.next(2);
      await until(3);
      await first.checkpoint();
      given.next(4);
      await until(7);
      // It ends without a further checkpoint of what it saw.
      (first as unknown as { crash(): void }).crash();
      await first.done.catch(() => {});
      const second = await start();
      await until(7);
      while (!given.observed) await new Promise(resolve => setImmediate(resolve));
      given.next(8);
      await until(15);
      await second.stop();
      expect(sums).toEqual([1, 3, 7, 7, 15]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
