/**
 * Servers that sinks write to. They outlive processes and power losses of the job's machine; a call may be lost before it arrives, or its reply may be lost, and the caller is told the same. Each keeps what it
 * was told in the order in which it was told.
 */
import { MillraceError } from '../../core/errors.js';
import type { LedgerTarget, Sink, SinkContext } from '../../core/sink.js';
import type { Json, Time } from '../../core/values.js';
import type { Process, Scheduler } from './scheduler.js';

/** A record in a server, with its event time. */
export interface Stored<out T> {
  readonly value: T;
  readonly time: Time;
  /** Of the incarnation that wrote it, where the server is told. */
  readonly generation?: number | undefined;
}

/** How often calls are lost, in [0, 1]. */
export interface NetworkFaults {
  /** The call never arrives. */
  lostCall: number;
  /** It arrives, and its reply does not. */
  lostReply: number;
  /** It takes seconds, longer than the job waits for it, perhaps. */
  slow: number;
}

/** Milliseconds a slow call takes, at most. */
const SLOW = 12_000;

export interface Server<T> {
  /** The sink as a process has it. */
  sink(process: Process): Sink<T>;
  readonly guarantee: Sink<T>['guarantee'];
  /** What a reader sees now. */
  readonly visible: readonly Stored<T>[];
}

type Call = <R>(label: string, effect: () => R) => Promise<R>;

/** Calls of the process that opened the sink. */
function callsOf(scheduler: Scheduler, faults: NetworkFaults, process: Process, name: string): Call {
  return (label, effect) =>
    scheduler.point(
      process,
      `${name}.${label}`,
      () => {
        if (scheduler.chance(faults.lostCall)) throw new Error(`${name}: the connection was lost (simulated)`);
        const result = effect();
        if (scheduler.chance(faults.lostReply)) throw new Error(`${name}: the connection was lost (simulated)`);
        return result;
      },
      { wire: true, delay: scheduler.chance(faults.slow) ? scheduler.pick(SLOW) : 0 },
    );
}

export interface ServerOptions {
  readonly scheduler: Scheduler;
  readonly faults: NetworkFaults;
  readonly name: string;
}

/** Transactions that are prepared, survive, and are committed by token from any process; older generations are fenced. */
export function transactionalServer<T>({ scheduler, faults, name }: ServerOptions): Server<T> {
  const visible: Stored<T>[] = [];
  const prepared = new Map<string, readonly Stored<T>[]>();
  const committed = new Set<string>();
  let latest = 0;

  const sink = (process: Process): Sink<T> => ({
    name,
    guarantee: 'transactional',
    async open({ generation, restored }) {
      const call = callsOf(scheduler, faults, process, name);
      const fence = (): void => {
        if (generation < latest) throw new MillraceError('fenced', `${name}: generation ${latest} has begun; generation ${generation} may not write any more.`);
        latest = generation;
      };
      const commit = (tokens: readonly Json[]): void => {
        for (const token of tokens) {
          const id = JSON.stringify(token);
          if (committed.has(id)) continue;
          const rows = prepared.get(id);
          if (rows === undefined) throw new Error(`${name}: there is no transaction ${id}`);
          visible.push(...rows);
          committed.add(id);
          prepared.delete(id);
        }
      };
      await call('fence', fence);
      await call('commit', () => {
        fence();
        commit(restored);
      });
      await call('abort', () => {
        fence();
        prepared.clear();
      });
      let open: Stored<T>[] = [];
      /** A call that may or may not have arrived is never made again by the same writer: the job fails and begins at its checkpoint. */
      return {
        write: (values, times) =>
          call('write', () => {
            fence();
            values.forEach((value, index) => open.push({ value, time: times[index] ?? Number.NaN }));
          }),
        flush: () => call('flush', fence),
        prepare: checkpoint =>
          call('prepare', () => {
            fence();
            const token = `${generation}/${checkpoint}`;
            prepared.set(JSON.stringify(token), open);
            open = [];
            return token;
          }),
        commit: tokens =>
          call('commit', () => {
            // Committing what is already committed is no writing: a zombie that was late is told that all is well.
            if (tokens.every(token => committed.has(JSON.stringify(token)))) return;
            fence();
            commit(tokens);
          }),
        close: () => {},
      };
    },
  });
  return { sink, guarantee: 'transactional', visible };
}

/**
 * Rows by key, the last one wins; of the latest generation. Without that fence (a store that knows nothing of generations) a process that was taken over and wakes up would put old rows over new ones: what an idempotent
 * sink promises holds only where nobody else writes.
 */
export function idempotentServer<T>({ scheduler, faults, name }: ServerOptions, keyOf: (value: T) => string): Server<T> {
  const rows = new Map<string, Stored<T>>();
  let latest = 0;
  const sink = (process: Process): Sink<T> => ({
    name,
    guarantee: 'idempotent',
    async open({ generation }) {
      const fence = (): void => {
        if (generation < latest) throw new MillraceError('fenced', `${name}: generation ${latest} has begun; generation ${generation} may not write any more.`);
        latest = generation;
      };
      const call = callsOf(scheduler, faults, process, name);
      await call('fence', fence);
      return {
        write: (values, times) =>
          call('write', () => {
            fence();
            values.forEach((value, index) => rows.set(keyOf(value), { value, time: times[index] ?? Number.NaN }));
          }),
        flush: () => call('flush', fence),
        close: () => {},
      };
    },
  });
  return {
    sink,
    guarantee: 'idempotent',
    get visible() {
      return [...rows.values()];
    },
  };
}

/** Whatever comes is added. */
export function appendServer<T>({ scheduler, faults, name }: ServerOptions): Server<T> {
  const visible: Stored<T>[] = [];
  const sink = (process: Process): Sink<T> => ({
    name,
    guarantee: 'append',
    open({ generation }) {
      const call = callsOf(scheduler, faults, process, name);
      return {
        write: (values, times) => call('write', () => values.forEach((value, index) => visible.push({ value, time: times[index] ?? Number.NaN, generation }))),
        flush: () => call('flush', () => {}),
        close: () => {},
      };
    },
  });
  return { sink, guarantee: 'append', visible };
}

/** A database with transactions of its own, for `outbox`: ledger and rows change together. */
export function ledgerServer<T>({ scheduler, faults, name }: ServerOptions): Omit<Server<T>, 'sink'> & { target(process: Process): LedgerTarget<T> } {
  const visible: Stored<T>[] = [];
  const ledger = new Map<string, { generation: number; checkpoint: number }>();
  const target = (process: Process): LedgerTarget<T> => ({
    name,
    async open({ job, step, generation, checkpoint: restored }: SinkContext) {
      const call = callsOf(scheduler, faults, process, name);
      const row = (): { generation: number; checkpoint: number } => {
        const id = JSON.stringify([job, step]);
        let found = ledger.get(id);
        if (found === undefined) ledger.set(id, (found = { generation: 0, checkpoint: 0 }));
        if (found.generation > generation) throw new MillraceError('fenced', `${name}: generation ${found.generation} has begun.`);
        found.generation = generation;
        return found;
      };
      await call('open', () => {
        const { checkpoint } = row();
        if (checkpoint > restored) throw new MillraceError('sink-ahead', `${name} has checkpoint ${checkpoint}; the state is of ${restored}.`);
      });
      return {
        deliver: (checkpoint, values, times) =>
          call('deliver', () => {
            const entry = row();
            if (entry.checkpoint >= checkpoint) return;
            values.forEach((value, index) => visible.push({ value, time: times[index] ?? Number.NaN }));
            entry.checkpoint = checkpoint;
          }),
        close: () => {},
      };
    },
  });
  return { target, guarantee: 'transactional', visible };
}
