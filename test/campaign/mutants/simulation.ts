/** The simulated seeds of a commit, those of one job first; a mutant that is known to hurt that job is found sooner. `seeds [job]`; one line for each seed, and the failure as the last. Exit 1 when there is one. */
import { simulate } from 'millrace/testing/simulation';
import { jobOf } from '../../simulation/pipelines.js';

const [, , most = '2000', first = ''] = process.argv;
const seeds = Array.from({ length: Number(most) }, (_, index) => index + 1);
const ours = (seed: number): boolean => first !== '' && jobOf(seed).name.includes(first);
try {
  for (const seed of [...seeds.filter(ours), ...seeds.filter(seed => !ours(seed))]) {
    const { build, check, invariant } = jobOf(seed);
    await simulate(build, { seeds: [seed, seed], check, invariant, stormy: 250 });
    console.log(seed);
  }
} catch (error) {
  console.log((error instanceof Error ? error.message : String(error)).split('\n')[0]);
  process.exitCode = 1;
}
