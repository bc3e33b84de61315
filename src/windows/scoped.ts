/**
 * Windows by a clock of their own: one for each key, or for each split, instead of one for all. A stage of the windows underneath stands for each such domain, over tables of its own, and its watermark
 * is the largest time of the domain less its disorder. What the step hands on below is the watermark of its input, as ever.
 *
 *     clock of a domain = max(largest time seen - disorder, watermark of the input - maxBehind)
 *
 * The second part bounds what is kept: a domain that falls silent is carried along at that distance, its windows fire, and then nothing is kept of it. A record that comes later finds the clock where it
 * would stand had it been kept: forgetting changes no result.
 */
import type { Aggregate } from '../core/aggregate.js';
import { durationText, milliseconds, type Duration } from '../core/duration.js';
import { DataError } from '../core/errors.js';
import { keyText } from '../core/key.js';
import type { KeyedContext, KeyedPort, KeyedStage, OwnTimers } from '../core/keyed.js';
import type { StateTable } from '../core/state.js';
import type { Key, Time } from '../core/values.js';
import type { Emission, Windows } from '../core/window.js';
import { windowStage } from './stage.js';

/** Whose clock closes windows. */
export interface WindowScope {
  /** `'key'`: each key its own; `'split'`: each split of a source its own, the records of one key in different splits apart. */
  readonly by: 'key' | 'split';
  /** How far behind the largest time of its domain a record may come; default 0. */
  readonly disorder?: Duration | undefined;
  /** How far a domain's clock may stand behind the watermark of the stream; default one day for keys, `Infinity` for splits. */
  readonly maxBehind?: Duration | undefined;
}

const DAY = 86_400_000;
const CLOCKS = 'clocks';
const LOOKS = 'looks';
const TIMERS = 'timers';

interface Rule {
  readonly by: 'key' | 'split';
  readonly disorder: number;
  readonly maxBehind: number;
}
/** What is kept of a domain besides the tables of its windows. */
interface Clock {
  own: Time;
  clock: Time;
}
/** A record that came while the clock of its domain was on its way. */
interface Waited {
  readonly input: number;
  readonly key: Key;
  readonly value: unknown;
  readonly time: Time;
}
interface Domain {
  readonly id: Key;
  readonly prefix: string;
  readonly tables: Map<string, StateTable<unknown>>;
  readonly backlog: Waited[];
  port: KeyedPort;
  timers: OwnTimers | undefined;
  own: Time;
  clock: Time;
  /** Where the clock is going, while what is due on the way is not finished. */
  target: Time | undefined;
}

/** The same windows, by clocks of their own. */
export function scopedWindows(windows: Windows, scope: WindowScope): Windows {
  const disorder = milliseconds(scope.disorder ?? 0);
  const maxBehind = milliseconds(scope.maxBehind ?? (scope.by === 'split' ? Number.POSITIVE_INFINITY : DAY));
  const problems = [...(windows.problems ?? [])];
  if (scope.by !== 'key' && scope.by !== 'split') problems.push(`The scope is by ${JSON.stringify(scope.by)}; give 'key' or 'split'.`);
  if (disorder === undefined || !(disorder >= 0 && disorder < Number.POSITIVE_INFINITY)) problems.push(`The disorder of the scope is ${String(scope.disorder)}, which is not a duration of at least 0.`);
  if (maxBehind === undefined || !(maxBehind >= 0)) problems.push(`\`maxBehind\` of the scope is ${String(scope.maxBehind)}, which is not a duration of at least 0.`);
  const rule: Rule = { by: scope.by, disorder: disorder ?? 0, maxBehind: maxBehind ?? 0 };
  return {
    kind: 'stage',
    name: `${windows.name} per ${scope.by} (disorder ${durationText(rule.disorder)}, at most ${durationText(rule.maxBehind)} behind)`,
    stage: (aggregate, emission) => scopedStage(windows, aggregate, emission, rule),
    ...(problems.length > 0 ? { problems } : {}),
  };
}

function scopedStage<In, Acc, Out>(windows: Windows, aggregate: Aggregate<In, Acc, Out>, emission: Emission, rule: Rule): KeyedStage<unknown> {
  const inner = windowStage(windows, aggregate, emission);
  return { version: inner.version, signature: emission.signature, open: context => openScoped(inner, rule, context) };
}

function openScoped(inner: KeyedStage<unknown>, rule: Rule, context: KeyedContext<unknown>): KeyedPort {
  const clocks = context.table<Clock>(CLOCKS);
  const domains = new Map<string, Domain>();
  const processing = context.timers('processing');
  /** Domains with something unfinished. */
  const stuck = new Set<Domain>();
  const horizonOf = (watermark: Time): Time => (watermark === Number.POSITIVE_INFINITY ? watermark : rule.maxBehind === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : watermark - rule.maxBehind);
  let horizon = horizonOf(context.watermark());
  let last: Domain | undefined;

  /** The context of one domain: its tables, its clock, its timers; all else is shared. */
  const contextOf = (domain: Domain): KeyedContext<unknown> => ({
    ...context,
    watermark: () => domain.clock,
    table<V>(name: string) {
      const table = context.table<V>(domain.prefix + name);
      domain.tables.set(name, table);
      return table;
    },
    drop(name) {
      domain.tables.delete(name);
      context.drop(domain.prefix + name);
    },
    tables: () => [...domain.tables.keys()].filter(name => name !== TIMERS),
    timers(kind) {
      if (kind === 'event') return timersOf(domain);
      const named = (name: string): string => `${domain.prefix}${name}`;
      return { set: (key, name, at) => processing.set(key, named(name), at), cancel: (key, name) => processing.cancel(key, named(name)), clear: processing.clear };
    },
  });
  const timersOf = (domain: Domain): OwnTimers => {
    if (domain.timers === undefined) {
      domain.tables.set(TIMERS, context.table(domain.prefix + TIMERS));
      domain.timers = context.timersBy(domain.prefix + TIMERS, (key, name, at) => domain.port.timer(key, name, at, 'event'));
    }
    return domain.timers;
  };
  const prefixOf = (text: string): string => `${text.length}:${text}/`;
  const open = (id: Key, text: string, { own, clock }: Clock, names: readonly string[]): Domain => {
    const domain: Domain = { id, prefix: prefixOf(text), tables: new Map(), backlog: [], port: { data: () => {}, timer: () => {} }, timers: undefined, own, clock, target: undefined };
    for (const name of names) domain.tables.set(name, context.table(domain.prefix + name));
    domain.port = inner.open(contextOf(domain));
    if (names.includes(TIMERS)) timersOf(domain);
    domains.set(text, domain);
    return domain;
  };
  const looks = context.timersBy(LOOKS, id => {
    const domain = domains.get(keyText(id));
    if (domain !== undefined && move(domain, Math.max(horizon, domain.clock))) settle(domain);
  });

  /** Takes the clock of a domain to `target`; `false`: not finished, see {@link finish}. */
  const move = (domain: Domain, target: Time): boolean => {
    domain.target = domain.target === undefined ? target : Math.max(domain.target, target);
    if (finish(domain)) return true;
    stuck.add(domain);
    return false;
  };
  const finish = (domain: Domain): boolean => {
    while (domain.target !== undefined) {
      const to = domain.target;
      domain.clock = to;
      if (domain.timers?.fire(to) === false || domain.port.watermark?.(to) === false) return false;
      keep(domain);
      if (domain.target === to) domain.target = undefined;
    }
    for (let next = domain.backlog.shift(); next !== undefined; next = domain.backlog.shift()) {
      take(domain, next.input, next.key, next.value, next.time);
      if (isMoving(domain)) return false;
    }
    stuck.delete(domain);
    return true;
  };
  const isMoving = (domain: Domain): boolean => domain.target !== undefined;
  const keep = (domain: Domain): void => {
    const kept = clocks.edit(domain.id);
    if (kept === undefined) clocks.set(domain.id, { own: domain.own, clock: domain.clock });
    else {
      kept.own = domain.own;
      kept.clock = domain.clock;
    }
  };
  const isEmpty = (domain: Domain): boolean => [...domain.tables.values()].every(table => table.scan()[Symbol.iterator]().next().done === true);
  /** After the stream has carried a domain along: forgets it, or says when to look again. */
  const settle = (domain: Domain): void => {
    const empty = isEmpty(domain);
    const own = domain.own - rule.disorder;
    if (empty && (own <= horizon || horizon === Number.POSITIVE_INFINITY)) {
      for (const name of domain.tables.keys()) context.drop(domain.prefix + name);
      domains.delete(keyText(domain.id));
      clocks.delete(domain.id);
      if (last === domain) last = undefined;
      return;
    }
    if (horizon === Number.POSITIVE_INFINITY) return;
    // What is open says when it fires. What is kept for late records may stay a little longer: a record looks at the clock itself.
    const held = empty ? undefined : domain.port.why?.(undefined);
    const due = empty ? own : (held?.open[0]?.until ?? domain.timers?.next() ?? domain.clock + (held?.lateness ?? 0));
    looks.set(domain.id, 'look', Math.max(due === Number.POSITIVE_INFINITY ? 0 : due, domain.clock + 1));
  };
  const finishStuck = (): boolean => {
    for (const domain of stuck) {
      if (!finish(domain)) return false;
      settle(domain);
    }
    return true;
  };
  const take = (domain: Domain, input: number, key: Key, value: unknown, time: Time): void => {
    domain.port.data(input, key, value, time);
    const isFirst = domain.own === Number.NEGATIVE_INFINITY;
    if (time > domain.own) domain.own = time;
    const target = Math.max(domain.own - rule.disorder, domain.clock);
    if (isFirst) looks.set(domain.id, 'look', Math.max(target, horizon + 1));
    if (target > domain.clock) move(domain, target);
    else if (time === domain.own) keep(domain);
  };
  const domainOf = (id: Key): Domain => {
    if (last !== undefined && last.id === id) return last;
    const text = keyText(id);
    last = domains.get(text);
    if (last === undefined) {
      last = open(id, text, { own: Number.NEGATIVE_INFINITY, clock: horizon }, []);
    }
    return last;
  };

  const restored = new Map<string, string[]>();
  for (const name of context.tables()) {
    const length = Number.parseInt(name, 10);
    if (!Number.isInteger(length)) continue;
    const from = String(length).length + 1;
    const text = name.slice(from, from + length);
    restored.set(text, [...(restored.get(text) ?? []), name.slice(from + length + 1)]);
  }
  for (const [id, , clock] of [...clocks.scan()]) open(id, keyText(id), clock, restored.get(keyText(id)) ?? []);

  return {
    data(input, key, value, time) {
      let id = key;
      if (rule.by === 'split') {
        const place = context.origin();
        if (place === undefined) return context.failed({ input: value, cause: new DataError('scope', 'The record comes from no one split: windows by split stand above other keyed steps.', value), time, attempts: 1 });
        id = `${place.source.length}:${place.source}/${place.split}`;
      }
      const domain = domainOf(id);
      // The stream may have come further since the domain was last looked at.
      if (horizon > domain.clock) move(domain, horizon);
      if (isMoving(domain)) domain.backlog.push({ input, key, value, time });
      else take(domain, input, key, value, time);
      if (isMoving(domain)) context.unfinished(finishStuck);
    },
    timer(key, name, at, kind) {
      const length = Number.parseInt(name, 10);
      const from = String(length).length + 1;
      domains.get(name.slice(from, from + length))?.port.timer(key, name.slice(from + length + 1), at, kind);
    },
    why(key) {
      const of = rule.by === 'split' || key === undefined ? [...domains.values()] : [domains.get(keyText(key))];
      const held = of.flatMap(domain => domain?.port.why?.(key) ?? []);
      const open = held.flatMap(h => h.open).map(o => ({ ...o, what: `${o.what} (by the clock of its ${rule.by})` }));
      return { open: open.sort((a, b) => a.until - b.until), buffered: { domains: domains.size }, lateness: held[0]?.lateness };
    },
    watermark(time) {
      if (!finishStuck()) return false;
      horizon = horizonOf(time);
      return looks.fire(horizon) && finishStuck();
    },
  };
}
