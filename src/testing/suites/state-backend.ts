/** The contract of a state backend: tables, what a commit keeps, what a crash loses, and who may still commit. */
import type { StateStore } from '../../core/state.js';
import { commitCases } from './state-commits.js';
import { jobOf, type Job, type StateBackendHarness } from './state-job.js';
import { tableCases } from './state-tables.js';
import type { SuiteCase } from './suite.js';

/**
 * Cases every state backend must pass. Opening the same job again stands for a crash: what was not committed is gone, and the older store may not commit.
 *
 * @param make a fresh harness for each case.
 * @example
 * ```ts
 * import { memory } from 'millrace';
 * import { stateBackendSuite } from 'millrace/testing';
 *
 * for (const { run } of stateBackendSuite(() => ({ backend: memory() }))) await run();
 * ```
 */
export function stateBackendSuite(make: () => StateBackendHarness | Promise<StateBackendHarness>): readonly SuiteCase[] {
  const testing = (name: string, run: (job: Job) => Promise<void>): SuiteCase => ({
    name,
    async run() {
      const harness = await make();
      const stores: StateStore[] = [];
      try {
        await run(jobOf(harness, stores));
      } finally {
        for (const store of stores) await store.close();
        await harness.close?.();
      }
    },
  });
  return [...tableCases(testing), ...commitCases(testing)];
}
