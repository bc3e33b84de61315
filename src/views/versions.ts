/** Versions of a batch view, and the pointer to the one that counts. */
import { DataError } from '../core/errors.js';
import type { LogPositions } from '../core/master-log.js';
import type { Time } from '../core/values.js';
import { memoryRows, type Row, type VersionRows } from './rows.js';
import type { Aside } from './runs.js';
import type { Turns } from './turns.js';

/** What a version of a batch view says of itself. */
export interface VersionManifest {
  readonly format: 2;
  readonly view: string;
  readonly version: number;
  /** It counts the events of the log from `from` to before `cut`. */
  readonly from: LogPositions;
  readonly cut: LogPositions;
  readonly codeHash: string;
  readonly rows: number;
  readonly events: number;
  /** Events that were left out because the code threw. */
  readonly skipped: number;
  /** Event time up to which no more was expected at the cut; `null`: nothing was known. */
  readonly watermark: Time | null;
  /** When it was computed, in epoch milliseconds. */
  readonly createdAt: Time;
  /** Length and CRC-32 of `rows.ndjson`; 0 where rows are in memory. */
  readonly bytes: number;
  readonly checksum: number;
}

/** What is known when the rows are. */
export type NewVersion = Omit<VersionManifest, 'format' | 'view' | 'version' | 'bytes' | 'checksum' | 'rows'>;

/** Where the versions of one view are kept. */
export interface Versions {
  /** Those there are, the oldest first. */
  list(): Promise<readonly VersionManifest[]>;
  /** The one that counts; 0: none. */
  current(): Promise<number>;
  /** Begins a new one. */
  begin(): Promise<Draft>;
  /** Rejects when it is not as it was written. */
  load(manifest: VersionManifest): Promise<VersionRows>;
  /** This one counts from now on: one step, all or nothing. 0: none does. */
  point(version: number): Promise<void>;
  remove(version: number): Promise<void>;
  /** Removes what is left of versions that were never finished, below this one. */
  sweep(below: number): Promise<void>;
}

/** A version that is being computed. */
export interface Draft {
  /** For what does not fit into memory; `undefined`: there is nothing but memory. */
  readonly aside: Aside | undefined;
  /** Keeps rows as a version, which does not count yet. */
  keep(made: NewVersion, rows: AsyncIterable<readonly Row[]>, turns: Turns): Promise<VersionManifest>;
  /** What was put aside is not needed any more; done after all, whatever came of it. */
  clear(): Promise<void>;
}

/** Versions that are gone with the process. */
export function memoryVersions(view: string): Versions {
  const kept = new Map<number, { readonly manifest: VersionManifest; readonly rows: VersionRows }>();
  let counts = 0;
  let next = 1;
  return {
    list: async () => [...kept.values()].map(({ manifest }) => manifest),
    current: async () => counts,
    begin: async () => ({
      aside: undefined,
      async keep(made, all, turns) {
        const rows = memoryRows();
        for await (const some of all) {
          for (const [key, start, acc] of some) rows.set(key, start, acc);
          await turns.over();
        }
        const manifest: VersionManifest = { format: 2, view, version: next++, ...made, rows: rows.size, bytes: 0, checksum: 0 };
        kept.set(manifest.version, { manifest, rows });
        return manifest;
      },
      clear: async () => {},
    }),
    async load({ version }) {
      const found = kept.get(version);
      if (found === undefined) throw unknownVersion(view, version);
      return found.rows;
    },
    async point(version) {
      counts = version;
    },
    async remove(version) {
      kept.delete(version);
    },
    sweep: async () => {},
  };
}

export const unknownVersion = (view: string, version: number): DataError => new DataError('view-version', `View "${view}" has no version ${version} of its batch view (any more). \`versions()\` lists those there are.`, version);
