/**
 * The statements that write. INSERT takes one parameter per column, an array of texts, whatever the number of rows: so there is no limit of parameters to run into, one text of SQL for all batches,
 * and values are never part of it. COPY takes the same texts in its own form.
 */
import type { Client } from './client.js';
import { quoted, quotedTable } from './identifiers.js';
import type { Column } from './table.js';
import { copyField, textArray } from './text.js';

/** A record as texts, column by column. */
export type Row = readonly (string | null)[];

export interface Statement {
  /** Writes rows, all or none. */
  write(client: Client, rows: readonly Row[]): Promise<void>;
}

export interface StatementSettings {
  readonly table: string;
  readonly schema: string | undefined;
  readonly columns: readonly Column[];
  readonly key: readonly string[] | undefined;
  readonly method: 'insert' | 'copy';
}

export function statementOf({ table, schema, columns, key, method }: StatementSettings): Statement {
  const names = columns.map(column => quoted(column.name)).join(', ');
  const target = quotedTable(schema, table);
  if (method === 'copy') {
    const text = `COPY ${target} (${names}) FROM STDIN`;
    return { write: (client, rows) => client.copy(text, Buffer.from(rows.map(row => `${row.map(copyField).join('\t')}\n`).join(''))) };
  }
  const values = columns.map((column, index) => `r.c${index}::${column.type}`).join(', ');
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const text = `INSERT INTO ${target} (${names}) SELECT ${values} FROM unnest(${arrays}) AS r(${columns.map((_, index) => `c${index}`).join(', ')})${key === undefined ? '' : conflict(columns, key)}`;
  const keyed = key === undefined ? undefined : columns.flatMap((column, index) => (key.includes(column.name) ? [index] : []));
  return {
    async write(client, rows) {
      const once = keyed === undefined ? rows : lastOfEach(rows, keyed);
      await client.query(
        text,
        columns.map((_, index) => textArray(once.map(row => row[index] ?? null))),
      );
    },
  };
}

function conflict(columns: readonly Column[], key: readonly string[]): string {
  const others = columns.filter(column => !key.includes(column.name)).map(({ name }) => `${quoted(name)} = EXCLUDED.${quoted(name)}`);
  return ` ON CONFLICT (${key.map(quoted).join(', ')}) DO ${others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.join(', ')}`}`;
}

/** One statement cannot update a row twice; the last of them would win anyway. */
function lastOfEach(rows: readonly Row[], keyed: readonly number[]): readonly Row[] {
  const [only] = keyed;
  const last = new Map<string | null, Row>();
  for (const row of rows) {
    const key = keyed.length === 1 && only !== undefined ? (row[only] ?? null) : JSON.stringify(keyed.map(index => row[index]));
    // Where a key comes again, its row stands where the later one does.
    last.delete(key);
    last.set(key, row);
  }
  return last.size === rows.length ? rows : [...last.values()];
}
