/** Writes the state of one checkpoint as one portable file: aside, synced, then under its name, so that a file of that name is whole or the one before. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Clock } from '../../core/clock.js';
import type { Disk, DiskFile } from '../../core/disk.js';
import type { Manifest, StateSnapshot } from '../../core/state.js';
import type { Key, Sub } from '../../core/values.js';
import { keyText } from '../../core/key.js';
import { encodeValue } from '../codec.js';
import { keyBytes } from '../key-bytes.js';
import { gentlePace, turn } from './gentle.js';
import { ENTRY, frameHead, head, MANIFEST, SIGNATURE, TABLE, trailer, TRAILER_BYTES, type Trailer } from './layout.js';
import { signatureOf, type SigningKey } from './signature.js';

/** So many bytes are written at once. */
const BLOCK = 262_144;

/** One entry of a table. */
export type SavedEntry = readonly [key: Key, sub: Sub | undefined, value: unknown];

/** Where a savepoint is written to. */
export interface SavepointTarget {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly path: string;
  /** Aborted: it is given up, and nothing of it stays. */
  readonly signal?: AbortSignal | undefined;
  readonly signingKey?: SigningKey | undefined;
}

/** A savepoint that is being written. */
export interface SavepointWriter {
  manifest(manifest: Manifest): Promise<void>;
  /** The entries that follow belong to it. */
  table(step: string, name: string): Promise<void>;
  entry(entry: SavedEntry): Promise<void> | undefined;
}

/** Everything in a snapshot. The snapshot stays open. */
export const writeSavepoint = (snapshot: Pick<StateSnapshot, 'manifest' | 'tables' | 'scan'>, target: SavepointTarget): Promise<Trailer> =>
  buildSavepoint(target, snapshot.manifest, async writer => {
    await writer.manifest(snapshot.manifest);
    for (const [step, name] of [...snapshot.tables()]) {
      await writer.table(step, name);
      for (const entry of snapshot.scan(step, name)) {
        const wait = writer.entry(entry);
        if (wait !== undefined) await wait;
      }
    }
  });

/** What stands aside until a savepoint is whole: its name says which incarnation writes it, and at which checkpoint. */
export const asideOf = (path: string, { generation, checkpoint }: Pick<Manifest, 'generation' | 'checkpoint'>): string => `${path}.${generation}-${checkpoint}.aside`;

/** A savepoint of whatever `fill` writes. It replaces what was at its path. */
export async function buildSavepoint({ disk, clock, path, signal, signingKey }: SavepointTarget, of: Pick<Manifest, 'generation' | 'checkpoint'>, fill: (writer: SavepointWriter) => Promise<void>): Promise<Trailer> {
  const aside = asideOf(path, of);
  await disk.makeFolder(dirname(path));
  await disk.remove(aside);
  const file = await disk.open(aside, 'create');
  let written: Trailer;
  try {
    try {
      const output = blocks(file);
      await output.add(head());
      const counts = { entries: 0, tables: 0 };
      await fill(framed(output, counts, clock, signal));
      if (signingKey !== undefined) await output.sign(signingKey);
      written = await output.end(counts);
      await file.sync();
    } finally {
      await file.close();
    }
    signal?.throwIfAborted();
    await disk.rename(aside, path);
  } catch (cause) {
    await disk.remove(aside).catch(() => {}); // the first error stands
    throw cause;
  }
  await disk.syncFolder(dirname(path));
  return written;
}

function framed(output: Blocks, counts: { entries: number; tables: number }, clock: Clock, signal: AbortSignal | undefined): SavepointWriter {
  const pace = gentlePace(clock);
  let title = '';
  const frame = (kind: number, ...parts: readonly Buffer[]): Promise<void> | undefined => {
    const payload = Buffer.concat([Buffer.from([kind]), ...parts]);
    return output.add(frameHead(payload), payload);
  };
  return {
    async manifest(manifest) {
      await frame(MANIFEST, Buffer.from(JSON.stringify(manifest)));
    },
    async table(step, name) {
      counts.tables++;
      title = `State of step "${step}", table "${name}"`;
      await frame(TABLE, Buffer.from(JSON.stringify([step, name])));
    },
    entry([key, sub, value]) {
      signal?.throwIfAborted();
      const place = keyBytes(key, sub);
      const length = Buffer.allocUnsafe(4);
      length.writeUInt32LE(place.length);
      counts.entries++;
      const wait = frame(ENTRY, length, place, encodeValue(value, () => `${title}, key ${keyText(key).slice(0, 80)}`));
      if (wait !== undefined) return wait;
      return pace.go() ? undefined : turn(clock);
    },
  };
}

interface Blocks {
  add(...parts: readonly Buffer[]): Promise<void> | undefined;
  /** Of all that was added. */
  sign(key: SigningKey): Promise<void>;
  end(counts: { readonly entries: number; readonly tables: number }): Promise<Trailer>;
}

/** What is added is gathered into blocks; the digest is of all of it. */
function blocks(file: DiskFile): Blocks {
  const digest = createHash('sha256');
  let waiting: Buffer[] = [];
  let size = 0;
  let at = 0;
  const write = async (): Promise<void> => {
    const block = Buffer.concat(waiting);
    waiting = [];
    size = 0;
    digest.update(block);
    await file.write(block, at);
    at += block.length;
  };
  const self: Blocks = {
    add(...parts) {
      for (const part of parts) {
        waiting.push(part);
        size += part.length;
      }
      return size < BLOCK ? undefined : write();
    },
    async sign(key) {
      await write();
      const payload = Buffer.concat([Buffer.from([SIGNATURE]), signatureOf(digest.copy().digest(), key)]);
      await self.add(frameHead(payload), payload);
    },
    async end(counts) {
      await write();
      const made: Trailer = { ...counts, bytes: at + TRAILER_BYTES, digest: digest.digest('hex') };
      await file.write(trailer(made), at);
      return made;
    },
  };
  return self;
}
