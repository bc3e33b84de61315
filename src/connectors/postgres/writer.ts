/** The sink at work: as it stands, every batch is written when it comes; with a ledger, all of a checkpoint in one transaction. */
import { ConfigurationError, DataError } from '../../core/errors.js';
import type { FailedWrite, LedgerSink, LedgerWriter, SinkContext, SinkWriter } from '../../core/sink.js';
import type { Client, connect } from './client.js';
import { PostgresError, kindOf } from './error.js';
import { ledgerOf } from './ledger.js';
import type { Settings } from './options.js';
import { parts, rowsOf, writeAll, type Placed } from './rows.js';
import { inVain, openSession, type Session } from './session.js';
import { statementOf, type Statement } from './statement.js';
import { lookAt, type Column } from './table.js';

/** Characters in one statement, about. */
const LONGEST_STATEMENT = 8 * 2 ** 20;
/** At the start a server that is not there is more likely a wrong address. */
const FIRST_CONNECT = 5_000;

interface Opened {
  readonly session: Session;
  readonly columns: readonly Column[];
  readonly statement: Statement;
}

/** `dial` is a parameter for tests. */
export function sinkOf<T>(settings: Settings<T>, dial: typeof connect): LedgerSink<T> {
  const { name, key, picks } = settings;

  const open = async ({ job, step, environment }: SinkContext, enter: (client: Client) => Promise<void>): Promise<Opened> => {
    const { connection: address, statementTimeout, applicationName = `millrace ${job} ${step}` } = settings;
    const to = { address, statementTimeout, applicationName: applicationName.replace(/[^\x20-\x7e]/g, '?').slice(0, 63) };
    const session = openSession(() => dial(to, environment), settings.retryFor, environment);
    try {
      const columns = await session.run(async client => {
        const found = await lookAt(client, settings);
        if (found.problems.length > 0) throw new ConfigurationError(found.problems);
        await enter(client);
        return found.columns;
      }, Math.min(settings.retryFor, FIRST_CONNECT));
      return { session, columns, statement: statementOf({ ...settings, columns }) };
    } catch (cause) {
      await session.close();
      throw cause;
    }
  };
  /** As many at a time as go into one statement: what is made of them waits for nothing, and the host has its turn while they are on their way. */
  function* slices(values: readonly T[], columns: readonly Column[]): Iterable<{ readonly rows: readonly Placed[]; readonly failed: readonly FailedWrite[] }> {
    for (let from = 0; from < values.length; from += settings.batch) {
      const { rows, failed } = rowsOf(values, columns, picks, from, from + settings.batch);
      if (failed.length > 0) yield { rows: [], failed };
      for (const part of parts(rows, LONGEST_STATEMENT)) yield { rows: part, failed: [] };
    }
  }

  return {
    name,
    guarantee: key === undefined ? 'append' : 'idempotent',
    async open(context): Promise<SinkWriter<T>> {
      const { session, columns, statement } = await open(context, async () => {});
      return {
        async write(values) {
          const all: FailedWrite[] = [];
          for (const { rows, failed } of slices(values, columns)) all.push(...failed, ...(await writeAll(rows, some => session.run(client => statement.write(client, some)))));
          return all;
        },
        flush() {},
        close: () => session.close(),
      };
    },
    ledger: {
      name,
      async open(context): Promise<LedgerWriter<T>> {
        const ledger = ledgerOf(context, settings.schema, settings.ledger);
        const { session, columns, statement } = await open(context, client => ledger.enter(client));
        /** What would be refused, found by doing it in vain. */
        const tried = (values: readonly T[]) =>
          session.run(client =>
            inVain(client, async attempt => {
              const all: FailedWrite[] = [];
              for (const { rows, failed } of slices(values, columns)) all.push(...failed, ...(await writeAll(rows, some => attempt(() => statement.write(client, some)))));
              return all;
            }),
          );
        return {
          check: values => (settings.trial ? tried(values) : rowsOf(values, columns, picks).failed),
          async deliver(checkpoint, values) {
            try {
              await session.run(client =>
                ledger.once(client, checkpoint, async () => {
                  for (const { rows, failed } of slices(values, columns)) {
                    // All were checked when they came; what a function gives now may be another thing.
                    if (failed[0] !== undefined) throw failed[0].cause;
                    await statement.write(client, rows.map(({ row }) => row));
                  }
                }),
              );
            } catch (cause) {
              if (kindOf(cause) !== 'row' && !(cause instanceof DataError)) throw cause;
              const [culprit] = await tried(values);
              throw culprit === undefined ? cause : refusal(culprit.index, values.length, checkpoint, culprit.cause);
            }
          },
          close: () => session.close(),
        };
      },
    },
  };
}

/** Nothing of the delivery was written. */
function refusal(index: number, of: number, checkpoint: number, cause: unknown): PostgresError {
  const { message, sqlState, column, constraint } = cause instanceof PostgresError ? cause : new PostgresError('postgres-row', String(cause));
  return new PostgresError(
    'postgres-row',
    `Record ${index + 1} of the ${of} of checkpoint ${checkpoint}, which is durable, cannot be delivered, and so none of them. ${message} Change the table so that it takes the record and start the job again; with trial: true such records go to onError before they are kept.`,
    { sqlState, column, constraint },
  );
}
