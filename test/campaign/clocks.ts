/**
 * C12: a wall clock that jumps. The job runs under a `Date` that is moved by hours and days, forwards and back, while it runs (the monotonic clock goes on), at the change to and from daylight saving time and on a leap day, in four
 * time zones, and is killed now and then: what is computed by event time is the same to the byte.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seeded } from '../../src/testing/random.js';
import { start } from './child.js';
import type { Campaign } from './main.js';
import { linesOf, runningComplaints, windowComplaints, windowsOf, writeInput, type WindowRow } from './truth.js';

const KEYS = 300;
const RECORDS = 120_000;
const ZONES = ['UTC', 'America/New_York', 'Europe/Berlin', 'Asia/Kolkata'];
/** Instants at which clocks are known to go wrong: both changes of daylight saving time (in Berlin, in New York), a leap day, a new year. Records are of November 2023; times of the wall must be later. */
const MOMENTS = ['2024-03-31T00:59:59Z', '2024-10-27T00:59:59Z', '2024-03-10T06:59:59Z', '2024-11-03T05:59:59Z', '2024-02-28T23:59:59Z', '2024-12-31T23:59:59Z'];
const HOUR = 3_600_000;
const JUMPS = [2 * HOUR, -2 * HOUR, 24 * HOUR, -24 * HOUR];

/** Loaded before the job: `Date` begins at a moment and jumps every so often. */
const preload = `
const RealDate = Date;
const { from, jumps, every } = JSON.parse(process.env.CAMPAIGN_CLOCK);
const began = performance.now();
const now = () => {
  const passed = performance.now() - began;
  let at = from + passed;
  for (let i = 0; i < Math.floor(passed / every); i++) at += jumps[i % jumps.length];
  return Math.floor(at);
};
globalThis.Date = class extends RealDate {
  constructor(...args) { if (args.length === 0) super(now()); else super(...args); }
  static now() { return now(); }
};
`;

export const clocks: Campaign = async ({ n, seed, installed, state, tell }) => {
  const random = seeded(seed);
  const folder = await mkdtemp(join(tmpdir(), 'millrace-clocks-'));
  const complaints: string[] = [];
  const counts = { runs: 0, kills: 0 };
  const sorted = (lines: readonly unknown[]): string => lines.map(line => JSON.stringify(line)).toSorted().join('\n');
  let reference: string | undefined;
  try {
    const input = join(folder, 'input.ndjson');
    const before = join(folder, 'clock.mjs');
    await writeInput(input, seed, RECORDS, KEYS);
    await writeFile(before, preload);
    for (let round = 0; round < n && complaints.length === 0; round++) {
      const data = join(folder, `round-${round}`);
      const env = { TZ: ZONES[round % ZONES.length], CAMPAIGN_CLOCK: JSON.stringify({ from: Date.parse(MOMENTS[round % MOMENTS.length] ?? '') + Math.floor(random() * 1_000), jumps: [0, 1, 2, 3].map(i => JUMPS[(i + round) % 4]), every: 40 + random() * 100 }) };
      for (let ended = false, tries = 0; !ended; tries++) {
        const child = start(installed, { input, folder: data, state, every: 40, lease: '500ms' }, { node: ['--import', `file://${before}`], env });
        const timer = tries < 2 ? setTimeout(() => child.process.kill('SIGKILL'), 250 + random() * 400) : undefined;
        const code = await child.ended;
        clearTimeout(timer);
        counts.runs++;
        if (code === 'SIGKILL') counts.kills++;
        else if (code !== 0) {
          complaints.push(`round ${round} (${env.TZ}): the job ended with ${code}: ${child.errors()}`);
          break;
        }
        ended = code === 0;
      }
      const running = await linesOf(join(data, 'running'));
      const windows = (await linesOf(join(data, 'windows'))) as unknown as WindowRow[];
      complaints.push(...runningComplaints(running, seed, RECORDS, KEYS, true).slice(0, 5), ...windowComplaints(windows, windowsOf(seed, RECORDS, KEYS)).slice(0, 5));
      const text = `${sorted(running)}\n${sorted(windows)}`;
      reference ??= text;
      if (text !== reference) complaints.push(`round ${round} (${env.TZ}): the output differs from that of the first round`);
      tell(`round ${round + 1} of ${n}: ${JSON.stringify(counts)}`);
      await rm(data, { recursive: true, force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { complaints, figures: { rounds: n, zones: ZONES.length, moments: MOMENTS.length, ...counts } };
};
