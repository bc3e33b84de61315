/** C16: too little memory. The process may end by running out of it at any moment; started again with enough, the answers are right. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../src/testing/random.js';
import { start } from './child.js';
import type { Campaign } from './main.js';
import { linesOf, runningComplaints, windowComplaints, windowsOf, writeInput, type WindowRow } from './truth.js';

const KEYS = 60_000;
const RECORDS = 200_000;

export const memory: Campaign = async ({ n, seed, installed, state, tell }) => {
  const random = seeded(seed);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-memory-'));
  const complaints: string[] = [];
  const counts = { runs: 0, outOfMemory: 0, endedAllTheSame: 0 };
  try {
    const input = join(folder, 'input.ndjson');
    await writeInput(input, seed, RECORDS, KEYS);
    for (let round = 0; round < n && complaints.length === 0; round++) {
      const data = join(folder, `round-${round}`);
      const options = { input, folder: data, state, every: 50 };
      for (let tries = 0; tries < 3; tries++) {
        const tight = start(installed, options, { node: [`--max-old-space-size=${18 + Math.floor(random() * 30)}`] });
        const code = await tight.ended;
        counts.runs++;
        if (code === 0) {
          counts.endedAllTheSame++;
          break;
        }
        if (code === 'SIGABRT' || code === 134 || /heap/i.test(tight.errors())) counts.outOfMemory++;
        else complaints.push(`round ${round}: with little memory the job ended with ${code}: ${tight.errors()}`);
      }
      const enough = start(installed, options, { node: ['--max-old-space-size=1024'] });
      const code = await enough.ended;
      if (code !== 0) complaints.push(`round ${round}: with enough memory the job ended with ${code}: ${enough.errors()}`);
      else complaints.push(...runningComplaints(await linesOf(join(data, 'running')), seed, RECORDS, KEYS, true).slice(0, 5), ...windowComplaints((await linesOf(join(data, 'windows'))) as unknown as WindowRow[], windowsOf(seed, RECORDS, KEYS)).slice(0, 5));
      tell(`round ${round + 1} of ${n}: ${JSON.stringify(counts)}`);
      await rm(data, { recursive: true, force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { complaints, figures: counts };
};
