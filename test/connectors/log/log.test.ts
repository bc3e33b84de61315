/**
 * The log by a model (an array of what was appended), with a crash, a power loss or an error at every call of the disk, and by damage at every byte. The oracle: what was durable is there,
 * in order, once; what was appended and not yet durable may be there, as a beginning of it; nothing else ever is.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLog, readLog, type Log, type LogOptions } from '../../../src/connectors/log/index.js';
import type { Disk } from '../../../src/core/disk.js';
import { atCall, memoryDisk, type MemoryDisk } from '../memory-disk.js';

const FOLDER = '/data/log';
const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (record: Uint8Array): string => Buffer.from(record).toString();

async function rest(log: Log, from = log.first, max = 7): Promise<string[]> {
  const reader = log.reader(from);
  const found: string[] = [];
  for (let some = await reader.read(max); some.length > 0; some = await reader.read(max)) found.push(...some.map(text));
  await reader.close();
  return found;
}
const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'fine', (error: { code?: unknown }) => error.code);

/** Appends and syncs until `count` records are there, in small segments. */
async function fill(disk: Disk, options: LogOptions, count: number, durable: (next: number) => void = () => {}): Promise<Log> {
  const log = await openLog(FOLDER, options, disk);
  while (log.next < count) {
    log.append(Array.from({ length: 1 + (log.next % 3) }, (_, i) => bytes(`record ${log.next + i}`)));
    durable(await log.sync());
  }
  return log;
}
const numbered = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `record ${from + i}`);

describe('a log', () => {
  it('keeps records in order, across segments and openings, and is read from any position', async () => {
    const disk = memoryDisk();
    for (const upTo of [5, 40, 41, 100]) await (await fill(disk.view(), { segmentBytes: 200 }, upTo)).close();
    const log = await openLog(FOLDER, { segmentBytes: 200 }, disk.view());
    expect([log.first, log.generation, log.next >= 100]).toEqual([0, 5, true]);
    for (const from of [0, 1, 39, 40, 99, log.next]) expect(await rest(log, from)).toEqual(numbered(from, log.next));
    const reader = readLog(FOLDER, 17, undefined, disk.view());
    expect((await reader.read(3)).map(text)).toEqual(numbered(17, 20));
    expect(reader.position).toBe(20);
    expect(() => log.reader(log.next + 1)).toThrow(/ends before record/);
  });
  it('is read while it is written, by this process and by another', async () => {
    const disk = memoryDisk();
    const log = await openLog(FOLDER, { segmentBytes: 120 }, disk.view());
    const [inner, outer] = [log.reader(0), readLog(FOLDER, 0, undefined, disk.view())];
    const seen: [string[], string[]] = [[], []];
    for (let n = 0; n < 50; n++) {
      log.append([bytes(`record ${n}`)]);
      expect(await inner.read(10)).toEqual([]);
      await log.sync();
      seen[0].push(...(await inner.read(10)).map(text));
      seen[1].push(...(await outer.read(1 + (n % 3))).map(text));
    }
    for (let more = await outer.read(4); more.length > 0; more = await outer.read(4)) seen[1].push(...more.map(text));
    expect(seen).toEqual([numbered(0, 50), numbered(0, 50)]);
  });
  it('syncs once for all who wait', async () => {
    const disk = memoryDisk();
    let syncs = 0;
    const log = await openLog(FOLDER, {}, disk.view(call => void (syncs += Number(call === 'sync'))));
    syncs = 0; // of what it is told when it opens
    const answers = [];
    for (let n = 0; n < 10; n++) {
      log.append([bytes(`record ${n}`)]);
      answers.push(log.sync());
    }
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 10 }, () => 10));
    expect(syncs).toBe(1);
  });
  it('is trimmed by position and by size, in whole segments, never the last', async () => {
    const disk = memoryDisk();
    const log = await fill(disk.view(), { segmentBytes: 200 }, 60);
    await log.trim({ before: 30 });
    expect(log.first).toBeGreaterThan(10);
    expect(log.first).toBeLessThanOrEqual(30);
    expect(await rest(log)).toEqual(numbered(log.first, log.next));
    expect(() => log.reader(0)).toThrow(/oldest is/);
    expect(await codeOf(readLog(FOLDER, 0, undefined, disk.view()).read(1))).toBe('log-missing');
    await log.trim({ bytes: 500 });
    expect(log.bytes).toBeLessThanOrEqual(500);
    await log.trim({ before: Number.POSITIVE_INFINITY });
    expect(await rest(log)).toEqual(numbered(log.first, log.next));
    const { first, next } = log;
    await log.close();
    const again = await openLog(FOLDER, {}, disk.view());
    expect([again.first, again.next]).toEqual([first, next]);
  });
  it('refuses a record that is too large, and options that cannot be', async () => {
    const log = await openLog(FOLDER, { maxRecordBytes: 4 }, memoryDisk().view());
    expect(() => log.append([bytes('1234'), bytes('12345')])).toThrow(/more than maxRecordBytes/);
    expect(log.next).toBe(0);
    await expect(openLog('', { segmentBytes: 0, maxRecordBytes: -1 })).rejects.toThrow(/3 problems/);
  });
  it('works on a real disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-log-'));
    try {
      for (let round = 1; round <= 3; round++) {
        const log = await openLog(join(folder, 'a', 'b'), { segmentBytes: 1_000 });
        for (let n = 0; n < 20; n++) log.append([bytes(`record ${log.next}`)]);
        await log.sync();
        expect(await rest(log)).toEqual(numbered(0, 20 * round));
        await log.close();
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
  it('is the array of what was appended, whatever is done', async () => {
    const step = fc.oneof(
      fc.record({ append: fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }) }),
      fc.constant('sync' as const),
      fc.constant('close' as const),
      fc.constant('crash' as const),
      fc.constant('power' as const),
      fc.record({ trim: fc.nat(60) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 300 }), async (steps, segmentBytes) => {
        const disk = memoryDisk();
        let log = await openLog(FOLDER, { segmentBytes }, disk.view());
        let model: string[] = [];
        let durable = 0;
        for (const what of steps) {
          if (what === 'sync') durable = await log.sync();
          else if (typeof what === 'object' && 'append' in what) {
            log.append(what.append);
            model.push(...what.append.map(record => Buffer.from(record).toString('hex')));
          } else if (typeof what === 'object') await log.trim({ before: Math.min(what.trim, durable) });
          else {
            if (what === 'close') await log.close();
            if (what === 'power') disk.powerLoss();
            log = await openLog(FOLDER, { segmentBytes }, disk.view());
            expect(log.next).toBe(what === 'close' ? model.length : durable);
            model = model.slice(0, log.next);
            durable = log.next;
          }
          const reader = log.reader(log.first);
          const found = await reader.read(1_000);
          expect(found.map(record => Buffer.from(record).toString('hex'))).toEqual(model.slice(log.first, durable));
          await reader.close();
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('a crash', () => {
  const OPTIONS: LogOptions = { segmentBytes: 120 };
  const COUNT = 14;
  /** Fills a log with a fault at the n-th call; answers whether it came, and what was durable. */
  async function interrupted(disk: MemoryDisk, n: number, die: boolean, what: 'throw' | 'half' = 'throw'): Promise<{ readonly came: boolean; readonly durable: number }> {
    let durable = 0;
    let killed: () => void = () => {};
    const dead = new Promise<void>(resolve => (killed = resolve));
    const at = atCall(n, (call, path) => {
      if (what === 'half') return call === 'write' ? 'half' : undefined;
      if (!die) throw Object.assign(new Error(`EIO at ${call} of ${path}`), { code: 'EIO' });
      view.kill();
      killed();
    });
    const view = disk.view(at.fault);
    const work = fill(view, OPTIONS, COUNT, next => (durable = next))
      .then(log => log.close())
      .catch((error: { code?: string }) => expect(error.code).toMatch(/^(log-unusable|disk-sync)$/));
    await Promise.race([work, dead]);
    return { came: at.calls() >= n, durable };
  }
  async function sound(disk: MemoryDisk, durable: number): Promise<void> {
    const log = await openLog(FOLDER, OPTIONS, disk.view());
    expect(log.next).toBeGreaterThanOrEqual(durable);
    expect(await rest(log)).toEqual(numbered(0, log.next));
    await log.close();
    const filled = await fill(disk.view(), OPTIONS, COUNT);
    expect(await rest(filled)).toEqual(numbered(0, filled.next));
  }
  it.each([
    ['a kill', undefined],
    ['a power loss', 0],
    ['a power loss that leaves half', 0.5],
    ['a power loss that leaves all', 1],
  ] as const)('by %s, at every call, loses nothing that was durable', async (_what, kept) => {
    for (let n = 1, more = true; more; n++) {
      const disk = memoryDisk();
      const { came, durable } = await interrupted(disk, n, true);
      if (kept !== undefined) disk.powerLoss(kept);
      await sound(disk, durable);
      more = came;
    }
  });
  it('twice, at every pair of calls, loses nothing either', async () => {
    for (let first = 1, more = true; more; first += 3) {
      for (let second = 1, again = true; again; second++) {
        const disk = memoryDisk();
        const one = await interrupted(disk, first, true);
        disk.powerLoss(first % 2);
        const two = await interrupted(disk, second, true);
        disk.powerLoss(second % 2);
        await sound(disk, Math.max(one.durable, two.durable));
        more = one.came;
        again = two.came;
      }
    }
  });
  it.each(['throw', 'half'] as const)('an error (%s) at every call leaves what was durable', async what => {
    for (let n = 1, more = true; more; n++) {
      const disk = memoryDisk();
      const { came, durable } = await interrupted(disk, n, false, what);
      await sound(disk, durable);
      more = came;
    }
  });
  it('a full disk costs nothing when it has room again; a failed sync is the end', async () => {
    const disk = memoryDisk();
    let full = false;
    let broken = false;
    const log = await openLog(
      FOLDER,
      {},
      disk.view(call => {
        if (broken && call === 'sync') throw Object.assign(new Error('EIO'), { code: 'EIO' });
        return full && call === 'write' ? 'half' : undefined;
      }),
    );
    full = true;
    log.append([bytes('record 0')]);
    for (let tries = 0; tries < 3; tries++) {
      expect(await codeOf(log.sync())).toBe('log-unusable');
      log.append([bytes(`record ${log.next}`)]);
    }
    full = false;
    expect(await log.sync()).toBe(4);
    expect(await rest(log)).toEqual(numbered(0, 4));
    broken = true;
    log.append([bytes('record 4')]);
    expect(await codeOf(log.sync())).toBe('disk-sync');
    broken = false;
    expect(await codeOf(log.sync())).toBe('disk-sync');
    await log.close();
    expect((await openLog(FOLDER, {}, disk.view())).next).toBe(5); // it happens to be there
  });
});

describe('two writers', () => {
  it('the older is refused, and what it writes is not part of the log', async () => {
    const disk = memoryDisk();
    const zombie = await fill(disk.view(), { segmentBytes: 150 }, 10);
    const log = await openLog(FOLDER, { segmentBytes: 150 }, disk.view());
    const start = log.next;
    for (let round = 0; round < 5; round++) {
      zombie.append([bytes('from the grave')]);
      expect(await codeOf(zombie.sync())).toBe('fenced');
      log.append([bytes(`record ${log.next}`)]);
      await log.sync();
    }
    await zombie.close();
    expect(await rest(log)).toEqual(numbered(0, start + 5));
    await log.close();
    const next = await openLog(FOLDER, {}, disk.view());
    expect(await rest(next)).toEqual(numbered(0, start + 5));
  });
  it('a reader that stands in a segment of the older does not go on with what that writes there', async () => {
    const disk = memoryDisk();
    const zombie = await fill(disk.view(), {}, 8);
    const log = await openLog(FOLDER, {}, disk.view());
    const start = log.next;
    const reader = log.reader(0);
    expect((await reader.read(start)).map(text)).toEqual(numbered(0, start));
    zombie.append(Array.from({ length: 3 }, () => bytes('from the grave')));
    expect(await codeOf(zombie.sync())).toBe('fenced');
    log.append([bytes(`record ${start}`), bytes(`record ${start + 1}`)]);
    await log.sync();
    expect((await reader.read(10)).map(text)).toEqual(numbered(start, start + 2));
    await reader.close();
  });
  it('one that slept between looking for a number and taking it gets one that was nobody\'s', async () => {
    const disk = memoryDisk();
    let others: Promise<Log>[] | undefined;
    const view = disk.view();
    const late: Disk = {
      ...view,
      async open(path, mode) {
        if (mode === 'create' && path.includes('claim-') && others === undefined) {
          others = [];
          for (let n = 0; n < 2; n++) others.push(Promise.resolve(await openLog(FOLDER, {}, disk.view())));
        }
        return view.open(path, mode);
      },
    };
    const log = await openLog(FOLDER, {}, late);
    expect([...(await Promise.all(others ?? [])).map(({ generation }) => generation), log.generation]).toEqual([1, 2, 3]);
  });
  it('one that was two before writes a segment of its own, which covers nothing', async () => {
    const disk = memoryDisk();
    const first = await fill(disk.view(), {}, 3);
    const second = await openLog(FOLDER, {}, disk.view());
    // The first goes on where the second begins, and is not told that it counts; the third finds it there.
    first.append([bytes('record 3'), bytes('record 4')]);
    expect(await codeOf(first.sync())).toBe('fenced');
    const third = await openLog(FOLDER, {}, disk.view());
    const start = third.next;
    third.append([bytes(`record ${start}`)]);
    await third.sync();
    second.append([bytes('from the grave')]);
    expect(await codeOf(second.sync())).toBe('fenced');
    expect(await rest(third)).toEqual(numbered(0, start + 1));
    expect((await readLog(FOLDER, 0, undefined, disk.view()).read(100)).map(text)).toEqual(numbered(0, start + 1));
    const next = await openLog(FOLDER, {}, disk.view());
    expect(await rest(next)).toEqual(numbered(0, start + 1));
  });
  it('whenever the older falls asleep, what it was told is durable stays', async () => {
    for (let sleep = 1; ; sleep++) {
      const disk = memoryDisk();
      const inner = disk.view();
      let calls = 0;
      let slept: () => void = () => {};
      let wake: () => void = () => {};
      const sleeping = new Promise<'asleep'>(resolve => (slept = () => resolve('asleep')));
      const awake = new Promise<void>(resolve => (wake = resolve));
      const gate = async (): Promise<void> => {
        if (++calls !== sleep) return;
        slept();
        await awake;
      };
      const asleep: Disk = {
        ...inner,
        open: async (path, mode) => {
          await gate();
          const file = await inner.open(path, mode);
          return { ...file, write: async (data, at) => (await gate(), file.write(data, at)), sync: async () => (await gate(), file.sync()) };
        },
        list: async path => (await gate(), inner.list(path)),
        remove: async path => (await gate(), inner.remove(path)),
        syncFolder: async path => (await gate(), inner.syncFolder(path)),
      };
      const told: string[] = [];
      const zombie = (async () => {
        const log = await openLog(FOLDER, { segmentBytes: 90 }, asleep);
        for (let n = 0; n < 8; n++) {
          log.append([bytes(`old ${n}`)]);
          await log.sync();
          told.push(`old ${n}`);
        }
        await log.close();
      })().catch((error: { code?: unknown }) => expect(error.code).toBe('fenced'));
      if ((await Promise.race([zombie, sleeping])) !== 'asleep') return;
      const log = await openLog(FOLDER, { segmentBytes: 90 }, disk.view());
      log.append([bytes('new 0')]);
      await log.sync();
      wake();
      await zombie;
      log.append([bytes('new 1')]);
      if ((await codeOf(log.sync())) === 'fenced') {
        // It fell asleep before it had claimed the log, and claimed it when it woke: then it is the newer one.
        expect(told).toHaveLength(8);
        expect((await rest(await openLog(FOLDER, {}, disk.view()))).filter(record => record.startsWith('old'))).toEqual(told);
        continue;
      }
      const found = await rest(log);
      await log.close();
      expect(found.filter(record => record.startsWith('old')).slice(0, told.length)).toEqual(told.filter(record => found.includes(record)));
      expect(told.every(record => found.includes(record))).toBe(true);
      expect(found.slice(-2)).toEqual(['new 0', 'new 1']);
      expect(await rest(await openLog(FOLDER, {}, disk.view()))).toEqual(found);
    }
  });
  it('that open at the same time take different generations, and one of them goes on', async () => {
    const disk = memoryDisk();
    const [one, other] = await Promise.all([openLog(FOLDER, {}, disk.view()), openLog(FOLDER, {}, disk.view())]);
    expect(one.generation).not.toBe(other.generation);
    const [older, newer] = one.generation < other.generation ? [one, other] : [other, one];
    older.append([bytes('x')]);
    newer.append([bytes('record 0')]);
    expect(await codeOf(older.sync())).toBe('fenced');
    expect(await newer.sync()).toBe(1);
    expect(await rest(newer)).toEqual(['record 0']);
  });
});

describe('damage', () => {
  it('of any byte is an error with its place, or the end of what never was durable; never another record', async () => {
    const made = memoryDisk();
    const log = await fill(made.view(), { segmentBytes: 150 }, 16);
    const { next } = log;
    await log.close();
    const files = [...made.texts(FOLDER)].filter(([name]) => name.endsWith('.log'));
    expect(files.length).toBeGreaterThan(2);
    for (const [name, content] of files) {
      for (let at = 0; at < content.length; at++) {
        for (const bit of [1, 128]) {
          const path = `${FOLDER}/${name}`;
          made.edit(path, whole => whole.map((byte, i) => (i === at ? byte ^ bit : byte)));
          let found: string[] = [];
          try {
            const again = await openLog(FOLDER, {}, made.view());
            found = await rest(again);
            // Only the last mark can be lost without a trace: nothing stands behind it that would speak of it.
            expect(found).toEqual(numbered(0, next));
            await again.close();
          } catch (error) {
            expect(error).toMatchObject({ code: 'log-damaged', message: expect.stringMatching(/^The segment ".*\.log" of a log is damaged at byte \d+/) as string });
          }
          made.edit(path, () => content);
        }
      }
    }
  });
  it.each([0, 1, 8, 14, 15, 20])('a last write torn by %d bytes is cut off', async left => {
    const disk = memoryDisk();
    const log = await openLog(FOLDER, {}, disk.view());
    log.append([bytes('record 0')]);
    await log.sync();
    const [[name, whole] = ['', new Uint8Array()]] = [...disk.texts(FOLDER)].filter(([file]) => file.endsWith('.log'));
    const size = whole.length;
    log.append([bytes('record 1 that is long enough')]);
    await log.sync();
    disk.edit(`${FOLDER}/${name}`, all => all.slice(0, size + left));
    const again = await openLog(FOLDER, {}, disk.view());
    expect(await rest(again)).toEqual(['record 0']);
    again.append([bytes('record 1')]);
    await again.sync();
    expect(await rest(again)).toEqual(['record 0', 'record 1']);
  });
});
