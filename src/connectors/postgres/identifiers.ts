/** Names of tables and columns in SQL: checked, then quoted, so that any name the server can keep is one name and nothing else. */

/** PostgreSQL cuts longer ones without a word, and two names become one. */
const LONGEST = 63;

/** What stands against a name, or nothing. */
export function nameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'It is not a text.';
  if (name === '') return 'It is empty.';
  if (name.includes('\0')) return 'It contains NUL.';
  if (/\p{Surrogate}/u.test(name)) return 'It contains half a surrogate pair.';
  const bytes = Buffer.byteLength(name);
  return bytes > LONGEST ? `It is ${bytes} bytes long; PostgreSQL would cut it to ${LONGEST}.` : undefined;
}

/** A checked name as SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A table as SQL. Without a schema it is looked for in the search path of the connection. */
export const quotedTable = (schema: string | undefined, table: string): string => (schema === undefined ? quoted(table) : `${quoted(schema)}.${quoted(table)}`);
