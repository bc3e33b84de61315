/** A limit per country, changed while payments flow. One subject carries both, so that what comes first is told by this script. */
import { Subject } from 'rxjs';
import { Stream, toArray, type } from 'millrace';

interface Rule {
  kind: 'rule';
  country: string;
  limit: number;
}
interface Payment {
  kind: 'payment';
  card: string;
  country: string;
  amount: number;
}
const inbox = new Subject<Rule | Payment>();
const [rules, payments] = Stream.from(inbox, { name: 'inbox' }).split((message): message is Rule => message.kind === 'rule');

const flagged = payments
  .keyBy(payment => payment.card)
  .connect(rules.broadcast())
  .process({
    name: 'limits',
    emits: type<string>(),
    init: () => ({ country: '', spent: 0 }),
    shared: () => new Map<string, number>(),
    onBroadcast(limits, rule) {
      limits.set(rule.country, rule.limit);
    },
    onKey(state, rule, context) {
      if (state.country === rule.country && state.spent > rule.limit) context.emit(`${context.key}: ${state.spent} is above the new limit ${rule.limit}`);
    },
    onData(state, payment, context) {
      state.country = payment.country;
      state.spent += payment.amount;
      const limit = context.shared.get(payment.country) ?? Number.POSITIVE_INFINITY;
      if (state.spent > limit) context.emit(`${context.key}: ${state.spent} is above ${limit}`);
    },
  });

const lines: string[] = [];
const job = await flagged.to(toArray(lines)).run();
inbox.next({ kind: 'rule', country: 'NO', limit: 100 }); // before any card of Norway is known
inbox.next({ kind: 'payment', card: 'red', country: 'NO', amount: 80 });
inbox.next({ kind: 'payment', card: 'blue', country: 'NO', amount: 120 });
inbox.next({ kind: 'rule', country: 'NO', limit: 50 });
inbox.next({ kind: 'payment', card: 'red', country: 'NO', amount: 5 });
inbox.complete();
await job.done;

for (const line of lines) console.log(line);
