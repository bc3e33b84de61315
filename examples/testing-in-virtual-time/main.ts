/** What a test of a pipeline looks like: minutes pass in a moment, a service fails when told, and a crash is one call. Here it prints what a test would assert. */
import { Stream, sum, tumbling, type WindowResult } from 'millrace';
import { testing } from 'millrace/testing';

interface Payment {
  card: string;
  amount: number;
  at: number;
}
/** The pipeline under test: its ends are arguments. */
function perMinute(payments: Stream<Payment>, inEuros: (payment: Payment) => Promise<number>): Stream<WindowResult<string, number>> {
  return payments
    .timestamps(payment => payment.at)
    .mapAsync(async payment => ({ ...payment, amount: await inEuros(payment) }), { name: 'euros', concurrency: 4, timeout: '2s', retry: { attempts: 3, backoff: '30s' } })
    .keyBy(payment => payment.card)
    .window(tumbling('1m'))
    .aggregate(sum(payment => payment.amount), { name: 'per-minute' });
}

const t = testing();
let failures = 1;
const rateService = async ({ amount }: Payment): Promise<number> => {
  await t.clock.sleep(500); // it takes its time: virtual time
  if (failures-- > 0) throw new Error('unavailable');
  return amount / 2;
};
const payments = t.source<Payment>('payments');
const results = t.collect(perMinute(Stream.from(payments), rateService));
const job = await t.run(results);
const look = (when: string): void => console.log(`${when}: ${results.values.map(({ key, window, value }) => `${key}/${window.start / 1_000}s=${value}`).join(', ') || 'nothing'}`);

payments.push({ card: 'a', amount: 10, at: 1_000 });
await job.advance('400ms');
look('the service is still at work');

await job.advance('1m'); // it failed, and was asked again after a while
console.log(`retries: ${job.metrics().steps['euros']?.counters.retries}`);
look('the minute is not over');

await job.checkpoint();
payments.push({ card: 'a', amount: 4, at: 2_000 });
await job.advance('1s');
await job.crash(); // what came after the checkpoint is read again
payments.push({ card: 'b', amount: 8, at: 61_000 });
await job.advance('1s');
look('after a crash, and a record of the next minute');

payments.end();
await job.advance('1s');
look('at the end of the input');
await job.done;
