/** C15: one process for a long time, faults rotated every five seconds with quiet phases among them; heap, descriptors and timers must not grow after the first quarter. `--minutes` 60 unless told otherwise. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Campaign } from './main.js';

interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly heap: number;
  readonly fds: number;
  readonly resources: number;
  readonly round: number;
}

export const soak: Campaign = async ({ seed, installed, tell, option }) => {
  const minutes = Number(option('minutes') ?? 60);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-soak-'));
  try {
    const child = spawn(process.execPath, ['--expose-gc', join(installed, 'soak.mjs'), JSON.stringify({ folder, minutes, seed })], { cwd: installed, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let last = performance.now();
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (performance.now() - last > 30_000) {
        last = performance.now();
        tell(text.trim().split('\n').at(-1) ?? '');
      }
    });
    const code = await new Promise<number | null>(resolve => child.on('close', resolve));
    const samples = text.trim().split('\n').filter(line => line !== '').map(line => JSON.parse(line) as Sample);
    const settled = samples.slice(Math.floor(samples.length / 4));
    const slope = slopeOf(settled.map(s => [s.at / 3_600_000, s.heap / 2 ** 20]));
    const range = (of: (s: Sample) => number): number => Math.max(...settled.map(of)) - Math.min(...settled.map(of));
    const complaints: string[] = [];
    if (code !== 0) complaints.push(`the process ended with ${code}`);
    // What a slope over a few minutes says of an hour is mostly noise: below an hour the growth itself is judged.
    const grown = (settled.at(-1)?.heap ?? 0) / 2 ** 20 - (settled[0]?.heap ?? 0) / 2 ** 20;
    if (minutes >= 60 ? slope > 1 : grown > 1) complaints.push(`the heap grows: ${slope.toFixed(2)} MB an hour, ${grown.toFixed(2)} MB since the warm-up`);
    if (range(s => s.fds) > 5) complaints.push(`open descriptors vary by ${range(s => s.fds)}`);
    if (range(s => s.resources) > 5) complaints.push(`timers and other resources vary by ${range(s => s.resources)}`);
    return { complaints, figures: { minutes, rounds: samples.at(-1)?.round ?? 0, heapSlopeMBPerHour: Number(slope.toFixed(3)), heapGrownMB: Number(grown.toFixed(3)), fds: settled.at(-1)?.fds, fdRange: range(s => s.fds), resourceRange: range(s => s.resources) } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const n = points.length;
  if (n < 2) return 0;
  const [mx, my] = [points.reduce((s, [x]) => s + x, 0) / n, points.reduce((s, [, y]) => s + y, 0) / n];
  const over = points.reduce((s, [x, y]) => s + (x - mx) * (y - my), 0);
  const under = points.reduce((s, [x]) => s + (x - mx) ** 2, 0);
  return under === 0 ? 0 : over / under;
}
