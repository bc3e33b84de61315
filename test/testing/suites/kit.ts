/** Suites are tried on things that are right and on things with one planted fault: a suite that passes everything is worth nothing. */
import type { SuiteCase } from '../../../src/testing/suites/suite.js';

/** Names of the cases that fail. */
export async function failing(suite: readonly SuiteCase[]): Promise<string[]> {
  const names: string[] = [];
  for (const { name, run } of suite) {
    try {
      await run();
    } catch {
      names.push(name);
    }
  }
  return names;
}
