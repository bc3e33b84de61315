/**
 * `npm run campaign -- <name> [--n N] [--seed S] [--state lmdb|disk]`: what real processes, a real disk and a real server do to the packed package. The last line is figures as JSON; exit 1 when something was lost, doubled, out of order, or wrong.
 */
import { clocks } from './clocks.js';
import { corrupt } from './corrupt.js';
import { disk } from './disk.js';
import { kills } from './kills.js';
import { larger } from './larger.js';
import { memory } from './memory.js';
import { mutants } from './mutants.js';
import { install } from './package.js';
import { recovery } from './recovery.js';
import { soak } from './soak.js';
import { syscalls } from './syscalls.js';
import { zombie } from './zombie.js';

export interface CampaignOptions {
  readonly n: number;
  readonly seed: number;
  /** The project with the packed package. */
  readonly installed: string;
  readonly state: 'lmdb' | 'disk';
  /** Progress of long work. */
  tell(text: string): void;
  /** Further options, by name. */
  option(name: string): string | undefined;
}

export interface Result {
  /** What is wrong, in words; nothing if nothing is. */
  readonly complaints: readonly string[];
  readonly figures: { readonly [name: string]: unknown };
}

export type Campaign = (options: CampaignOptions) => Promise<Result>;

/** Each with the number of tries it has unless told otherwise. */
const campaigns: { readonly [name: string]: readonly [Campaign, number] } = {
  kills: [kills, 100],
  syscalls: [syscalls, 0],
  corrupt: [corrupt, 500],
  disk: [disk, 60],
  mutants: [mutants, 2_000],
  zombie: [zombie, 5],
  memory: [memory, 5],
  larger: [larger, 1],
  recovery: [recovery, 200],
  clocks: [clocks, 8],
  soak: [soak, 1],
};

const [name = '', ...args] = process.argv.slice(2);
const option = (wanted: string): string | undefined => {
  const at = args.indexOf(`--${wanted}`);
  return at < 0 ? undefined : args[at + 1];
};
const found = campaigns[name];
if (found === undefined) {
  console.error(`There is no campaign "${name}"; there are ${Object.keys(campaigns).join(', ')}.`);
  process.exit(1);
}
const [campaign, standard] = found;
const seed = Number(option('seed') ?? 1);
const installed = campaign === mutants ? { folder: '', remove: async () => {} } : await install();
const since = performance.now();
try {
  const { complaints, figures } = await campaign({ n: Number(option('n') ?? standard), seed, installed: installed.folder, state: option('state') === 'disk' ? 'disk' : 'lmdb', tell: text => process.stderr.write(`${text}\n`), option });
  for (const complaint of complaints) console.error(complaint);
  console.log(JSON.stringify({ campaign: name, seed, ...figures, violations: complaints.length, seconds: Math.round((performance.now() - since) / 1_000) }));
  process.exitCode = complaints.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await installed.remove();
}
