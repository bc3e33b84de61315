import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

it('ranks the pages of each minute as plain counting does', async () => {
  const lines = await linesOf(() => import('../../examples/top-ten-per-window/main.js'));
  const expected: string[] = [];
  for (let minute = 0; minute < 3; minute++) {
    const counts = new Map<string, number>();
    for (let i = minute * 1_200; i < Math.min(3_000, (minute + 1) * 1_200); i++) {
      const page = `/page-${Math.floor(Math.sqrt((i * 7_919) % 400))}`;
      counts.set(page, (counts.get(page) ?? 0) + 1);
    }
    expected.push(`minute ${minute}`, ...[...counts].toSorted(([, a], [, b]) => b - a).slice(0, 10).map(([page, n], rank) => `${String(rank + 1).padStart(3)}. ${page} ${n}`));
  }
  expect(lines).toEqual(expected);
});
