/** A target in memory that keeps the contract of ledgers, and forgets to answer when told. */
import type { LedgerTarget, LedgerWriter } from 'millrace';

export interface MemoryTarget<T> extends LedgerTarget<T> {
  readonly rows: T[];
  readonly times: number[];
  readonly writers: { open: number };
  loseReply: boolean;
}

export function ledgerTarget<T>({ check }: Pick<LedgerWriter<T>, 'check'> = {}): MemoryTarget<T> {
  const ledger = new Map<string, { generation: number; checkpoint: number }>();
  const target: MemoryTarget<T> = {
    name: 'memory',
    rows: [],
    times: [],
    writers: { open: 0 },
    loseReply: false,
    async open({ job, step, generation, checkpoint }: Parameters<LedgerTarget<T>['open']>[0]): Promise<LedgerWriter<T>> {
      const key = JSON.stringify([job, step]);
      const fenced = (): void => {
        if ((ledger.get(key)?.generation ?? 0) > generation) throw Object.assign(new Error('A newer incarnation has taken over.'), { code: 'fenced' });
      };
      fenced();
      const before = ledger.get(key)?.checkpoint ?? 0;
      if (before > checkpoint && checkpoint > 0) throw new Error('The state is older than the target.');
      ledger.set(key, { generation, checkpoint: before });
      target.writers.open++;
      return {
        ...(check && { check }),
        async deliver(number, values, times) {
          fenced();
          const last = ledger.get(key)?.checkpoint ?? 0;
          if (last >= number) return;
          target.rows.push(...values);
          target.times.push(...times);
          ledger.set(key, { generation, checkpoint: number });
          if (!target.loseReply) return;
          target.loseReply = false;
          throw new Error('The reply was lost.');
        },
        close() {
          target.writers.open--;
        },
      };
    },
  };
  return target;
}
