/** PostgreSQL as a sink: rows appended or upserted, by INSERT or COPY; in an `outbox`, exactly once. */
import type { LedgerSink } from '../../core/sink.js';
import { connect } from './client.js';
import { settingsOf, type PostgresOptions } from './options.js';
import { sinkOf } from './writer.js';

/**
 * A table of PostgreSQL as a sink. Needs the package `pg`.
 *
 * Rows are appended (guarantee `append`: after a crash, those since the last checkpoint may be there twice), or with `key` upserted (`idempotent`: written again they change nothing). In an
 * `outbox`, `outbox(postgres({ ... }))`, either is exactly-once: records are written in one transaction for each checkpoint, together with a row of the ledger table.
 *
 * Values are texts for the type of their column: Date in UTC, bigint whole, objects and arrays as JSON in `json` and `jsonb` columns, arrays as such in array columns, binary data in `bytea`. `undefined` and `null` are NULL.
 * A record that is refused, here or by the server, goes alone to the `onError` of the step, and the others of its batch are written. Table and columns are looked at when the job starts. A connection that
 * breaks is made anew. Errors hold no values of rows and no passwords.
 *
 * @param options where, what, how
 * @returns a sink, with a ledger for `outbox`
 * @throws ConfigurationError with all problems of the options when called, of the table when opened
 * @throws PostgresError when the server refuses, or is away for longer than `retryFor`
 * @example
 * ```ts check
 * import { Stream } from 'millrace';
 * import { outbox } from 'millrace/outbox';
 * import { postgres } from 'millrace/postgres';
 *
 * const totals = Stream.from([{ user: 'ada', total: 3 }]);
 * const output = totals.to(outbox(postgres({ connection: 'postgres://localhost/shop', table: 'totals', columns: ['user', 'total'], key: ['user'] })), { name: 'totals' });
 * ```
 */
export function postgres<T>(options: PostgresOptions<T>): LedgerSink<T> {
  return sinkOf(settingsOf(options), connect);
}
