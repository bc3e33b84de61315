/**
 * Millrace: typed streams with event time and keyed state inside your own Node service, with RxJS at both ends.
 *
 * Connectors stand behind doors of their own (`millrace/files`, `millrace/parquet`), the test kit behind `millrace/testing`.
 */

// Streams and jobs
export { Stream, type SortOptions, type TimestampsOptions } from './stream/stream.js';
export { KeyedStream } from './stream/keyed-stream.js';
export { Table, type SuppressOptions } from './stream/table.js';
export type { TableOptions } from './stream/to-table.js';
export type { LookupOptions } from './stream/lookup.js';
export type { LookedUp } from './joins/lookup.js';
export { WindowedStream, type PaneOptions, type TableUpdates, type WindowContents, type WindowGroup, type WindowOptions, type WindowPair } from './stream/windowed-stream.js';
export type { Change, WindowKey } from './core/change.js';
export { run, describe, type Output } from './stream/output.js';
export { type, type OnError, type StepOptions, type Type } from './stream/options.js';
export type { FromOptions, StreamInput } from './stream/from.js';
export type { Process, ProcessContext, Processed } from './stream/process.js';
export { BroadcastConnectedStream, ConnectedStream, type Broadcast, type BroadcastContext, type BroadcastProcess, type ConnectedProcess, type SharedOf, type SharingContext } from './stream/connected-stream.js';
export { withTtl } from './stream/with-ttl.js';
export type { Job } from './runners/job.js';
export type { CheckpointOptions, RunOptions } from './runners/options.js';
export { stopOnSignals, type StopOnSignalsOptions, type StopSignal } from './runners/signals.js';
export type { JobEvent } from './runners/events.js';
export type { PlanChange } from './inspect/plan-changes.js';
export type { CheckpointMetrics } from './runners/checkpoints.js';
export type { JobMetrics, StepMetrics } from './runners/metrics.js';
export type { Why, WhySplit } from './inspect/why.js';
export type { Guarantee, SinkGuarantee, StartReport } from './inspect/report.js';
export type { DescribeFormat } from './inspect/describe.js';
export type { WhenFull } from './runners/observable-source.js';

// Options of operators
export type { MapAsyncOptions } from './operators/map-async.js';
export type { MapBatchOptions } from './operators/map-batch.js';
export type { EnrichOptions, LookupCache } from './operators/enrich.js';
export type { SortSettings } from './operators/sort.js';
export type { RateLimitOptions } from './operators/rate-limit.js';
export type { ChangesOptions } from './operators/changes.js';
export type { DistinctOptions } from './operators/distinct.js';
export type { LimitOptions } from './operators/limit-per-key.js';
export type { Running } from './operators/running.js';
export type { ScanContext } from './operators/scan.js';
export type { Retry } from './core/retry.js';
export type { Duration } from './core/duration.js';
export type { StandardIssue, StandardResult, StandardSchema, SchemaOutput } from './core/schema.js';
export type { Rejected } from './compile/context.js';

// Windows
export { countWindow, type CountWindowOptions } from './windows/count.js';
export { customWindows, type CustomWindowsOptions } from './windows/custom.js';
export { global } from './windows/global.js';
export { session, type SessionOptions } from './windows/session.js';
export { sliding, type SlidingOptions } from './windows/sliding.js';
export { trigger, type Triggers } from './windows/trigger.js';
export type { WindowScope } from './windows/scoped.js';
export { calendar, type CalendarOptions, type CalendarUnit, type Weekday } from './windows/calendar.js';
export { hopping, type HoppingOptions } from './windows/hopping.js';
export { tumbling } from './windows/tumbling.js';
export type { ManualTrigger } from './windows/triggers/manual.js';
export type { WatermarkTriggerOptions } from './windows/triggers/watermark.js';
export type { Emission, Firing, Late, Pane, Trigger, TriggerContext, Window, WindowResult, Windows } from './core/window.js';

// Joins
export type { Joined, JoinType, LateSide, LeftOf, RightOf, Within } from './core/join.js';
export type { Sides } from './joins/sides.js';
export type { JoinOptions } from './stream/join.js';

// Aggregates
export { bigSum } from './aggregates/big-sum.js';
export { checkLaws, type BrokenLaw, type CheckLawsOptions } from './aggregates/check-laws.js';
export { collect } from './aggregates/collect.js';
export { compose } from './aggregates/compose.js';
export { count } from './aggregates/count.js';
export { countBy, type Counted, type Counts } from './aggregates/count-by.js';
export { countDistinct } from './aggregates/count-distinct.js';
export { custom } from './aggregates/custom.js';
export { distinct, type Distinct } from './aggregates/distinct.js';
export type { Extreme } from './aggregates/extreme.js';
export { filtered } from './aggregates/filtered.js';
export { first } from './aggregates/first.js';
export { fold, type FoldOptions } from './aggregates/fold.js';
export { histogram, type Bucket } from './aggregates/histogram.js';
export { last } from './aggregates/last.js';
export { mapInput } from './aggregates/map-input.js';
export { mapResult } from './aggregates/map-result.js';
export { max } from './aggregates/max.js';
export { maxBy } from './aggregates/max-by.js';
export { mean, type Mean } from './aggregates/mean.js';
export { merged } from './aggregates/merged.js';
export { min } from './aggregates/min.js';
export { minBy } from './aggregates/min-by.js';
export { partial } from './aggregates/partial.js';
export { quantile, type QuantilesOf } from './aggregates/quantile.js';
export { reduce } from './aggregates/reduce.js';
export { sum } from './aggregates/sum.js';
export { top, type Ranked } from './aggregates/top.js';
export { variance, type Variance, type VarianceOptions } from './aggregates/variance.js';
export type { Aggregate, AggregateOf, SomeAccumulator } from './core/aggregate.js';

// Watermarks
export { ascending } from './watermarks/ascending.js';
export { disorder } from './watermarks/disorder.js';
export { fromRecords } from './watermarks/from-records.js';
export { perBatch } from './watermarks/per-batch.js';
export type { WatermarkGenerator } from './core/stage.js';
export type { IdleRules } from './core/idle.js';

// State
export { memory } from './state/memory.js';
export type { Committed, Manifest, StateBackend, StateSnapshot, StateStore, StateTable } from './core/state.js';
export { unchanged, type Unchanged } from './core/keyed.js';
export type { Held, Rows, Waiting } from './core/keyed.js';
export type { List } from './operators/list-over.js';
export type { Kept, TtlOptions } from './operators/ttl.js';

// Sources and sinks
export { toArray } from './runners/collect.js';
export type { Batch, FailedRead, Reader, Source, SourceLog, Splits } from './core/source.js';
export type { FailedWrite, LedgerSink, LedgerTarget, LedgerWriter, Sink, SinkContext, SinkWriter } from './core/sink.js';
export type { Origin } from './core/stage.js';
export type { Clock, Environment } from './core/clock.js';
export type { Disk, DiskEntry, DiskFile } from './core/disk.js';
export type { Domain, Json, Key, Position, Sub, Time } from './core/values.js';

// Errors
export { CheckpointError, ConfigurationError, DataError, MillraceError, OverflowError, SchemaError, StepError, TimeoutError, type Problem } from './core/errors.js';
