/** What a table is, asked once at open: every problem with it is told before the first record, all at once. */
import type { Problem } from '../../core/errors.js';
import type { Client } from './client.js';
import { quoted, quotedTable } from './identifiers.js';
import { asText, json, textFor, type TextOf } from './text.js';

/** A column that is written. */
export interface Column {
  readonly name: string;
  /** Its type as SQL, without length or precision: those are for the assignment to check, a cast would cut. */
  readonly type: string;
  readonly textOf: TextOf;
}

export interface TableSettings {
  readonly table: string;
  readonly schema: string | undefined;
  readonly columns: readonly string[];
  readonly key: readonly string[] | undefined;
  readonly types: { readonly [column: string]: 'text' | 'json' };
}

const COLUMNS = `
  SELECT a.attname AS name, n.nspname AS schema, t.typname AS type, coalesce(b.typname, t.typname) AS base, e.typname AS element,
    a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AS needed, a.attidentity = 'a' OR a.attgenerated <> '' AS generated
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type b ON t.typtype = 'd' AND b.oid = t.typbasetype
    LEFT JOIN pg_type e ON coalesce(b.typcategory, t.typcategory) = 'A' AND e.oid = coalesce(b.typelem, t.typelem)
  WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

/** Sets of columns whose values are unique, the whole table over. */
const UNIQUE = `
  SELECT array(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) k JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k) AS columns
  FROM pg_index i WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate`;

/** Looks at the table. Problems are in the words of a ConfigurationError. */
export async function lookAt(client: Client, settings: TableSettings): Promise<{ readonly columns: readonly Column[]; readonly problems: readonly Problem[] }> {
  const { table, schema, key, types } = settings;
  const problems: Problem[] = [];
  const name = quotedTable(schema, table);
  const problem = (where: string, what: string, fix: string): void => void problems.push({ code: 'postgres-table', where: `postgres(): ${where}`, what, fix });
  const [found] = (await client.query('SELECT r AS oid, has_table_privilege(r, $2) AS may FROM (SELECT to_regclass($1)::oid AS r) q', [name, key === undefined ? 'INSERT' : 'INSERT, UPDATE'])).rows;
  const oid = found?.['oid'];
  if (oid === null || oid === undefined) {
    problem('table', `There is no table ${name}.`, 'Create it, or name it as it is: names are taken as they are written, capitals too.');
    return { columns: [], problems };
  }
  if (found?.['may'] !== true) problem('table', `The user may not write to ${name}.`, `GRANT ${key === undefined ? 'INSERT' : 'SELECT, INSERT, UPDATE'} on it.`);
  const existing = new Map((await client.query(COLUMNS, [oid])).rows.map(row => [String(row['name']), row]));
  const columns: Column[] = [];
  for (const column of settings.columns) {
    const row = existing.get(column);
    if (row === undefined) {
      problem(`columns.${column}`, `The table ${name} has no such column.`, `It has ${[...existing.keys()].map(quoted).join(', ')}.`);
      continue;
    }
    if (row['generated'] === true) problem(`columns.${column}`, 'The database makes its values itself.', 'Leave it out.');
    const declared = types[column];
    const textOf = declared === 'text' ? asText : declared === 'json' ? json : textFor({ name: String(row['base']), element: typeof row['element'] === 'string' ? row['element'] : undefined });
    columns.push({ name: column, type: `${quoted(String(row['schema']))}.${quoted(String(row['type']))}`, textOf });
  }
  for (const [column, row] of existing) if (row['needed'] === true && !settings.columns.includes(column)) problem('columns', `The column ${quoted(column)} of ${name} is NOT NULL, has no default, and gets no value.`, 'Name it among the columns.');
  if (key !== undefined) {
    const wanted = JSON.stringify(key.toSorted());
    const unique = (await client.query(UNIQUE, [oid])).rows.map(row => (row['columns'] as readonly string[]).toSorted());
    if (!unique.some(set => JSON.stringify(set) === wanted))
      problem('key', `No unique index of ${name} is on just ${key.map(quoted).join(', ')}.`, unique.length === 0 ? 'Give the table a primary key or a unique constraint.' : `There are such of ${unique.map(set => `(${set.map(quoted).join(', ')})`).join(', ')}.`);
  }
  return { columns, problems };
}
