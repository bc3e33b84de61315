/** Extract, transform, load: every order ends in the table or among the dead letters, none is lost. */
import { Stream, run, toArray, type Rejected } from 'millrace';
import { z } from 'zod';

const Order = z.object({ id: z.string(), total: z.number().positive(), currency: z.string().length(3) });

const input: unknown[] = [
  { id: 'a', total: 20, currency: 'EUR' },
  { id: 'b', total: -1, currency: 'EUR' },
  { id: 'c', total: 30, currency: 'USD' },
  { id: 'd', total: 10, currency: 'XTS' },
];

// A service that fails on its first call and does not know every currency.
const rates = new Map([['EUR', 1], ['USD', 0.5]]);
let calls = 0;
async function rateOf(currency: string): Promise<number> {
  calls++;
  if (calls === 1) throw new Error('the service is starting');
  const rate = rates.get(currency);
  if (rate === undefined) throw new Error(`no rate for ${currency}`);
  return rate;
}

const loaded: { id: string; euros: number }[] = [];
const rejected: Rejected<unknown>[] = [];

const orders = Stream.from(input, { name: 'orders' })
  .parse(Order, { name: 'check', onError: r => r.to(toArray(rejected), { name: 'rejected-by-check' }) })
  .mapAsync(async order => ({ id: order.id, euros: order.total * (await rateOf(order.currency)) }), {
    name: 'convert',
    concurrency: 4,
    timeout: '2s',
    retry: { attempts: 3, backoff: 1 },
    onError: r => r.to(toArray(rejected), { name: 'rejected-by-convert' }),
  })
  .to(toArray(loaded), { name: 'load' });

const job = await run(orders);
await job.done;

for (const { id, euros } of loaded) console.log(`loaded ${id}: ${euros} EUR`);
for (const { step, attempts, origin, cause } of rejected) {
  console.log(`rejected by ${step} after ${attempts} attempt(s), record ${JSON.stringify(origin?.position)}: ${cause instanceof Error ? cause.message : String(cause)}`);
}
console.log(`${input.length} in = ${loaded.length} loaded + ${rejected.length} rejected`);
