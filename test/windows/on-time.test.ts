import { expect, it } from 'vitest';
import { onTime } from '../../src/windows/on-time.js';

it('the default trigger never fires by itself: the end of the window does', () => {
  const context = { window: { start: 0, end: 1 }, time: 0, watermark: 0, now: 0, timer: () => {} };
  expect(onTime.record(onTime.zero(), context)).toBe('wait');
});
