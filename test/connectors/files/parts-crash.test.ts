/**
 * The sink of parts by the way a job uses it, with a crash, a power loss or an error at every single call it makes of the disk. The oracle: what is visible is, at every
 * moment, what the checkpoints that are durable hold; never half a part, nothing twice; and in the end everything.
 */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { csvParts, ndjsonParts, partsOf } from '../../../src/connectors/files/index.js';
import type { Disk } from '../../../src/core/disk.js';
import { MillraceError } from '../../../src/core/errors.js';
import type { Sink } from '../../../src/core/sink.js';
import type { Json } from '../../../src/core/values.js';
import { suiteEnvironment } from '../../../src/testing/suites/suite.js';
import { atCall, memoryDisk, type Fault, type MemoryDisk } from '../memory-disk.js';

interface Row {
  readonly n: number;
}
const COUNT = 10;
const ROOT = '/data/out';

/** What a store of checkpoints holds; a commit checks the generation. */
interface Store {
  generation: number;
  checkpoint: number;
  position: number;
  tokens: readonly Json[];
}
const fresh = (): Store => ({ generation: 0, checkpoint: 0, position: 0, tokens: [] });

/** One incarnation of a job, from its checkpoint to the end. */
async function incarnation(sink: Sink<Row>, disk: Disk, store: Store, pause?: (at: string) => Promise<void> | void): Promise<void> {
  const generation = ++store.generation;
  const writer = await sink.open({ job: 'job', step: 'out', generation, restored: store.tokens, checkpoint: store.checkpoint, environment: { ...suiteEnvironment(), disk } });
  let outcome: 'done' | 'failed' = 'failed';
  try {
    for (let { position, checkpoint } = store; checkpoint === store.checkpoint || position < COUNT; ) {
      for (let batch = 0; batch < 2 && position < COUNT; batch++, position += 2) {
        expect((await writer.write([{ n: position }, { n: position + 1 }], [0, 0])) ?? []).toEqual([]);
      }
      await writer.flush();
      const token = await writer.prepare!(++checkpoint);
      await pause?.('prepared');
      if (store.generation !== generation) throw new MillraceError('fenced', 'fenced by the store');
      Object.assign(store, { checkpoint, position, tokens: [token] });
      await pause?.('durable');
      await writer.commit!([token!]);
      await pause?.('committed');
      if (position >= COUNT) break;
    }
    outcome = 'done';
  } finally {
    await writer.close(outcome);
  }
}

const sinks: { readonly [name: string]: () => Sink<Row> } = {
  ndjson: () => ndjsonParts<Row>(ROOT),
  'ndjson, partitioned, few open, small': () => ndjsonParts<Row>(ROOT, { partition: ({ n }) => [`third=${n % 3}`, `half=${n % 2}`], maxOpenParts: 2, maxPartBytes: 8 }),
  'csv, packed': () => csvParts<Row>(ROOT, { compression: 'gzip' }),
};

/** What a reader of the final names sees; throws at half a line. */
function visible(disk: MemoryDisk): number[] {
  const rows: number[] = [];
  for (const [path, bytes] of disk.texts(ROOT)) {
    if (path.startsWith('.parts/')) continue;
    const text = path.endsWith('.gz') ? gunzipSync(bytes).toString() : Buffer.from(bytes).toString();
    expect(text.endsWith('\n')).toBe(true);
    const lines = text.trimEnd().split('\n');
    if (path.includes('.csv')) expect(lines.shift()).toBe('n');
    rows.push(...lines.map(line => (line.startsWith('{') ? (JSON.parse(line) as Row).n : Number(line))));
  }
  return rows.sort((a, b) => a - b);
}
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
/** Rows of checkpoints that are durable, some perhaps not yet visible; none twice. */
function soundIn(disk: MemoryDisk, store: Store): void {
  const rows = visible(disk);
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows.every(n => n < store.position)).toBe(true);
}
async function listed(disk: MemoryDisk): Promise<void> {
  const parts = await partsOf(ROOT, disk.view());
  const there = [...disk.texts(ROOT)].filter(([path]) => !path.startsWith('.parts/'));
  expect(parts.map(part => `${part.path}: ${part.bytes}`).sort()).toEqual(there.map(([path, bytes]) => `${path}: ${bytes.length}`).sort());
  expect(parts.reduce((sum, part) => sum + part.rows, 0)).toBe(COUNT);
  expect(parts.map(part => part.path)).toEqual(parts.map(part => part.path).toSorted((a, b) => (a.split('/').at(-1)! < b.split('/').at(-1)! ? -1 : 1)));
}

/** Runs with a fault at the n-th call, then as often without as it takes; answers whether the fault came. */
async function faulty(make: () => Sink<Row>, n: number, what: (disk: MemoryDisk, kill: () => void) => Fault, after: (disk: MemoryDisk) => void): Promise<boolean> {
  const disk = memoryDisk();
  const store = fresh();
  let killed: () => void = () => {};
  const kill = new Promise<'killed'>(resolve => (killed = () => resolve('killed')));
  const at = atCall(n, (call, path) => what(disk, () => (view.kill(), killed()))(call, path));
  const view = disk.view(at.fault);
  const outcome = await Promise.race([incarnation(make(), view, store).then(() => 'done' as const, (error: unknown) => error), kill]);
  after(disk);
  soundIn(disk, store);
  if (outcome !== 'done') {
    if (outcome !== 'killed') expect(outcome).toBeInstanceOf(MillraceError);
    await incarnation(make(), disk.view(), store);
  }
  expect(visible(disk)).toEqual(numbers(COUNT));
  await listed(disk);
  expect([...disk.texts(`${ROOT}/.parts/staged`).keys()]).toEqual([]);
  return at.calls() >= n;
}
async function atEveryCall(make: () => Sink<Row>, what: (disk: MemoryDisk, kill: () => void) => Fault, after: (disk: MemoryDisk) => void = () => {}): Promise<number> {
  for (let n = 1; ; n++) if (!(await faulty(make, n, what, after))) return n - 1;
}

describe.each(Object.entries(sinks))('%s', (_name, make) => {
  it('is killed at every call', async () => {
    expect(await atEveryCall(make, (_, kill) => () => kill())).toBeGreaterThan(60);
  });
  it.each([0, 0.5])('loses its power at every call, %d of what was not synced stays', async kept => {
    await atEveryCall(make, (_, kill) => () => kill(), disk => disk.powerLoss(kept));
  });
  it('gets an error at every call', async () => {
    await atEveryCall(make, () => (call, path) => {
      throw Object.assign(new Error(`EIO at ${call} of ${path}`), { code: 'EIO' });
    });
  });
  it('runs out of space in the middle of every write', async () => {
    await atEveryCall(make, () => call => (call === 'write' ? 'half' : undefined));
  });
  it('is killed at every call of the run that mends the first kill', async () => {
    for (const first of [25, 45, 65]) {
      for (let n = 1, more = true; more; n += 2) {
        const disk = memoryDisk();
        const store = fresh();
        for (const at of [first, n]) {
          const counted = atCall(at, () => (view.kill(), killed()));
          let killed: () => void = () => {};
          const kill = new Promise<void>(resolve => (killed = resolve));
          const view = disk.view(counted.fault);
          await Promise.race([incarnation(make(), view, store), kill]);
          disk.powerLoss(n % 2);
          soundIn(disk, store);
          if (at === n) more = counted.calls() >= n;
        }
        if (store.position < COUNT || visible(disk).length < COUNT) await incarnation(make(), disk.view(), store);
        expect(visible(disk)).toEqual(numbers(COUNT));
      }
    }
  });
});

describe('a zombie', () => {
  it('that wakes at any call, at any moment of its successor, changes nothing', async () => {
    for (let sleep = 1; sleep < 400; sleep++) {
      const disk = memoryDisk();
      const store = fresh();
      const make = sinks['ndjson, partitioned, few open, small']!;
      let slept: () => void = () => {};
      const sleeping = new Promise<void>(resolve => (slept = resolve));
      let wake: () => void = () => {};
      const awake = new Promise<void>(resolve => (wake = resolve));
      let calls = 0;
      const inner = disk.view();
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
          return { ...file, write: async (bytes, at) => (await gate(), file.write(bytes, at)), sync: async () => (await gate(), file.sync()) };
        },
        rename: async (from, to) => (await gate(), inner.rename(from, to)),
        remove: async path => (await gate(), inner.remove(path)),
        list: async path => (await gate(), inner.list(path)),
        syncFolder: async path => (await gate(), inner.syncFolder(path)),
      };
      const zombie = incarnation(make(), asleep, store).then(() => 'done' as const, (error: unknown) => error);
      if ((await Promise.race([zombie, sleeping])) === 'done') return;
      // The successor is awaited at one of its phases, while the zombie runs to its end.
      let phase = 0;
      await incarnation(make(), disk.view(), store, async () => {
        if (++phase !== 1 + (sleep % 4)) return;
        wake();
        // One that was only about to end may do so: all it had to do was done by its successor.
        const end = await zombie;
        if (end !== 'done') expect(end).toMatchObject({ code: expect.stringMatching(/fenced|files-/) as string });
        soundIn(disk, store);
      });
      wake();
      await zombie;
      expect(visible(disk)).toEqual(numbers(COUNT));
      await listed(disk);
    }
    throw new Error('there is an end');
  });
});
