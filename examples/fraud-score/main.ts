/** A score per card and day, and a better idea of what is suspicious: it is computed from the log beside the old one, while payments come in, compared with it, swapped in, and can be taken back. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { Stream, memory, run, sum } from 'millrace';
import { masterLog } from 'millrace/log';
import { kappa } from 'millrace/views';

interface Payment {
  readonly card: string;
  readonly amount: number;
  readonly country: string;
  readonly at: number;
}
const DAY = 86_400_000;
const today = { from: 0, to: DAY };

/** What is suspicious of one payment, in points. */
const bySize = ({ amount }: Payment): number => (amount >= 500 ? 10 : 0);
/** The new idea: small sums abroad are how a stolen card is tried. */
const bySizeAndPlace = (payment: Payment): number => bySize(payment) + (payment.country !== 'CH' && payment.amount < 2 ? 25 : 0);

const folder = await mkdtemp(join(tmpdir(), 'fraud-score-'));
const input = new Subject<Payment>();
const payments = Stream.from(input, { name: 'payments' }).timestamps(payment => payment.at);
const scores = kappa('scores', payments, { key: payment => payment.card, every: '1d', aggregate: sum(bySize), log: masterLog(join(folder, 'log')) });
const job = await run([...scores.outputs], { name: 'fraud', state: memory(), checkpoint: '1s' });

const pay = (from: number, to: number): void => {
  for (let i = from; i < to; i++) input.next({ card: `card-${i % 50}`, amount: i % 50 === 7 ? 1.5 : i % 9 === 0 ? 600 : 20, country: i % 50 === 7 ? 'XX' : 'CH', at: i * 1_000 });
};
/** What is asked is asked behind everything that was paid before. */
const worst = async (): Promise<string> => (await scores.top(1, today)).value.map(({ key, value }) => `${key} with ${value} points`).join('');
const settled = async (): Promise<void> => (await scores.snapshot()).release();

pay(0, 20_000);
await settled();
console.log(`old score: ${await worst()}`);

const next = scores.replay({ aggregate: sum(bySizeAndPlace) });
pay(20_000, 25_000); // they count in both
await next.caughtUp;
const { rows, differ, largest } = await next.diff();
const [most] = largest;
console.log(`${differ} of ${rows} cards have another score; ${String(most?.key)}: ${String(most?.before)} becomes ${String(most?.after)}`);
console.log(`the old one still answers: ${await worst()}`);
await next.swap();
console.log(`new score: ${await worst()}`);
await next.rollback();
console.log(`taken back: ${await worst()}`);
await next.swap();
await next.retire();

await job.stop();
await rm(folder, { recursive: true });
