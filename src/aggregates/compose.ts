/** Objects of aggregates are aggregates: every member sees every record once, and the result is the object of their results. */
import { codeOf, type Aggregate, type AggregateOf, type SomeAccumulator } from '../core/aggregate.js';

/** Aggregates by name, whatever their records. */
export type Members = { readonly [name: string]: Aggregate<never, SomeAccumulator, unknown> };
/** A record every member takes: the intersection of what they take. */
export type InputOf<M extends Members> = { [N in keyof M]: M[N] extends Aggregate<infer In, SomeAccumulator, unknown> ? (value: In) => void : never }[keyof M] extends (value: infer In) => void ? In : never;
/** The results by name. */
export type ResultsOf<M extends Members> = { [N in keyof M]: M[N] extends Aggregate<never, SomeAccumulator, infer R> ? R : never };

type Member = Aggregate<unknown, unknown, unknown>;
/** One accumulator per member, in the order of the names: an array has no hostile names. */
type Parts = unknown[];

/**
 * One aggregate of several, with an object of their results.
 *
 * @param aggregates name -> aggregate; any names.
 * @returns an aggregate that is commutative, or can subtract, if all members are or can.
 * @example
 * ```ts
 * import { checkLaws, compose, count, sum } from 'millrace';
 *
 * const spending = compose({ orders: count(), spend: sum((order: { total: number }) => order.total) });
 * checkLaws(spending, [{ total: 1 }, { total: 2.5 }]);
 * console.log(spending.result(spending.add(spending.zero(), { total: 2 }, 0))); // { orders: 1, spend: 2 }
 * ```
 */
export function compose<M extends Members>(aggregates: M): Aggregate<InputOf<M>, SomeAccumulator, ResultsOf<M>> {
  const names = Object.keys(aggregates);
  const members = Object.values(aggregates) as unknown as readonly Member[]; // what they take and give is in the signature
  const whole: Aggregate<unknown, Parts, unknown> = {
    name: `{ ${names.map((name, i) => `${name}: ${members[i]?.name ?? ''}`).join(', ')} }`,
    code: JSON.stringify(members.map(codeOf)),
    commutative: members.every(member => member.commutative === true),
    problems: members.flatMap(member => member.problems ?? []),
    zero: () => members.map(member => member.zero()),
    add: adder(members),
    merge(a, b) {
      members.forEach((member, i) => (a[i] = member.merge(a[i], b[i])));
      return a;
    },
    result(parts) {
      const results: { [name: string]: unknown } = {};
      for (let i = 0; i < members.length; i++) put(results, names[i] ?? '', members[i]?.result(parts[i]));
      return results;
    },
  };
  if (!members.every(member => member.subtract !== undefined)) return whole as Aggregate<InputOf<M>, SomeAccumulator, ResultsOf<M>>;
  return {
    ...whole,
    subtract(acc: Parts, part: Parts) {
      members.forEach((member, i) => (acc[i] = member.subtract?.(acc[i], part[i])));
      return acc;
    },
  } as Aggregate<InputOf<M>, SomeAccumulator, ResultsOf<M>>;
}

/** One aggregate from what a user may give: one, or an object of them. */
export function toAggregate<T, R>(given: AggregateOf<T, R>): Aggregate<T, SomeAccumulator, R> {
  return isAggregate(given) ? given : (compose(given as Members) as Aggregate<T, SomeAccumulator, R>); // every member takes T, and R is the object of their results
}

/** An object of aggregates may have a member called `add`; but that is not a function. */
const isAggregate = <T, R>(given: AggregateOf<T, R>): given is Aggregate<T, SomeAccumulator, R> =>
  'add' in given && typeof given.add === 'function' && 'zero' in given && typeof given.zero === 'function';

function put(object: { [name: string]: unknown }, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  else object[name] = value;
}

/** Written out for the usual sizes: this runs for every record. */
function adder(members: readonly Member[]): Aggregate<unknown, Parts, unknown>['add'] {
  const [a, b, c, d] = members;
  if (a === undefined) return parts => parts;
  if (b === undefined) {
    return (parts, value, time) => {
      parts[0] = a.add(parts[0], value, time);
      return parts;
    };
  }
  if (c === undefined) {
    return (parts, value, time) => {
      parts[0] = a.add(parts[0], value, time);
      parts[1] = b.add(parts[1], value, time);
      return parts;
    };
  }
  if (d === undefined) {
    return (parts, value, time) => {
      parts[0] = a.add(parts[0], value, time);
      parts[1] = b.add(parts[1], value, time);
      parts[2] = c.add(parts[2], value, time);
      return parts;
    };
  }
  if (members.length === 4) {
    return (parts, value, time) => {
      parts[0] = a.add(parts[0], value, time);
      parts[1] = b.add(parts[1], value, time);
      parts[2] = c.add(parts[2], value, time);
      parts[3] = d.add(parts[3], value, time);
      return parts;
    };
  }
  return (parts, value, time) => {
    for (let i = 0; i < members.length; i++) parts[i] = members[i]?.add(parts[i], value, time);
    return parts;
  };
}
