/**
 * What the server says, without what it says about data: `detail`, `where`, `hint`, and for values that do not fit the message too, quote the values of rows. What is left may be logged. And what to do about it.
 */
import { MillraceError, causeText } from '../../core/errors.js';

/**
 * PostgreSQL refused something, or could not be reached. Never holds values of rows nor credentials.
 *
 * `code` is `postgres-row` for a record it would not take, `postgres-refused` for anything else it would not do, `postgres-unreachable` when it was away for longer than `retryFor`.
 */
export class PostgresError extends MillraceError {
  /** The five characters the server gave, if it did. */
  readonly sqlState: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;
  constructor(code: string, message: string, about: { readonly sqlState?: string | undefined; readonly column?: string | undefined; readonly constraint?: string | undefined } = {}) {
    super(code, message, { final: code !== 'postgres-unreachable' });
    this.sqlState = about.sqlState;
    this.column = about.column;
    this.constraint = about.constraint;
  }
}

/** `row`: of the records; `again`: the same may succeed now; `broken`: on another connection; `refused`: never. */
export type Kind = 'row' | 'again' | 'broken' | 'refused';

/** Errors of Node and of the driver when a connection is lost or cannot be had. */
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE', 'timeout']);
const LOST = /terminated|timeout|not queryable|connection (?:was )?(?:ended|closed)|socket/i;

const AGAIN = new Set(['40001', '40P01', '55P03', '57014']);
/** Shutdown, start-up, too many connections, a transaction that idled, a standby that was promoted or demoted. */
const BROKEN = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25P03', '25P04', '25006']);
const ROW_CLASSES = new Set(['22', '23', '44', '54', 'P0']);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export const sqlStateOf = (cause: unknown): string | undefined => {
  const code = textOf(Reflect.get(Object(cause), 'code'));
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && Reflect.has(Object(cause), 'severity') ? code : undefined;
};

export function kindOf(cause: unknown): Kind {
  if (cause instanceof MillraceError && (cause.code === 'timeout' || cause.code === 'postgres-unreachable')) return 'broken';
  if (cause instanceof MillraceError) return cause.code === 'postgres-row' ? 'row' : 'refused';
  const state = sqlStateOf(cause);
  if (state === undefined) return NETWORK.has(textOf(Reflect.get(Object(cause), 'code')) ?? '') || LOST.test(causeText(cause)) ? 'broken' : 'refused';
  if (state.startsWith('08') || BROKEN.has(state)) return 'broken';
  if (AGAIN.has(state) || state.startsWith('53')) return 'again';
  // 21000: one statement would update one row twice; halves of it will not.
  return ROW_CLASSES.has(state.slice(0, 2)) || state === '21000' ? 'row' : 'refused';
}

/** Messages of these classes quote values; in whatever language the server speaks. */
const REASONS: { readonly [state: string]: string } = {
  '22001': 'a text is too long for its column',
  '22003': 'a number is out of the range of its column',
  '22007': 'a text is not a date or time',
  '22008': 'a date or time is out of range',
  '22021': 'a text has characters that the database cannot keep',
  '22P02': 'a text does not have the form of its type',
  '22P05': 'a text has a character that the type cannot keep',
  '22': 'a value does not fit its column',
  P0: 'a trigger or function of the database refused it',
};

const COPY_COLUMN = /^COPY .*?, line \d+, column (.+?)(?:: |$)/;

function reason(cause: unknown, state: string | undefined): string {
  const known = state === undefined ? undefined : (REASONS[state] ?? REASONS[state.slice(0, 2)]);
  return known ?? causeText(cause).replace(/\.$/, '');
}

/** What may be told of an error. `hide`: texts that must not stand in it. */
export function toldOf(cause: unknown, hide: readonly string[] = []): PostgresError {
  if (cause instanceof PostgresError) return cause;
  const sqlState = sqlStateOf(cause);
  const kind = kindOf(cause);
  const column = textOf(Reflect.get(Object(cause), 'column')) ?? COPY_COLUMN.exec(textOf(Reflect.get(Object(cause), 'where')) ?? '')?.[1];
  const constraint = textOf(Reflect.get(Object(cause), 'constraint'));
  const about = [column === undefined ? '' : `column "${column}"`, constraint === undefined ? '' : `constraint "${constraint}"`, sqlState === undefined ? '' : `SQLSTATE ${sqlState}`].filter(part => part !== '');
  let text = `${reason(cause, sqlState)}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
  for (const secret of hide) if (secret !== '') text = text.replaceAll(secret, '[redacted]');
  const message = kind === 'row' ? `PostgreSQL refused the record: ${text}.` : kind === 'broken' ? `PostgreSQL cannot be reached: ${text}.` : `PostgreSQL refused: ${text}.`;
  return new PostgresError(kind === 'row' ? 'postgres-row' : kind === 'broken' ? 'postgres-unreachable' : 'postgres-refused', message, { sqlState, column, constraint });
}
