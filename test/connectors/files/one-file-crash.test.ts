/**
 * The sinks of one file by the way a job uses them, with a crash, a power loss or an error at every call they make of the disk. They are `append` sinks, but what a checkpoint
 * knows of the file is exact: the oracle is the file of a run without an incident.
 */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { csvFile, ndjsonFile } from '../../../src/connectors/files/index.js';
import type { Disk } from '../../../src/core/disk.js';
import { DataError } from '../../../src/core/errors.js';
import type { Sink } from '../../../src/core/sink.js';
import type { Json } from '../../../src/core/values.js';
import { suiteEnvironment } from '../../../src/testing/suites/suite.js';
import { atCall, memoryDisk, type Fault } from '../memory-disk.js';

interface Row {
  readonly n: number;
}
interface Store {
  checkpoint: number;
  position: number;
  tokens: readonly Json[];
}
const COUNT = 12;

async function incarnation(sink: Sink<Row>, disk: Disk, store: Store): Promise<void> {
  const writer = await sink.open({ job: 'job', step: 'out', generation: 1, restored: store.tokens, checkpoint: store.checkpoint, environment: { ...suiteEnvironment(), disk } });
  let outcome: 'done' | 'failed' = 'failed';
  try {
    for (let { position, checkpoint } = store; position < COUNT; ) {
      await writer.write([{ n: position }, { n: position + 1 }], [0, 0]);
      position += 2;
      if (position % 4 !== 0) continue;
      await writer.flush();
      const token = await writer.prepare!(++checkpoint);
      Object.assign(store, { checkpoint, position, tokens: [token] });
    }
    outcome = 'done';
  } finally {
    await writer.close(outcome);
  }
}

const sinks: readonly (readonly [path: string, make: () => Sink<Row>])[] = [
  ['/data/out.ndjson', () => ndjsonFile<Row>('/data/out.ndjson')],
  ['/data/out.csv', () => csvFile<Row>('/data/out.csv')],
  ['/data/out.ndjson.gz', () => ndjsonFile<Row>('/data/out.ndjson.gz')],
];

describe.each(sinks)('%s', (path, make) => {
  const name = path.slice('/data/'.length);
  const texts = (disk: ReturnType<typeof memoryDisk>): string | undefined => {
    const bytes = disk.texts('/data').get(name);
    return bytes === undefined ? undefined : (name.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
  };
  async function atEveryCall(what: (kill: () => void) => Fault, after: (disk: ReturnType<typeof memoryDisk>) => void = () => {}): Promise<number> {
    const calm = memoryDisk();
    await incarnation(make(), calm.view(), { checkpoint: 0, position: 0, tokens: [] });
    for (let n = 1; ; n++) {
      const disk = memoryDisk();
      const store: Store = { checkpoint: 0, position: 0, tokens: [] };
      let killed: () => void = () => {};
      const kill = new Promise<'killed'>(resolve => (killed = () => resolve('killed')));
      const at = atCall(n, (call, where) => what(() => (view.kill(), killed()))(call, where));
      const view = disk.view(at.fault);
      const outcome = await Promise.race([incarnation(make(), view, store).then(() => 'done' as const, (error: unknown) => error), kill]);
      if (outcome !== 'done' && outcome !== 'killed') expect(outcome).toBeInstanceOf(DataError);
      after(disk);
      // Whole, or not there.
      expect([undefined, texts(calm)]).toContain(texts(disk));
      if (outcome !== 'done') await incarnation(make(), disk.view(), store);
      expect(texts(disk)).toBe(texts(calm));
      if (at.calls() < n) return n - 1;
    }
  }
  it('killed at every call', async () => expect(await atEveryCall(kill => () => kill())).toBeGreaterThan(15));
  it.each([0, 0.5, 1])('without power at every call, %d of what was not synced stays', async kept => {
    await atEveryCall(kill => () => kill(), disk => disk.powerLoss(kept));
  });
  it('with an error at every call', async () => {
    await atEveryCall(() => (call, where) => {
      throw Object.assign(new Error(`EIO at ${call} of ${where}`), { code: 'EIO' });
    });
  });
  it('with a full disk at every write', async () => {
    await atEveryCall(() => call => (call === 'write' ? 'half' : undefined));
  });
});

it.each(['/out.ndjson', '/out.ndjson.gz'])('%s keeps nothing of a write that failed', async path => {
  const disk = memoryDisk();
  let full = true;
  const view = disk.view(call => (full && call === 'write' ? 'half' : undefined));
  const writer = await ndjsonFile(path).open({ job: 'job', step: 'out', generation: 1, restored: [], checkpoint: 0, environment: { ...suiteEnvironment(), disk: view } });
  const noise = Array.from({ length: 60_000 }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 0).toString(36)).join('');
  await expect(Promise.resolve(writer.write([noise], [0]))).rejects.toMatchObject({ code: 'files-unwritable' });
  full = false;
  await writer.write([1], [0]);
  await writer.close('done');
  const bytes = disk.texts('/').get(path.slice(1)) ?? new Uint8Array();
  expect((path.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString()).toBe('1\n');
});
