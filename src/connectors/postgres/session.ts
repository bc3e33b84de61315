/** One connection that comes back: what failed because it broke, or because others were in the way, is done again on a new one. What is done again must bear it. */
import type { Environment } from '../../core/clock.js';
import { durationText } from '../../core/duration.js';
import { retryDelay, type Retry } from '../../core/retry.js';
import type { Client } from './client.js';
import { PostgresError, kindOf, sqlStateOf, toldOf } from './error.js';

export interface Session {
  /** Calls `work` with a connection, again while it fails for reasons that pass, for `within` milliseconds or as long as the session allows. */
  run<R>(work: (client: Client) => Promise<R>, within?: number): Promise<R>;
  close(): Promise<void>;
}

const BACKOFF: Retry = { attempts: Number.POSITIVE_INFINITY, backoff: 50 };
const LONGEST_PAUSE = 2_000;

export function openSession(connect: () => Promise<Client>, retryFor: number, { clock, random, signal }: Environment): Session {
  let client: Client | undefined;
  /** Left behind in the middle of a transaction it would go on there. */
  const drop = (): void => {
    client?.destroy();
    client = undefined;
  };
  return {
    async run(work, within = retryFor) {
      let until: number | undefined;
      for (let attempt = 1; ; attempt++) {
        try {
          if (client?.alive !== true) {
            drop();
            client = await connect();
          }
          return await work(client);
        } catch (cause) {
          const kind = kindOf(cause);
          if (kind === 'broken' || kind === 'again') drop();
          // Nobody else is to see what the server says about values.
          if (kind === 'row' || kind === 'refused' || signal.aborted) throw sqlStateOf(cause) === undefined ? cause : toldOf(cause);
          until ??= clock.monotonic() + within;
          const pause = Math.min(LONGEST_PAUSE, retryDelay(BACKOFF, attempt, random));
          if (clock.monotonic() + pause > until) {
            const { message, sqlState } = toldOf(cause);
            throw new PostgresError('postgres-unreachable', `${message} Tried ${attempt} times in ${durationText(within)}.`, { sqlState });
          }
          await clock.sleep(pause, signal);
        }
      }
    },
    async close() {
      const last = client;
      client = undefined;
      await last?.end();
    },
  };
}

/**
 * The server ends the transaction of a process that has stopped in the middle of it, and holds its locks no longer than this. And where answers are given before the disk has what they say, they are not here:
 * the job believes them.
 */
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL idle_in_transaction_session_timeout = '10s'; SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'`;

/** All or nothing. A reply to COMMIT that is lost leaves open which: `work` must ask when it is called again. */
export async function transaction<R>(client: Client, work: () => Promise<R>): Promise<R> {
  // The server ends the transaction of a process that has stopped in the middle of it, and holds its locks no longer than this.
  await client.query(BEGIN);
  let result: R;
  try {
    result = await work();
  } catch (cause) {
    if (client.alive) await client.query('ROLLBACK').catch(() => client.destroy());
    throw cause;
  }
  const { command } = await client.query('COMMIT');
  if (command !== 'COMMIT') throw new PostgresError('postgres-refused', `PostgreSQL answered COMMIT with ${command}: nothing was written.`);
  return result;
}

/** Does `work` and rolls it back. What it attempts may fail without spoiling the rest. */
export async function inVain<R>(client: Client, work: (attempt: (part: () => Promise<void>) => Promise<void>) => Promise<R>): Promise<R> {
  await client.query(`${BEGIN}; SET CONSTRAINTS ALL IMMEDIATE`);
  try {
    return await work(async part => {
      await client.query('SAVEPOINT attempt');
      try {
        await part();
        await client.query('RELEASE SAVEPOINT attempt');
      } catch (cause) {
        if (client.alive) await client.query('ROLLBACK TO SAVEPOINT attempt');
        throw cause;
      }
    });
  } finally {
    if (client.alive) await client.query('ROLLBACK').catch(() => client.destroy());
  }
}
