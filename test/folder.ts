/** One folder for what the tests of a run write, removed after the last: test files share workers and their modules, so none of them knows that it is the last to use a file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder; make one of your own below it. */
    readonly folder: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-tests-'));
  project.provide('folder', folder);
  return () => rm(folder, { recursive: true, force: true });
}
