import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, inject, it } from 'vitest';
import { lmdb } from 'millrace/lmdb';
import { stateBackendSuite } from '../../../src/testing/suites/state-backend.js';

const fresh = (): Promise<string> => mkdtemp(join(inject('folder'), 'lmdb-'));

describe('lmdb', () => {
  for (const { name, run } of stateBackendSuite(async () => {
    const folder = await fresh();
    return { backend: lmdb(folder), close: () => rm(folder, { recursive: true, force: true }) };
  }))
    it(name, run);
});
