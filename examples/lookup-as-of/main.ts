/** Prices at the time of the order: the table keeps versions, and each order sees the one that held when it was made, although the price list arrives in another order. */
import { Stream } from 'millrace';

const prices = [
  { product: 'tea', cents: 300, at: 0 },
  { product: 'tea', cents: 350, at: 60_000 },
  { product: 'mug', cents: 900, at: 20_000 },
];
const orders = [
  { id: 1, product: 'tea', at: 30_000 },
  { id: 2, product: 'mug', at: 10_000 },
  { id: 3, product: 'tea', at: 90_000 },
];

const priceOf = Stream.from(prices)
  .timestamps(price => price.at, { disorder: '1m' })
  .table({ name: 'prices', key: price => price.product, versions: '1d' });
const priced = Stream.from(orders)
  .timestamps(order => order.at, { disorder: '1m' })
  .keyBy(order => order.product)
  .lookup(priceOf, { name: 'price', type: 'left' });

for await (const { value, row } of priced) console.log(`order ${value.id}: ${value.product} for ${row?.cents ?? 'an unknown number of'} cents`);
