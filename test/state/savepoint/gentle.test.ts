import { expect, it } from 'vitest';
import { systemClock, type Clock } from '../../../src/core/clock.js';
import { gentlePace, turn } from '../../../src/state/savepoint/gentle.js';

it('lets go of the loop when it was held for a while, and goes on after', async () => {
  let now = 0;
  const pace = gentlePace({ ...systemClock, monotonic: () => now } satisfies Clock);
  const asked = (): readonly boolean[] => Array.from({ length: 64 }, () => pace.go());
  expect(asked().every(Boolean)).toBe(true);
  now = 6;
  expect(asked().filter(go => !go)).toHaveLength(1);
  expect(asked().every(Boolean)).toBe(true);
  await turn(systemClock);
});
