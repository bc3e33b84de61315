/** Door `millrace/testing`: pipelines in virtual time, and the contracts that sources, sinks, state backends, windows and aggregates must keep. */

// Virtual time
export { testing, type Ends, type Testing, type TestingOptions } from './testing.js';
export type { TestJob, CheckpointPhase } from './test-job.js';
export type { TestSource, TestSplit } from './test-source.js';
export type { Collected, TestRecord } from './collected.js';
export { virtualClock, type VirtualClock } from './virtual-clock.js';

// Assertions
export { expectRecords, pane } from './expect-records.js';
export { crashAfterEach, type TestInput } from './crash-after-each.js';

// Contract suites
export { aggregateSuite, type AggregateSuiteOptions } from './suites/aggregate.js';
export { sinkSuite, type SinkHarness } from './suites/sink.js';
export { sourceSuite, type SourceHarness } from './suites/source.js';
export { stateBackendSuite } from './suites/state-backend.js';
export type { StateBackendHarness } from './suites/state-job.js';
export { windowsSuite } from './suites/windows.js';
export type { SuiteCase } from './suites/suite.js';
