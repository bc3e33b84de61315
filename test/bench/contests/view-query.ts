/** Queries of one key over a range: of a view in memory with a million keys and twenty million granules against a `Map` of sorted arrays; ten times longer ranges; and of a version on the disk against a bare iteration over the same file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { count } from 'millrace';
import { systemClock } from '../../../src/core/clock.js';
import { systemDisk } from '../../../src/core/disk.js';
import { definitionOf } from '../../../src/views/definition.js';
import { folderVersions } from '../../../src/views/folder-versions.js';
import type { Pin } from '../../../src/views/pin.js';
import { readingOf } from '../../../src/views/reading.js';
import { memoryRows, type VersionRows } from '../../../src/views/rows.js';
import { turnsOf } from '../../../src/views/turns.js';
import { contest } from '../kit/contest.js';

const HOUR = 3_600_000;
const KEYS = 1_000_000;
const GRANULES = 20;
const LONG_KEYS = 2_000;
const LONG_GRANULES = 1_000;
const DISK_KEYS = 20_000;
const DISK_GRANULES = 100;
/** Fewer than what is kept merged. */
const OF_THEM = 50;
const ASKED = 200_000;
const name = (i: number): string => `page-${i}`;
const turns = turnsOf(systemClock);

/** A view's questions to one version, as the engine asks them. */
function readingOver(rows: VersionRows) {
  const definition = definitionOf({ key: (hit: { readonly url: string }) => hit.url, every: '1h', aggregate: count() });
  const manifest = { format: 2, view: 'bench', version: 1, from: [0], cut: [1], codeHash: definition.codeHash, rows: rows.size, events: 0, skipped: 0, watermark: null, createdAt: 0, bytes: 0, checksum: 0 } as const;
  const pin: Pin = { definition, version: { manifest, rows, cache: new LRUCache({ max: 10_000 }), leases: 0 }, cut: [1], segments: [], watermark: 0, gaps: [], still: () => ({ pin, release: () => {} }) };
  return readingOf<string, number>(async () => pin, () => turns);
}
const filled = (keys: number, granules: number): VersionRows => {
  const rows = memoryRows();
  for (let key = 0; key < keys; key++) for (let i = 0; i < granules; i++) rows.set(name(key), i * HOUR, (key + i) % 100);
  return rows;
};

interface Arrays {
  readonly starts: number[];
  readonly counts: number[];
}
const sumOf = ({ starts, counts }: Arrays, from: number, to: number): number => {
  let low = 0;
  for (let high = starts.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  let sum = 0;
  for (let i = low; i < starts.length && (starts[i] ?? to) < to; i++) sum += counts[i] ?? 0;
  return sum;
};

{
  const reading = readingOver(filled(KEYS, GRANULES));
  const byHand = new Map<string, Arrays>();
  for (let key = 0; key < KEYS; key++) byHand.set(name(key), { starts: Array.from({ length: GRANULES }, (_, i) => i * HOUR), counts: Array.from({ length: GRANULES }, (_, i) => (key + i) % 100) });
  const asked = Array.from({ length: ASKED }, (_, i) => ({ key: name((i * 7_919) % KEYS), from: (i % 8) * HOUR, to: ((i % 8) + 10) * HOUR }));
  await contest({
    name: '200 k queries of one key over 10 of its 20 granules, 1 M keys in memory',
    rival: 'a Map of sorted arrays, asked by an async function too',
    goal: 0.3,
    pairs: 7,
    async ours() {
      let sum = 0;
      for (const { key, from, to } of asked) sum += (await reading.query(key, { from, to })).value;
      return sum;
    },
    async theirs() {
      const query = async (key: string, from: number, to: number): Promise<number> => {
        const found = byHand.get(key);
        return found === undefined ? 0 : sumOf(found, from, to);
      };
      let sum = 0;
      for (const { key, from, to } of asked) sum += await query(key, from, to);
      return sum;
    },
  });
}
{
  const reading = readingOver(filled(LONG_KEYS, LONG_GRANULES));
  const ask = async (granules: number): Promise<void> => {
    for (let i = 0; i < ASKED / 10; i++) await reading.query(name((i * 7) % LONG_KEYS), { from: (i % 400) * HOUR, to: ((i % 400) + granules) * HOUR });
  };
  await contest({ name: 'queries of 60 granules, at most 3x the time of ten times shorter ones', rival: 'the same of 6 granules', goal: 1, allowance: 3, pairs: 7, ours: () => ask(60), theirs: () => ask(6), essence: () => undefined });
}
{
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const versions = folderVersions(systemDisk, folder, 'bench', 16 * 2 ** 20);
  const draft = await versions.begin();
  const manifest = await draft.keep({ from: [0], cut: [1], codeHash: 'bench', events: 0, skipped: 0, watermark: null, createdAt: 0 }, filled(DISK_KEYS, DISK_GRANULES).scan({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, turns), turns);
  const reading = readingOver(await versions.load(manifest));
  const path = join(folder, 'version-0000000001', 'rows.ndjson');
  // What the rival knows of the file: where each key begins.
  const places: { readonly key: string; readonly at: number; readonly bytes: number }[] = [];
  let end = 0;
  for (const key of Array.from({ length: DISK_KEYS }, (_, i) => name(i)).sort()) {
    const lengths = Array.from({ length: DISK_GRANULES }, (_, i) => JSON.stringify([key, i * HOUR, (Number(key.slice(5)) + i) % 100]).length + 1);
    const bytes = lengths.slice(0, OF_THEM).reduce((sum, n) => sum + n, 0);
    places.push({ key, at: end, bytes });
    end += lengths.reduce((sum, n) => sum + n, 0);
  }
  const byKey = new Map(places.map(place => [place.key, place]));
  const file = await open(path, 'r');
  try {
    const asked = Array.from({ length: 3_000 }, (_, i) => name((i * 7_919) % DISK_KEYS));
    await contest({
      name: 'queries of one key, 50 of its 100 granules, from a version on the disk of 2 M rows of which a tenth is in memory, at most 2x the time',
      rival: 'reading and parsing exactly the lines of that key',
      goal: 1,
      allowance: 2,
      pairs: 7,
      async ours() {
        let sum = 0;
        for (const key of asked) sum += (await reading.query(key, { from: 0, to: OF_THEM * HOUR })).value;
        return sum;
      },
      async theirs() {
        let sum = 0;
        for (const key of asked) {
          const { at, bytes } = byKey.get(key) ?? { at: 0, bytes: 0 };
          const { buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, at);
          for (const line of buffer.toString().split('\n')) if (line !== '') sum += (JSON.parse(line) as [string, number, number])[2]; // as it was written
        }
        return sum;
      },
    });
  } finally {
    await file.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
