/** Runs an example as a user would, by loading its `main.ts`, and gives the lines it printed. */
import { vi } from 'vitest';

export async function linesOf(load: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => void lines.push(...parts.map(String).join(' ').split('\n')));
  try {
    await load();
  } finally {
    log.mockRestore();
  }
  return lines;
}
