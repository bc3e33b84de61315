/** The process function of the fluent face: the user's {@link Logic} with its types told by witness. */
import type { Context, Rows, Unchanged } from '../core/keyed.js';
import type { Domain, Key, Time } from '../core/values.js';
import type { Problem } from '../core/errors.js';
import { keyed } from '../operators/keyed.js';
import { listOver, type List } from '../operators/list-over.js';
import { perKey } from '../operators/per-key.js';
import { grown, type Node } from './node.js';
import type { OnError, Type } from './options.js';
import { Stream } from './stream.js';

/** One state per key, changed by records and timers. */
export interface Process<in K, in T, S, O, Side> {
  /** Identity of the step and of its state. */
  readonly name: string;
  /** `type<O>()`: what it emits. */
  readonly emits: Type<O>;
  /** Side outputs by name, each with the type of its records. */
  readonly sides?: { readonly [N in keyof Side]: Type<Side[N]> };
  readonly version?: number;
  readonly migrate?: (old: unknown, version: number) => S;
  readonly onError?: OnError<T>;
  /** Mandatory with `skip` or dead letters: emissions and timers are held until the call returns, the state is cloned before. */
  readonly atomic?: boolean;
  init(key: K): S;
  /** Change the state in place, or return another; {@link unchanged}: it was only read. */
  onData(state: S, value: T, context: ProcessContext<K, O, Side>): S | void | Unchanged;
  onTimer?(state: S, timer: string, context: ProcessContext<K, O, Side>): S | void | Unchanged;
  /** Forget this key, its timers and its rows. */
  done?(state: S): boolean;
  /** @internal What a wrapper found wrong with its options. */
  readonly problems?: readonly Problem[] | undefined;
}

/** What a {@link Process} may do with a record or timer in hand. */
export interface ProcessContext<out K, in O, in out Side> {
  readonly key: K;
  /** Event time of the record or timer in hand. */
  readonly time: Time;
  readonly watermark: Time;
  /** Wall clock. */
  readonly now: Time;
  /** The clock of the timer in hand; `'event'` for a record. */
  readonly domain: Domain;
  emit(value: O, time?: Time): void;
  side<N extends keyof Side & string>(name: N, value: Side[N]): void;
  /** Sets or moves the timer `name` of this key: it fires when the watermark (or the wall clock) reaches `at`. */
  timer(name: string, at: Time, domain?: Domain): void;
  cancel(name: string, domain?: Domain): void;
  /** Ordered sub-entries of this key: a map. */
  rows<V>(table: string): Rows<V>;
  /** Sub-entries of this key in the order in which they were added: a list. */
  list<V>(table: string): List<V>;
  /** Forgets this key's timers and rows. */
  clear(): void;
}

/** What a process emits, with its side outputs. */
export interface Processed<out O, Side extends object> extends Stream<O> {
  /** A side output as a stream. */
  side<N extends keyof Side & string>(name: N): Stream<Side[N]>;
}

/** One state for all keys beside that of each, changed by an input without keys. */
export interface SharedProcess {
  init(): unknown;
  onBroadcast(shared: unknown, value: never, context: unknown): unknown;
  onKey?(state: unknown, value: never, context: unknown): unknown;
}

/** The step of any process; `onData` asks `input` of the engine's context where it has two. */
export function processed<K, T, S, O, Side extends object>(nodes: readonly Node[], process: Omit<Process<K, T, S, O, Side>, 'onData'>, onData: (state: S, value: T, context: ProcessContext<K, O, Side>, input: number) => S | void | Unchanged, shared?: SharedProcess): Processed<O, Side> {
  const atomic = process.atomic === true;
  const problems: Problem[] = [...(process.problems ?? [])];
  if (!atomic && process.onError !== undefined && process.onError !== 'fail')
    problems.push({ code: 'process-not-atomic', where: '', what: 'a process that may fail halfway cannot skip or dead-letter records.', fix: 'Say `atomic: true` (emissions and timers are held until the call returns, the state is cloned before), or `onError: "fail"`.' });
  const faces = new WeakMap<object, ProcessContext<K, O, Side>>();
  /** The same but for lists and the names of its sides. Side outputs get names of their own, so that none can be taken for a late or rejected one. */
  const faceOf = (context: EngineContext<O>): ProcessContext<K, O, Side> => {
    let face = faces.get(context);
    if (face === undefined) {
      face = Object.create(context, {
        side: { value: (name: string, value: unknown) => context.side(`side:${name}`, value) },
        list: { value: <V>(name: string) => listOver(context.rows<V | number>(`list:${name}`)) },
      }) as ProcessContext<K, O, Side>; // as said
      faces.set(context, face);
    }
    return face;
  };
  // The engine knows keys as `Key`; the face knows which.
  const stage = perKey<T, S, O, Record<string, unknown>, unknown>(
    {
      version: process.version,
      ...(process.migrate === undefined ? {} : { migrate: process.migrate }),
      init: (key: Key) => process.init(key as K),
      onData: (state, value, context) => onData(state, value, faceOf(context), context.input),
      ...(process.onTimer === undefined ? {} : { onTimer: (state: S, timer: string, context: EngineContext<O>) => process.onTimer?.(state, timer, faceOf(context)) }),
      ...(process.done === undefined ? {} : { done: (state: S) => process.done?.(state) === true }),
    },
    {
      atomic,
      signature: { process: 'per key' },
      ...(shared === undefined
        ? {}
        : {
            shared: {
              init: () => shared.init(),
              onBroadcast: (common: unknown, value: never, context: EngineContext<O>) => shared.onBroadcast(common, value, faceOf(context)),
              ...(shared.onKey === undefined ? {} : { onKey: (state: S, value: never, context: EngineContext<O>) => shared.onKey?.(state, value, faceOf(context)) as S | void | Unchanged }), // its type is that of the process
            },
          }),
    },
  );
  const node: Pick<Node, 'branches'> = { branches: nodes.flatMap(({ branches }) => branches) };
  const step = keyed(nodes.map(({ input }) => input), 'process', stage, process, { problems });
  const stream = grown<O, T>(node, step, { onError: process.onError });
  const side = <N extends keyof Side & string>(name: N): Stream<Side[N]> => new Stream<Side[N]>({ input: { step, output: `side:${name}` }, branches: stream.node.branches });
  return Object.assign(stream, { side });
}

type EngineContext<O> = Context<O, Record<string, unknown>>;
