/** What a job tells while it runs: checkpoints, savepoints, what it went on from. */
import type { PlanChange } from '../inspect/plan-changes.js';

/** Something that happened to a running job; see `onEvent` of `RunOptions`. */
export type JobEvent =
  /** The job goes on from a checkpoint (or a savepoint), under a generation of its own. */
  | { readonly kind: 'restored'; readonly checkpoint: number; readonly generation: number; readonly steps: readonly PlanChange[] }
  | { readonly kind: 'checkpoint-started'; readonly checkpoint: number }
  /** `duration` in milliseconds, `entries` written, `bytes` of them encoded (0 where the backend does not count). */
  | { readonly kind: 'checkpoint-completed'; readonly checkpoint: number; readonly duration: number; readonly entries: number; readonly bytes: number }
  /** The job goes on with the last good one. */
  | { readonly kind: 'checkpoint-failed'; readonly checkpoint: number; readonly error: unknown }
  | { readonly kind: 'savepoint-completed'; readonly path: string; readonly checkpoint: number; readonly bytes: number; readonly duration: number }
  | { readonly kind: 'savepoint-failed'; readonly path: string; readonly error: unknown };
