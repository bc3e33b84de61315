/** A thief tries a card with a small payment and then takes what it gives: an alert if both are within a minute. */
import { Stream, type, unchanged, withTtl } from 'millrace';

interface Payment {
  card: string;
  amount: number;
  at: number;
}
const payments: Payment[] = [
  { card: 'red', amount: 0.5, at: 0 },
  { card: 'blue', amount: 0.8, at: 5_000 },
  { card: 'green', amount: 900, at: 20_000 }, // big, but nothing small before it
  { card: 'red', amount: 700, at: 59_999 }, // within the minute
  { card: 'blue', amount: 700, at: 65_000 }, // exactly a minute later: forgotten
];
interface Alert {
  card: string;
  amount: number;
  after: number;
}

const alerts = Stream.from(payments)
  .timestamps(payment => payment.at, { disorder: '5s' })
  .keyBy(payment => payment.card)
  .process(
    withTtl(
      {
        name: 'small-then-big',
        emits: type<Alert>(),
        init: (): { small: number | undefined } => ({ small: undefined }),
        onData(state, payment, context) {
          if (payment.amount < 1) return { small: payment.at };
          if (payment.amount > 500 && state.small !== undefined) context.emit({ card: payment.card, amount: payment.amount, after: payment.at - state.small });
          return unchanged;
        },
      },
      { after: '1m' },
    ),
  );

for await (const { card, amount, after } of alerts) console.log(`${card}: ${amount}, ${after} ms after a small payment`);
