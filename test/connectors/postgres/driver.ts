/** A driver without a server: answers by rules, keeps what it was asked, breaks when it is told. */
import { DatabaseError } from 'pg';
import type { Driver, DriverConnection, NewDriver } from '../../../src/connectors/postgres/client.js';

export interface Asked {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** An error as the server sends it. */
export function serverError(code: string, message: string, more: Partial<DatabaseError> = {}): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { code, severity: 'ERROR', ...more });
}

export interface Fake {
  readonly Driver: NewDriver;
  readonly asked: Asked[];
  readonly configs: { readonly [option: string]: unknown }[];
  /** Data given to COPY. */
  readonly copied: string[];
}

type Answer = { readonly command?: string; readonly rows?: readonly object[] } | Error | 'never' | undefined;

/** `answer`: what comes back for a text of SQL; nothing for an empty result. `connecting`: what stands against the n-th connection. */
export function fakeDriver(answer: (asked: Asked) => Answer = () => undefined, connecting: (n: number) => Error | undefined = () => undefined): Fake {
  const fake: { -readonly [Name in keyof Fake]: Fake[Name] } = { asked: [], configs: [], copied: [], Driver: undefined as unknown as NewDriver };
  const settled = (text: string, values: readonly unknown[]): Promise<object> => {
    const asked = { text, values };
    fake.asked.push(asked);
    const found = answer(asked);
    if (found === 'never') return new Promise(() => {});
    return found instanceof Error ? Promise.reject(found) : Promise.resolve({ command: text.split(' ')[0], rows: [], ...found });
  };
  fake.Driver = class implements Driver {
    readonly connection: DriverConnection = { query: () => {}, sendCopyFromChunk: chunk => void fake.copied.push(chunk.toString()), endCopyFrom: () => {}, stream: { destroy: () => {} } };
    constructor(config: { readonly [option: string]: unknown }) {
      fake.configs.push(config);
    }
    async connect(): Promise<void> {
      const error = connecting(fake.configs.length);
      if (error !== undefined) throw error;
    }
    query(text: unknown, values: readonly unknown[] = []): unknown {
      if (typeof text === 'string') return settled(text, values);
      const copy = text as { submit(c: DriverConnection): void; handleCopyInResponse(c: DriverConnection): void; handleError(e: unknown): void; handleReadyForQuery(): void };
      copy.submit({ ...this.connection, query: sql => void settled(sql, []).then(() => (copy.handleCopyInResponse(this.connection), copy.handleReadyForQuery()), copy.handleError) });
      return undefined;
    }
    on(): void {}
    async end(): Promise<void> {}
  };
  return fake;
}
