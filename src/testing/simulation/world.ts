/** The world of one seed: disk, servers, sources and whoever runs in it. */
import type { LedgerTarget, Sink } from '../../core/sink.js';
import type { Source } from '../../core/source.js';
import type { Time } from '../../core/values.js';
import type { Output } from '../../stream/output.js';
import type { Stream } from '../../stream/stream.js';
import type { Manifest } from '../../core/state.js';
import { simulatedDisk, type SimulatedDisk } from './disk.js';
import { scheduler, type Process, type Scheduler } from './scheduler.js';
import { appendServer, idempotentServer, ledgerServer, transactionalServer, type NetworkFaults, type Server, type ServerOptions, type Stored } from './server.js';
import { simulatedQueue, simulatedSource, type Queue, type Scripted, type SourceFaults } from './source.js';
import { witness, type Witness } from './witness.js';

/** What a simulation is made of: its parts outlive the processes of the job, and are the same for the same name. */
export interface Simulation {
  readonly seed: number;
  /** A source of these records, in their order, replayable; several splits if it is given several lists. `time` is event time in epoch milliseconds; without it the source has none. */
  source<T>(name: string, ...splits: (readonly Scripted<T>[])[]): Source<T>;
  /** The same, and the splits are named one after the other while the job runs. Their event time begins when they come, so records may be late to windows. */
  appearing<T>(name: string, ...splits: (readonly Scripted<T>[])[]): Source<T>;
  /** A queue that forgets: each record is given once, to whoever reads, and cannot be read again; for logs in front of inputs. */
  once<T>(name: string, ...splits: (readonly Scripted<T>[])[]): Source<T>;
  /** Which records of each split of such a queue were acknowledged: these must not be lost. */
  acknowledged(name: string): ReadonlyMap<string, ReadonlySet<number>>;
  /** A server with transactions: exactly once. */
  transactional<T>(name: string): Sink<T>;
  /** A server that keeps the last record of each key. */
  idempotent<T>(name: string, keyOf: (value: T) => string): Sink<T>;
  /** A server that adds what comes: at least once. */
  append<T>(name: string): Sink<T>;
  /** A database whose own transactions make `outbox` exactly-once. */
  ledger<T>(name: string): LedgerTarget<T>;
  /** Ends a stream in a transactional server of that name (default `collected`). */
  collect<T>(stream: Stream<T>, name?: string): Output;
  /** What readers of a server see now. */
  visible<T>(name: string): readonly Stored<T>[];
  /** A call to somewhere outside that takes its time; resolves in an order of the seed's. */
  later<T>(label: string, effect: () => T): Promise<T>;
  /** The checkpoint an incarnation went on from, by its generation; `undefined` for the first. */
  restored(generation: number): Manifest | undefined;
  /** The disk, for whoever looks at files at the end. */
  readonly disk: Pick<SimulatedDisk, 'bytes' | 'paths'>;
}

export interface World {
  readonly scheduler: Scheduler;
  readonly disk: SimulatedDisk;
  readonly network: NetworkFaults;
  readonly reading: SourceFaults;
  readonly servers: ReadonlyMap<string, Omit<Server<unknown>, 'sink'>>;
  readonly witness: Witness;
  /** As one incarnation has it. */
  of(process: Process): Simulation;
}

export function worldOf(seed: number, now: Time): World {
  const timing = scheduler(seed, now);
  const disk = simulatedDisk(timing);
  const network: NetworkFaults = { lostCall: 0, lostReply: 0, slow: 0 };
  const reading: SourceFaults = { idle: 0, error: 0 };
  const seen = witness();
  const queues = new Map<string, Queue>();
  const servers = new Map<string, Omit<Server<unknown>, 'sink'>>();
  const serverOf = <S extends Omit<Server<unknown>, 'sink'>>(name: string, make: (options: ServerOptions) => S): S => {
    let server = servers.get(name);
    if (server === undefined) servers.set(name, (server = make({ scheduler: timing, faults: network, name })));
    return server as S; // one kind of server to a name
  };
  return {
    scheduler: timing,
    disk,
    network,
    reading,
    servers,
    witness: seen,
    of(process) {
      const sourceOf = <T>(name: string, splits: readonly (readonly Scripted<T>[])[], late: boolean): Source<T> =>
        seen.source(simulatedSource({ scheduler: timing, faults: reading, name, splits: new Map(splits.map((records, index) => [String(index), records])), late, process }), process);
      const sim: Simulation = {
        seed,
        disk,
        source: (name, ...splits) => sourceOf(name, splits, false),
        appearing: (name, ...splits) => sourceOf(name, splits, true),
        once(name, ...splits) {
          const queue = queues.get(name) ?? new Map();
          queues.set(name, queue);
          return simulatedQueue({ scheduler: timing, faults: reading, name, splits: new Map(splits.map((records, index) => [String(index), records])), queue, process });
        },
        acknowledged: name => new Map([...(queues.get(name) ?? [])].map(([split, { safe }]) => [split, safe])),
        transactional: <T>(name: string) => seen.sink(serverOf(name, transactionalServer<T>).sink(process), process),
        idempotent: <T>(name: string, keyOf: (value: T) => string) => seen.sink(serverOf(name, options => idempotentServer<T>(options, keyOf)).sink(process), process),
        append: <T>(name: string) => seen.sink(serverOf(name, appendServer<T>).sink(process), process),
        ledger: <T>(name: string) => serverOf(name, ledgerServer<T>).target(process),
        collect: <T>(stream: Stream<T>, name = 'collected') => stream.to(sim.transactional<T>(name), { name }),
        visible: <T>(name: string) => (servers.get(name)?.visible ?? []) as readonly Stored<T>[], // who names a server knows what it wrote there
        later: (label, effect) => timing.point(process, label, effect, { delay: timing.chance(network.slow) ? timing.pick(12_000) : 0 }),
        restored: seen.restored,
      };
      return sim;
    },
  };
}
