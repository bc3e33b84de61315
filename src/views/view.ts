/** What users have of a view. */
import type { LogPositions } from '../core/master-log.js';
import type { Key, Time } from '../core/values.js';
import type { Output } from '../stream/output.js';
import type { Stream } from '../stream/stream.js';
import type { Range, Reading } from './answer.js';
import type { Progress } from './build.js';
import type { Reconciled } from './compare.js';
import type { DefinitionOptions } from './definition.js';
import type { VersionManifest } from './versions.js';

/** A key and granule whose value is another now. */
export interface ViewChange<out K, out R> extends Range {
  readonly key: K;
  /** Absent: there was none. */
  readonly before?: R | undefined;
  readonly value: R | undefined;
  /** An event came, or another version of the batch view counts. */
  readonly reason: 'event' | 'version';
  readonly version: number;
}

/** A new version of the batch view. */
export interface Published {
  readonly manifest: VersionManifest;
  /** Absent if it was not asked for. */
  readonly reconciled: Reconciled | undefined;
}

/** How a version is computed. */
export interface PublishOptions {
  /** Compare the new version with what it takes the place of; default true. */
  readonly reconcile?: boolean | undefined;
  /** Build on the version that counts instead of on the beginning of the log: quicker, and does not heal. Default: only if the log does not reach back any more. */
  readonly incremental?: boolean | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a view is at the moment. */
export interface ViewStatus {
  readonly name: string;
  readonly version: number;
  readonly cut: LogPositions;
  readonly watermark: Time;
  readonly codeHash: string;
  readonly publishing: Progress | undefined;
  /** Of the last publication that failed, if none has succeeded since; or why versions were given up when the job started; or why the log cannot be trimmed. */
  readonly lastError: unknown;
  readonly segments: number;
  readonly skipped: number;
}

/** A consistent view of one moment, to be released. */
export interface Snapshot<K extends Key, R> extends Reading<K, R> {
  release(): Promise<void>;
}

/** What every view is. */
export interface View<K extends Key, R> extends Reading<K, R> {
  readonly name: string;
  /** What the job runs: `run([...view.outputs], { name })`. */
  readonly outputs: readonly Output[];
  status(): ViewStatus;
  /** Several questions about one moment. To be released: it keeps what it reads. */
  snapshot(): Promise<Snapshot<K, R>>;
  /** Every change from now on, with its reason, until the job ends. */
  changes(): Stream<ViewChange<K, R>>;
}

/** A view with a batch side. */
export interface LambdaView<K extends Key, R> extends View<K, R> {
  /** Computes the batch view anew from the log, below where it ends now, and lets it take the place of the one that counts; the speed view goes on from there. Answers are right before, while and after. */
  publish(options?: PublishOptions): Promise<Published>;
  /** An earlier version counts again, with all that came since from the speed view. */
  rollback(version: number): Promise<void>;
  /** A version that somebody else has computed and put into the folder counts from now on. */
  adopt(version: number): Promise<void>;
  /** The versions there are, the oldest first. */
  versions(): Promise<readonly VersionManifest[]>;
}

/** New code, computed from the log beside the old. */
export interface Replay<K extends Key, R> {
  /** Resolves when the new code has come to where the old one is; from then on both count what comes. */
  readonly caughtUp: Promise<void>;
  /** What the new code answers. */
  readonly shadow: Reading<K, R>;
  /** Where the two differ, row by row. */
  diff(): Promise<Reconciled>;
  /** The new code answers from now on; the old one goes on counting, to go back to. */
  swap(): Promise<void>;
  /** The old code answers again. */
  rollback(): Promise<void>;
  /** Forgets the old code and what it has counted. */
  retire(): Promise<void>;
}

/** A view without a batch side. */
export interface KappaView<T, K extends Key, R> extends View<K, R> {
  /** Computes changed code from the log, beside the one that answers. `from`: positions to begin at; default the beginning. */
  replay(changed: Partial<DefinitionOptions<T, K, R>>, options?: { readonly from?: readonly number[] | undefined; readonly share?: number | undefined; readonly onProgress?: ((progress: Progress) => void) | undefined }): Replay<K, R>;
}
