/** The package `lmdb`, an optional peer: as much of it as is used here, and where it is asked for. Public types never name it. */
import { ConfigurationError } from '../../core/errors.js';

/** A view of the store that does not change. */
export interface ReadTransaction {
  done(): void;
}

export interface RangeOptions {
  readonly start: Uint8Array;
  /** Exclusive. */
  readonly end: Uint8Array;
  readonly exclusiveStart?: boolean;
  readonly transaction?: ReadTransaction | undefined;
}

/** An open store. */
export interface Root {
  /** What it gives is overwritten by the next call. */
  getBinaryFast(key: Uint8Array, options?: { readonly transaction: ReadTransaction }): Uint8Array | undefined;
  getRange(options: RangeOptions): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
  put(key: Uint8Array, value: Uint8Array): unknown;
  remove(key: Uint8Array): unknown;
  /** All or nothing, also when `action` rejects. Reads in it see its writes. */
  childTransaction<T>(action: () => Promise<T>): Promise<T>;
  /** At once, on this thread. */
  transactionSync(action: () => void): unknown;
  useReadTransaction(): ReadTransaction;
  resetReadTxn(): void;
  readerCheck(): number;
  close(): Promise<void>;
}

export interface Peer {
  open(options: { readonly [name: string]: unknown }): Root;
}

const MISSING = { code: 'missing-peer', where: 'lmdb()', what: 'The package "lmdb" (3.4 or later), which keeps the state, cannot be loaded.', fix: 'Run: npm install lmdb' };

/** Loads it, or says what to install. `load` is a parameter for tests. */
export async function loadPeer(load: () => Promise<unknown> = () => import('lmdb')): Promise<Peer> {
  let found: unknown;
  try {
    found = await load();
  } catch (cause) {
    throw Object.assign(new ConfigurationError([MISSING]), { cause });
  }
  return found as Peer; // as its declarations say; the versions are those of package.json
}
