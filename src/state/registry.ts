/** The tables of one incarnation, by step and name: what `volatile` and `memory` share. */
import type { StateTable } from '../core/state.js';
import { memoryTable, type Layer, type MemoryTable } from './table.js';

/** Tables by step and name. */
export interface TableRegistry {
  table<V>(step: string, name: string): StateTable<V>;
  /** Forgets a table whole, whatever its size. Its old handle may be read (it is empty) and not written. */
  drop(step: string, name: string): void;
  /** Those that hold something. */
  filled(): Iterable<readonly [step: string, table: string]>;
  all(): Iterable<readonly [step: string, table: string, MemoryTable]>;
}

const DROPPED = 'it was dropped. Ask the context for the table again.';

/** `baseOf` gives what a table asked for the first time stands on. */
export function tableRegistry(baseOf: (step: string, name: string) => Layer | undefined): TableRegistry {
  const steps = new Map<string, Map<string, MemoryTable>>();
  const tablesOf = (step: string): Map<string, MemoryTable> => {
    let tables = steps.get(step);
    if (tables === undefined) steps.set(step, (tables = new Map()));
    return tables;
  };
  const all = function* (): Generator<readonly [string, string, MemoryTable]> {
    for (const [step, tables] of steps) for (const [name, table] of tables) yield [step, name, table];
  };
  return {
    table<V>(step: string, name: string) {
      const tables = tablesOf(step);
      let table = tables.get(name);
      if (table === undefined) tables.set(name, (table = memoryTable(`State of step "${step}", table "${name}"`, baseOf(step, name))));
      return table as StateTable<unknown> as StateTable<V>; // who names a table knows what it put there
    },
    drop(step, name) {
      const tables = steps.get(step);
      const table = tables?.get(name);
      if (table === undefined) return;
      table.settle({ main: new Map(), rows: new Map() });
      table.lock(DROPPED);
      tables?.delete(name);
    },
    *filled() {
      for (const [step, name, table] of all()) if (!table.isEmpty()) yield [step, name];
    },
    all,
  };
}
