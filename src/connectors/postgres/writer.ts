/** The sink at work: as it stands, every batch is written when it comes; with a ledger, all of a checkpoint in one transaction. */
import { ConfigurationError } from '../../core/errors.js';
import type { LedgerSink, LedgerWriter, SinkContext, SinkWriter } from '../../core/sink.js';
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
  const inParts = (rows: readonly Placed[]): Iterable<readonly Placed[]> => parts(rows, settings.batch, LONGEST_STATEMENT);

  return {
    name,
    guarantee: key === undefined ? 'append' : 'idempotent',
    async open(context): Promise<SinkWriter<T>> {
      const { session, columns, statement } = await open(context, async () => {});
      return {
        async write(values) {
          const { rows, failed } = rowsOf(values, columns, picks);
          const all = [...failed];
          for (const part of inParts(rows)) all.push(...(await writeAll(part, some => session.run(client => statement.write(client, some)))));
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
        const tried = (rows: readonly Placed[]) => session.run(client => inVain(client, async attempt => {
          const failed = [];
          for (const part of inParts(rows)) failed.push(...(await writeAll(part, some => attempt(() => statement.write(client, some)))));
          return failed;
        }));
        return {
          check(values) {
            const { rows, failed } = rowsOf(values, columns, picks);
            return settings.trial && rows.length > 0 ? tried(rows).then(more => [...failed, ...more]) : failed;
          },
          async deliver(checkpoint, values) {
            const { rows, failed } = rowsOf(values, columns, picks);
            const [first] = failed;
            if (first !== undefined) throw refusal(first.index, values.length, checkpoint, first.cause);
            try {
              await session.run(client =>
                ledger.once(client, checkpoint, async () => {
                  for (const part of inParts(rows)) await statement.write(client, part.map(({ row }) => row));
                }),
              );
            } catch (cause) {
              if (kindOf(cause) !== 'row') throw cause;
              const [culprit] = await tried(rows);
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
