/**
 * A writer that appends, rotates, removes and truncates by a seeded script, and a job that follows it, dies in any phase of a checkpoint or between, and is started again: every line comes out once.
 * What nobody could have read (truncated or removed between two looks) the script leaves alone: it cuts only what a checkpoint holds.
 */
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync, truncateSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Stream } from 'millrace';
import { ndjson } from 'millrace/files';
import { testing, type CheckpointPhase } from 'millrace/testing';
import { seeded } from '../../../../src/testing/random.js';

const PHASES: readonly CheckpointPhase[] = ['pause', 'drain', 'flush', 'prepare', 'encode', 'write', 'commit', 'acknowledge', 'resume'];
const KEPT = 3;

async function play(seed: number): Promise<void> {
  const random = seeded(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const folder = mkdtempSync(join(tmpdir(), 'millrace-follow-'));
  const log = (rotated: number): string => join(folder, rotated === 0 ? 'app.log' : `app.log.${rotated}`);
  try {
    const t = testing({ seed });
    const lines = Stream.from(ndjson<{ n: number }>(join(folder, 'app.log*'), { follow: { gone: '3s', maxOpenFiles: 1 + pick(4) } }), { name: 'log' });
    const out = t.collect(lines.map(l => l.n), { name: 'out' });
    const job = await t.run(out);
    let next = 0;
    /** Begun and not finished, of each file by its contents' owner. */
    let half = '';
    const write = (): void => {
      let text = half === '' ? '' : half;
      half = '';
      for (let i = pick(20); i >= 0; i--) text += `${JSON.stringify({ n: next++, text: 'ü€😀'.repeat(pick(8)) })}\n`;
      if (pick(3) === 0) {
        const begun = Buffer.from(`${JSON.stringify({ n: next++, text: 'ü€😀' })}\n`);
        const cut = 1 + pick(begun.length - 1);
        appendFileSync(log(0), Buffer.concat([Buffer.from(text), begun.subarray(0, cut)]));
        half = begun.subarray(cut).toString('latin1');
      } else appendFileSync(log(0), text);
    };
    const finishLine = (): void => {
      if (half !== '') appendFileSync(log(0), Buffer.from(half, 'latin1'));
      half = '';
    };
    const settle = async (): Promise<void> => {
      await job.advance('4s');
      await job.checkpoint();
    };
    const actions: readonly (() => void | Promise<void>)[] = [
      () => { finishLine(); write(); },
      () => { finishLine(); write(); },
      () => job.advance('300ms'),
      () => job.advance('1s'),
      () => job.checkpoint(),
      () => job.crash(),
      () => job.crash({ at: PHASES[pick(PHASES.length)] }),
      async () => {
        // Rotation; what falls off the end has been read for long, or is read now.
        finishLine();
        if (!existsSync(log(0))) return;
        if (existsSync(log(KEPT))) {
          await settle();
          unlinkSync(log(KEPT));
        }
        for (let i = KEPT - 1; i >= 0; i--) if (existsSync(log(i))) renameSync(log(i), log(i + 1));
        if (pick(2) === 0) write();
      },
      async () => {
        finishLine();
        if (!existsSync(log(0))) return;
        await settle();
        truncateSync(log(0));
        if (pick(2) === 0) write();
      },
      async () => {
        finishLine();
        if (!existsSync(log(0))) return;
        await settle();
        unlinkSync(log(0));
        if (pick(2) === 0) write();
      },
    ];
    for (let i = 0; i < 30; i++) await actions[pick(actions.length)]?.();
    finishLine();
    await settle();
    const values = out.values.toSorted((a, b) => a - b);
    expect(values).toEqual(Array.from({ length: next }, (_, i) => i));
    await job.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SEEDS = Number(process.env['FOLLOW_SEEDS'] ?? 25);
const FIRST = Number(process.env['FOLLOW_FIRST'] ?? 1);

it.each(Array.from({ length: SEEDS }, (_, i) => FIRST + i))('every line comes out once, whatever becomes of its file and of the job (seed %i)', seed => play(seed), 120_000);
