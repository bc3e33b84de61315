/**
 * The table that says what was delivered: one row for each (job, step), changed in the transaction that writes the records. A delivery whose reply was lost finds itself there when it is repeated;
 * an older generation finds a newer one there and stops.
 */
import { ConfigurationError, MillraceError } from '../../core/errors.js';
import type { SinkContext } from '../../core/sink.js';
import type { Client } from './client.js';
import { sqlStateOf } from './error.js';
import { quotedTable } from './identifiers.js';
import { transaction } from './session.js';

export interface Ledger {
  /** Makes the table if need be and enters this generation. Refuses if a newer one has, or if the job goes on from a checkpoint before the ledger's. */
  enter(client: Client): Promise<void>;
  /** Does `work` and enters the checkpoint, in one transaction; nothing if that was done before. */
  once(client: Client, checkpoint: number, work: () => Promise<void>): Promise<void>;
}

/** SQLSTATEs of a table that somebody else makes at the same moment. */
const MADE = ['42P07', '23505', '42710'];

export function ledgerOf({ job, step, generation, checkpoint: from }: SinkContext, schema: string | undefined, table: string): Ledger {
  const name = quotedTable(schema, table);
  const columns = 'job text, step text, generation bigint NOT NULL, checkpoint bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (job, step)';
  const create = `CREATE TABLE IF NOT EXISTS ${name} (${columns})`;
  const who = `step ${JSON.stringify(step)} of job ${JSON.stringify(job)}`;

  const ways = `start it from its newest state; or, to start over on purpose, give the job another name, or delete its row from ${name} together with the records it has written.`;

  const make = async (client: Client): Promise<void> => {
    const [found] = (await client.query('SELECT to_regclass($1)::oid AS oid', [name])).rows;
    if (found?.['oid'] !== null) return;
    try {
      await client.query(create);
    } catch (cause) {
      const state = sqlStateOf(cause);
      if (state !== undefined && MADE.includes(state)) return;
      if (state !== '42501' && state !== '3F000') throw cause;
      throw new ConfigurationError([{ code: 'postgres-ledger', where: 'postgres(): ledger', what: `There is no table ${name}, and the user may not create it.`, fix: `Have it created: ${create}; and GRANT SELECT, INSERT, UPDATE on it.` }]);
    }
  };
  /** Why our row could not be changed. */
  const objection = async (client: Client, checkpoint: number): Promise<Error | undefined> => {
    const [row] = (await client.query(`SELECT generation, checkpoint FROM ${name} WHERE job = $1 AND step = $2`, [job, step])).rows;
    if (row === undefined) return new MillraceError('ledger-lost', `The row of ${who} in ${name} is gone. Whether records were delivered cannot be told any more; if it was deleted to start over, start the job again.`, { final: true });
    if (Number(row['generation']) > generation) return new MillraceError('fenced', `A newer incarnation has taken over ${who}: ${name} knows generation ${String(row['generation'])}, this is ${generation}.`);
    return Number(row['checkpoint']) >= checkpoint ? undefined : new MillraceError('ledger-lost', `The row of ${who} in ${name} was changed by others.`, { final: true });
  };

  return {
    async enter(client) {
      await make(client);
      const entered = await client.query(
        `INSERT INTO ${name} AS l (job, step, generation, checkpoint) VALUES ($1, $2, $3, 0) ON CONFLICT (job, step) DO UPDATE SET generation = EXCLUDED.generation WHERE l.generation <= EXCLUDED.generation AND l.checkpoint <= $4 RETURNING 1`,
        [job, step, generation, from],
      );
      if (entered.rows.length > 0) return;
      const [row] = (await client.query(`SELECT generation, checkpoint FROM ${name} WHERE job = $1 AND step = $2`, [job, step])).rows;
      if (Number(row?.['generation']) > generation)
        throw new MillraceError('fenced', `A newer incarnation has taken over ${who}: ${name} knows generation ${String(row?.['generation'])}, this is ${generation}. If no other process runs this job, its state is not the one it had: ${ways}`);
      throw new MillraceError(
        'state-too-old',
        `The job's state is older than the table: ${name} says that checkpoint ${String(row?.['checkpoint'])} of ${who} was delivered, and the job would go on from checkpoint ${from} and deliver again what came between: ` +
          ways,
      );
    },
    once: (client, checkpoint, work) =>
      transaction(client, async () => {
        // Locks our row first: of two that deliver at the same time, one waits and then finds what the other has done.
        const entered = await client.query(`UPDATE ${name} SET generation = $3, checkpoint = $4, at = now() WHERE job = $1 AND step = $2 AND generation <= $3 AND checkpoint < $4 RETURNING 1`, [job, step, generation, checkpoint]);
        if (entered.rows.length > 0) return work();
        const error = await objection(client, checkpoint);
        if (error !== undefined) throw error;
      }),
  };
}
