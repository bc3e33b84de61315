/**
 * Programs as users write them: they must compile against the sources here and, copied by test/package, against the packed package under both compilers;
 * the marked ones must not. Nothing of it runs.
 */
import { Readable } from 'node:stream';
import { Stream, collect, count, run, sum, tumbling, type, type Late, type Rejected, type Sink, type Source } from 'millrace';
import { testing } from 'millrace/testing';
import { Subject, bufferTime, from, map } from 'rxjs';
import { z } from 'zod';

const Order = z.object({ id: z.string(), customer: z.string(), total: z.number(), at: z.number() });
type Order = z.infer<typeof Order>;
interface Click {
  user: string;
  url: string;
  at: number;
}
declare const raw: Source<unknown>;
declare const clicks: Stream<Click>;
declare const anywhere: Sink<unknown>;
declare const deadLetters: Sink<Rejected<unknown>>;
declare const lateOrders: Sink<Late<Order>>;
declare const withCountry: (order: Order, signal: AbortSignal) => Promise<Order & { country: string }>;

// 1 Extract, transform, load, with dead letters.
const orders = Stream.from(raw)
  .parse(Order, { onError: rejected => rejected.to(deadLetters) })
  .timestamps(o => o.at, { disorder: '5s' });
const loaded = orders
  .mapAsync(withCountry, { concurrency: 16, timeout: '2s', retry: { attempts: 5 }, onError: r => r.to(deadLetters) })
  .map(o => ({ ...o, vat: o.total * 0.2 }))
  .to(anywhere);

// 2 Pages of each visitor by the hour.
const visits = clicks
  .keyBy(c => c.user)
  .window(tumbling('1h'))
  .aggregate({ pages: count() }, { name: 'visits' });

// 3 The ten busiest pages of each minute.
const topPages = clicks
  .keyBy(c => c.url)
  .window(tumbling('1m'))
  .aggregate(count(), { name: 'per-url' })
  .keyBy(r => r.window.end)
  .window(tumbling('1m'))
  .aggregate(collect(), { name: 'top' })
  .map(pages => pages.value.toSorted((a, b) => b.value - a.value).slice(0, 10).map(page => page.key.toLowerCase()));

// 4 Fraud: a timer and a side output.
interface Alert {
  card: string;
}
declare const payments: Stream<{ card: string; amount: number; at: number }>;
const fraud = payments.keyBy(p => p.card).process({
  name: 'fraud',
  emits: type<Alert>(),
  sides: { audit: type<{ n: number }>() },
  init: () => ({ small: false }),
  onData(state, payment, context) {
    if (payment.amount < 1) {
      state.small = true;
      context.timer('forget', context.time + 60_000);
    } else if (state.small && payment.amount > 500) {
      context.emit({ card: context.key });
      context.side('audit', { n: 1 });
    }
  },
  onTimer(state) {
    state.small = false;
  },
  done: state => !state.small,
});

// 7 Late data to a place of its own.
const spend = orders
  .keyBy(o => o.customer)
  .window(tumbling('1h'), { lateness: '10m', late: late => late.to(lateOrders) })
  .aggregate({ orders: count(), spend: sum(o => o.total) }, { name: 'spend' });
spend.map(({ key, value, window, pane }) => `${key.toUpperCase()} ${value.orders.toFixed()} ${value.spend.toFixed()} ${window.end - window.start} ${pane.timing}`);

// 11 A test in virtual time, with a crash.
export async function test(): Promise<number | undefined> {
  const t = testing();
  const source = t.source<Order>('orders');
  const out = t.collect(
    Stream.from(source)
      .keyBy(o => o.customer)
      .window(tumbling('1m'))
      .aggregate(sum(o => o.total), { name: 'sums' }),
  );
  const job = await t.run(out.output);
  source.push({ id: '1', customer: 'a', total: 5, at: 0 }, 0);
  await job.crash();
  source.watermark(60_000);
  await job.advance('1m');
  return out.values[0]?.value;
}

// 12 Among existing RxJS code and iterators.
const subject = new Subject<Order>();
const sizes = Stream.from(subject, { name: 'ui', buffer: 1_000, whenFull: 'dropOldest' }).pipe(
  bufferTime(100),
  map(batch => batch.length),
);
from(sizes).subscribe(size => size.toFixed());
export const iterate = async (): Promise<void> => {
  for await (const size of sizes) size.toFixed();
};
export const lines: Stream<unknown> = Stream.from(Readable.from(['a']));

// All of it is one job.
export const job = run([loaded, visits.to(anywhere), topPages.to(anywhere), fraud.to(anywhere), fraud.side('audit').to(anywhere), spend.to(anywhere)], { name: 'shop' });

// ---- Must not compile.
// @ts-expect-error a text is not a stream of characters
Stream.from('abc');
// @ts-expect-error no such field
orders.keyBy(o => o.id).window(tumbling('1m')).aggregate({ s: sum(o => o.totl) });
// @ts-expect-error no such side output
fraud.side('audits');
declare const appendOnly: Sink<Order>;
// @ts-expect-error a sink of orders cannot take clicks
clicks.to(appendOnly);
// @ts-expect-error a sink of rows cannot take changes
orders.table({ name: 'orders', key: o => o.id }).to(appendOnly);
const customers = orders.table({ name: 'customers', key: o => o.customer });
orders.keyBy(o => o.customer).lookup(customers, { name: 'tier', type: 'left' }).map(({ value, row }) => value.total - (row?.total ?? 0));
// @ts-expect-error the row may be missing
orders.keyBy(o => o.customer).lookup(customers, { name: 'tier', type: 'left' }).map(({ row }) => row.total);
// @ts-expect-error the keys differ in type
orders.keyBy(o => o.total).lookup(customers, { name: 'tier' });
// @ts-expect-error a misspelt option
orders.mapAsync(withCountry, { concurrent: 16 });
// @ts-expect-error not one of the three answers to an error
orders.map(o => o.total, { onError: 'ignore' });

/*
 * Programs that wait for what they use:
 * - 2, 3 and 7 with sessions, `top` and hopping windows; 5 stream-table look-up; 6 deduplication;
 *   joins and a table's changes, with their programs that must not compile (issues 4 to 6);
 * - 8 and 9, Lambda and Kappa views (issue 7); 10 change data into a search index.
 */
