/** The keyed runtime: one port per input, keys in canonical form, tables and timers of one step, and the order timers - stage - below in which a watermark passes. */
import { canonicalKey } from '../core/key.js';
import type { Held, KeyedContext, KeyedPort, Waiting } from '../core/keyed.js';
import type { Port } from '../core/port.js';
import type { StateStore } from '../core/state.js';
import type { Domain, Key, Time } from '../core/values.js';
import type { KeyedStep } from '../plan/step.js';
import { stageContext, type Wiring } from './context.js';
import { openBootstrap } from './bootstrap.js';
import { inputControl } from './hold.js';
import { minimum, timeOfJson, type SavedTimes } from './minimum.js';
import type { Entry } from './runtime.js';
import { upkeep } from './upkeep.js';
import { timerQueue, type Armed, type TimerQueue } from './timers.js';

/** Tables whose names begin so are the runtime's own. */
const OWN = '#';

/** The ports of a keyed step, one per input. `versions` says which version of each step wrote the restored state. */
export function openKeyed(step: KeyedStep, below: Port<unknown>, wiring: Wiring, store: StateStore, alarm: (at: Time) => void, versions: ReadonlyMap<string, number>): readonly Port<unknown>[] {
  const { runtime } = wiring;
  const base = stageContext(wiring);
  const meter = runtime.meter(step);
  const delay = step.stage.delay ?? 0;
  const hold = runtime.gate(step, undefined);
  const clock = runtime.environment.clock;

  const timers = new Map<Domain, TimerQueue>();
  /** What the stage says of itself; one that says nothing has its timers. */
  const withTimers = (held: Held | undefined, key: Key | undefined): Held => {
    const open: Waiting[] = [...(held?.open ?? [])];
    for (const [domain, queue] of held === undefined ? timers : []) {
      if (key === undefined && queue.next() !== Number.POSITIVE_INFINITY) open.push({ what: 'the next timer', until: queue.next(), domain });
      if (key !== undefined) for (const [name, { at }] of store.table<Armed>(base.step, `${OWN}${domain}`).range(key)) open.push({ what: `timer "${name}"`, until: at, domain });
    }
    return { buffered: {}, ...held, open: open.sort((a, b) => a.until - b.until) };
  };
  const queueOf = (domain: Domain): TimerQueue => {
    let queue = timers.get(domain);
    if (queue === undefined) {
      queue = timerQueue(store.table<Armed>(base.step, `${OWN}${domain}`), domain, (key, name, at, d) => {
        runtime.origin = undefined;
        port.timer(key, name, at, d);
      });
      timers.set(domain, queue);
    }
    return queue;
  };

  const tasks: (() => void)[] = [];
  /** What was asked for from outside, and processing-time timers, served between batches; and the number of closed gates below this step. */
  const entry: Entry = {
    step,
    split: undefined,
    kind: 'timers',
    blocked: 0,
    halt: { n: 0 },
    unfinished: undefined,
    depth: () => tasks.length + (timers.get('processing')?.reading() === true && times.current !== Number.POSITIVE_INFINITY ? 1 : 0),
    serve() {
      const task = runtime.frozen ? undefined : tasks.shift();
      if (task !== undefined) {
        task();
        return true;
      }
      const queue = timers.get('processing');
      const now = clock.now();
      if (queue === undefined || runtime.frozen || queue.next() > now || times.current === Number.POSITIVE_INFINITY) return false;
      queue.fire(now, pace);
      alarm(queue.next());
      return true;
    },
  };
  runtime.addEntry(entry);
  const pace = { go: () => entry.blocked === 0 && runtime.pace.go() };

  const context: KeyedContext<unknown> = {
    ...base,
    pace,
    below,
    policy: step.policy,
    restoredVersion: versions.get(base.step),
    watermark: () => times.current,
    now: () => clock.now(),
    input(index) {
      const input = step.inputs[index];
      const time = inputs[index];
      if (input === undefined || time === undefined) throw new Error(`${base.step} has no input ${index}`);
      return inputControl(step, input, time, runtime);
    },
    outside(task) {
      tasks.push(task);
      runtime.wake();
    },
    upkeep: work => runtime.addEntry(upkeep(step, work, runtime)),
    table: name => store.table(base.step, name),
    drop: name => store.drop(base.step, name),
    tables: () => [...store.tables()].filter(([owner, name]) => owner === base.step && !name.startsWith(OWN)).map(([, name]) => name),
    timersBy(name, onTimer) {
      const queue = timerQueue(store.table<Armed>(base.step, name), 'event', onTimer);
      return { ...queue, fire: time => queue.fire(time, pace) };
    },
    timers(domain) {
      const queue = queueOf(domain);
      if (domain === 'event') return queue;
      return {
        ...queue,
        set(key, name, at) {
          queue.set(key, name, at);
          alarm(at);
        },
      };
    },
  };

  let handed = Number.NEGATIVE_INFINITY;
  const pass = (time: Time): boolean => {
    runtime.origin = undefined;
    if (timers.has('event') && !queueOf('event').fire(time, pace)) return false;
    if (port.watermark !== undefined && !port.watermark(time)) return false;
    // With bounds without end nothing is handed on before the end itself.
    const held = time === Number.POSITIVE_INFINITY ? time : time - delay;
    if (held > handed) handed = held;
    return below.watermark(held);
  };
  const times = minimum({
    watermark(time) {
      meter.watermark = time;
      meter.idle = false;
      // What fires here comes from no one record; the record in hand above keeps its place.
      const { origin } = runtime;
      const taken = pass(time);
      runtime.origin = origin;
      if (taken) hold.open();
      else hold.close();
      return taken;
    },
    idle() {
      meter.idle = true;
      below.idle();
    },
    end() {
      port.end?.();
      below.end();
    },
    unfinished: base.unfinished,
  });
  let saved: SavedTimes | undefined;
  runtime.persist(base.step, undefined, times.save, state => (saved = state as unknown as SavedTimes)); // what `save` gave
  times.current = timeOfJson(saved?.current);
  const inputs = step.inputs.map((_, i) => times.input(timeOfJson(saved?.inputs[i])));
  const bootstrap = openBootstrap(step, wiring);
  for (const [index, input] of inputs.entries()) if (bootstrap.first(index)) times.remove(input);
  runtime.joints.push({ from: undefined, step, inputs: new Map(inputs.flatMap((input, index) => (bootstrap.first(index) ? [] : [[String(index), input]]))) });
  const port: KeyedPort = step.stage.open(context);
  runtime.stages.set(step, { why: key => withTimers(port.why?.(key), key) });
  for (const name of [...store.tables()].filter(([owner]) => owner === base.step).map(([, n]) => n)) {
    if (name === `${OWN}event`) queueOf('event');
    if (name === `${OWN}processing`) alarm(queueOf('processing').next());
  }

  return step.inputs.map(({ keyOf, unwrap }, index) => {
    const input = inputs[index] ?? times.input();
    const counter = meter.in[index] ?? { value: 0 };
    const { data } = port;
    const broadcast: Port<unknown>['data'] = (element, time) => {
      counter.value++;
      if (input.idle) times.active(input);
      port.broadcast?.(index, unwrap === undefined ? element : unwrap(element), time);
    };
    return {
      data:
        keyOf === undefined
          ? broadcast
          : (element, time) => {
              counter.value++;
              if (input.idle) times.active(input);
              const value = unwrap === undefined ? element : unwrap(element);
              let key;
              try {
                key = keyOf(element);
                if (typeof key !== 'string') key = canonicalKey(key);
              } catch (cause) {
                return base.failed({ input: value, cause, time, attempts: 1 });
              }
              data(index, key, value, time);
            },
      ...(bootstrap.first(index)
        ? { watermark: () => true, idle: () => bootstrap.reached(index), end: () => bootstrap.reached(index) }
        : { watermark: (time: Time) => times.advance(input, time), idle: () => times.idle(input), end: () => times.end(input) }),
    };
  });
}
