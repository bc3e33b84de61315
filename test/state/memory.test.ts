import { describe, it } from 'vitest';
import { memory } from '../../src/state/memory.js';
import { stateBackendSuite } from '../../src/testing/suites/state-backend.js';

describe('memory', () => {
  for (const { name, run } of stateBackendSuite(() => ({ backend: memory() }))) it(name, run);
});
