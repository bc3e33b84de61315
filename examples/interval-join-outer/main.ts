/** Orders and their payments, at most a quarter of an hour apart; what finds no partner is given too, once it is certain. */
import { Stream } from 'millrace';

const MINUTE = 60_000;
const orders = Stream.from([
  { id: 'o1', total: 20, at: 0 },
  { id: 'o2', total: 35, at: 2 * MINUTE },
  { id: 'o3', total: 5, at: 30 * MINUTE },
]).timestamps(order => order.at, { disorder: '1m' });
const payments = Stream.from([
  { order: 'o1', amount: 20, at: 3 * MINUTE },
  { order: 'o3', amount: 5, at: 29 * MINUTE }, // before its order: the bounds look forward only
  { order: 'o3', amount: 5, at: 45 * MINUTE },
]).timestamps(payment => payment.at, { disorder: '1m' });

const settled = orders
  .keyBy(order => order.id)
  .join(payments.keyBy(payment => payment.order), { name: 'settled', within: ['0s', '15m'], type: 'full' })
  .tap(({ key, left, right }, time) => {
    const minute = `minute ${time / MINUTE}`;
    if (left === undefined) console.log(`${minute}: a payment for ${key} without an order`);
    else console.log(`${minute}: ${key} ${right === undefined ? 'was not paid in time' : `was paid ${right.amount} of ${left.total}`}`);
  });
await settled.collect();
