/** The door `millrace/views`: views over a log of events that answer one question from a batch and a speed side (`lambda`), or replay one log (`kappa`). */
export { kappa, lambda, type LambdaOptions, type ViewOptions } from './lambda.js';
export { buildBatch, type BatchOptions } from './build-batch.js';
export { batchWorker } from './worker.js';
export type { WorkerOptions } from './workers.js';
export type { Answer, EntriesOptions, Entry, Gap, Partial as PartialRange, Point, QueryOptions, Range, Reading } from './answer.js';
export type { DefinitionOptions } from './definition.js';
export type { Progress } from './build.js';
export type { KappaView, LambdaView, Published, PublishOptions, Replay, Snapshot, View, ViewChange, ViewStatus } from './view.js';
export type { Reconciled } from './compare.js';
export type { VersionManifest } from './versions.js';
export type { CodeChange } from './speed.js';
export type { LogBlock, LogPositions, MasterLog, MasterLogWriter } from '../core/master-log.js';
