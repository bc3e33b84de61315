/** Savepoints of made-up states, for the tests of this folder. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { systemClock, systemEnvironment } from '../../../src/core/clock.js';
import { systemDisk } from '../../../src/core/disk.js';
import type { Manifest } from '../../../src/core/state.js';
import type { Json } from '../../../src/core/values.js';
import { openSavepoint } from '../../../src/state/savepoint/read.js';
import { writeSavepoint, type SavedEntry } from '../../../src/state/savepoint/write.js';

export const environment = systemEnvironment(new AbortController().signal);
export const fresh = (): Promise<string> => mkdtemp(join(inject('folder'), 'savepoint-'));

export const manifest: Manifest = {
  job: 'job',
  generation: 3,
  checkpoint: 7,
  plan: [{ step: 'a', kind: 'keyed', version: 1, signature: { size: 10 } }],
  positions: { in: { 0: { line: 4 }, 1: 'end' } },
  watermarks: { a: 5 },
  committables: { out: ['token'] as readonly Json[] },
};

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
/** Without numbers: V8 writes what is no tree, and the bytes of a number then say how it is held. */
const shared = { of: 'both' };
/** What JSON loses, and what it has trouble with. */
export const hardValues: readonly unknown[] = [
  0, -0, NaN, Infinity, -Infinity, 1e308, null, '', '\ud800', '__proto__', 12345678901234567890n, -1n, true, [undefined, 1], { a: undefined }, new Date(0), new Date(NaN),
  new Map<unknown, unknown>([[{ k: 1 }, new Set([1n, -0])], [NaN, null]]), new Uint8Array([1, 2, 3]), new Float64Array([1.5, NaN]), new Uint8Array([4, 5]).buffer, new DataView(new Uint8Array([6]).buffer),
  JSON.parse('{"__proto__":{"x":1},"$date":3,"$map":[]}') as unknown, Object.assign(Object.create(null) as object, { bare: [1] }), cyclic, [shared, shared], { deep: [[[[{ $: 1n }]]]] },
];
export const hardKeys: readonly SavedEntry[0][] = ['', '__proto__', '\ud800', 0, -1.5, Infinity, -Infinity, 1n, -(2n ** 70n), false, true, [], ['a', [1, 2n, true]], '1', 1, 'x'.repeat(2_000)];

export type Tables = Readonly<Record<string, Readonly<Record<string, readonly SavedEntry[]>>>>;

export const hardTables: Tables = {
  a: { values: hardValues.map((value, i) => [i, undefined, value] as const), keys: hardKeys.map((key, i) => [key, undefined, i] as const) },
  b: { rows: [['k', undefined, 'own'], ['k', -1, 'x'], ['k', 2, 'y'], ['k', '2', 'z'], ['k', 'long'.repeat(500), 'w']] },
};

export const snapshotOf = (tables: Tables, of: Manifest = manifest) => ({
  manifest: of,
  tables: () => Object.entries(tables).flatMap(([step, names]) => Object.keys(names).map(name => [step, name] as const)),
  scan: (step: string, table: string) => tables[step]?.[table] ?? [],
});

export const save = (path: string, tables: Tables, of?: Manifest) => writeSavepoint(snapshotOf(tables, of), { disk: systemDisk, clock: systemClock, path });

/** Everything in a savepoint, read back. */
export async function contents(path: string): Promise<{ readonly id: string; readonly manifest: Manifest; readonly tables: Tables }> {
  const savepoint = await openSavepoint(path, systemDisk);
  const tables: Record<string, Record<string, SavedEntry[]>> = {};
  try {
    for await (const part of savepoint.parts()) for (const { step, table, key, sub, value } of part) ((tables[step] ??= {})[table] ??= []).push([key, sub, value]);
  } finally {
    await savepoint.close();
  }
  return { id: savepoint.id, manifest: savepoint.manifest, tables };
}
