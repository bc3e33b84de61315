/** The simplest state that survives its process: everything, written anew at every checkpoint, beside and then renamed. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { memory, type Key, type Manifest, type StateBackend, type Sub } from 'millrace';

interface Kept {
  readonly generation: number;
  readonly manifest?: Manifest | undefined;
  readonly tables: readonly (readonly [step: string, name: string, entries: readonly (readonly [Key, Sub | null, unknown])[]])[];
}

export function fileState(folder: string): StateBackend {
  const path = join(folder, 'state.json');
  const write = (kept: Kept): void => {
    const file = openSync(`${path}.new`, 'w');
    writeSync(file, JSON.stringify(kept));
    fsyncSync(file);
    closeSync(file);
    renameSync(`${path}.new`, path);
  };
  return {
    durable: true,
    async open(job, environment) {
      const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Kept) : { generation: 0, tables: [] };
      const generation = before.generation + 1;
      write({ ...before, generation });
      const inner = await memory().open(job, environment);
      for (const [step, name, entries] of before.tables) for (const [key, sub, value] of entries) inner.table(step, name).set(key, value, sub ?? undefined);
      if (before.manifest !== undefined) await inner.commit(before.manifest, { go: () => true });
      return {
        ...inner,
        generation,
        restored: before.manifest,
        get dirty() {
          return inner.dirty;
        },
        async commit(manifest, pace) {
          await inner.commit(manifest, pace);
          write({ generation, manifest, tables: [...inner.tables()].map(([step, name]) => [step, name, [...inner.table<unknown>(step, name).scan()].map(([key, sub, value]) => [key, sub ?? null, value] as const)] as const) });
        },
      };
    },
  };
}
