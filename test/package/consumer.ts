/** A program of a user, compiled and run against the packed package as ESM and as CommonJS: every door opens, and all doors share one set of classes. */
import { ConfigurationError, DataError, MillraceError, StepError, Stream, count, run, sum, toArray as intoArray, tumbling, type WindowResult } from 'millrace';
import { ndjson } from 'millrace/files';
import { outbox } from 'millrace/outbox';
import { parquet } from 'millrace/parquet';
import { postgres } from 'millrace/postgres';
import { testing } from 'millrace/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Observable, from, lastValueFrom, toArray } from 'rxjs';

interface Order {
  readonly customer: string;
  readonly total: number;
  readonly at: number;
}
const orders: Order[] = [
  { customer: 'ann', total: 2, at: 1_000 },
  { customer: 'bob', total: 3, at: 2_000 },
  { customer: 'ann', total: 5, at: 59_999 },
  { customer: 'ann', total: 7, at: 60_000 },
];

const totals = (source: Stream<Order>): Stream<WindowResult<string, { readonly n: number; readonly total: number }>> =>
  source
    .timestamps(o => o.at)
    .keyBy(o => o.customer)
    .window(tumbling('1m'))
    .aggregate({ n: count(), total: sum(o => o.total) });

const check = (what: string, is: unknown, should: unknown): void => {
  if (JSON.stringify(is) !== JSON.stringify(should)) throw new Error(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(should)}`);
};

async function main(): Promise<void> {
  const expected = [
    ['ann', 0, 2, 7],
    ['bob', 0, 1, 3],
    ['ann', 60_000, 1, 7],
  ];
  const rows = (results: readonly WindowResult<string, { readonly n: number; readonly total: number }>[]): unknown => results.map(r => [r.key, r.window.start, r.value.n, r.value.total]);

  const iterated = [];
  for await (const result of totals(Stream.from(orders))) iterated.push(result);
  check('for await', rows(iterated), expected);

  const observable = totals(Stream.from(from(orders))).toObservable();
  check('the same Observable class', observable instanceof Observable, true);
  check('RxJS at both ends', rows(await lastValueFrom(observable.pipe(toArray()))), expected);

  const t = testing();
  const source = t.source<Order>('orders');
  const out = t.collect(totals(Stream.from(source)));
  const job = await t.run(out.output);
  for (const order of orders) source.push(order, order.at);
  source.end();
  await job.advance('1s');
  check('virtual time', rows(out.values), expected);

  const folder = await mkdtemp(join(tmpdir(), 'millrace-consumer-'));
  try {
    const path = join(folder, 'orders.ndjson');
    await writeFile(path, orders.map(o => `${JSON.stringify(o)}\n`).join('') + '{broken\n');
    const causes: unknown[] = [];
    const read = await Stream.from(ndjson<Order>(path), { onError: rejected => rejected.map(r => r.cause).to(intoArray(causes)) }).collect();
    check('the files door', read, orders);
    check('one DataError for all doors', causes.map(cause => cause instanceof DataError), [true]);
  } finally {
    await rm(folder, { recursive: true });
  }

  const [flights] = process.argv.slice(2);
  const firstRow = async (): Promise<unknown> => {
    for await (const row of Stream.from(parquet<{ readonly origin: string }>(flights ?? process.argv[1] ?? '', { columns: ['origin'] }))) return row.origin;
    return undefined;
  };
  if (flights === undefined) {
    const missing = await firstRow().catch((cause: unknown) => cause);
    check('without its optional package the parquet door says what to install', missing instanceof StepError && missing.cause instanceof ConfigurationError && missing.message.includes('npm install hyparquet'), true);
    const table = outbox(postgres<Order>({ connection: 'postgres://localhost/shop', table: 'orders', columns: ['customer', 'total'] }));
    const unopened = await run(Stream.from(orders).to(table, { name: 'orders' }), { name: 'shop' }).catch((cause: unknown) => cause);
    check('and so does the postgres door', unopened instanceof StepError && unopened.cause instanceof ConfigurationError && unopened.message.includes('npm install pg'), true);
  } else check('with it, rows come out of a real file, and leaving early ends the job', await firstRow(), 'LAS');

  const error = await run(Stream.from(orders).keyBy(o => o.customer).window(tumbling('-1m')).aggregate(count()).to(intoArray<unknown>([]))).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  check('one set of error classes', error instanceof ConfigurationError && error instanceof MillraceError, true);
  console.log('consumer done');
}

main().catch((cause: unknown) => {
  console.error(cause);
  process.exitCode = 1;
});
