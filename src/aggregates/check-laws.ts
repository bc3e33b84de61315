/**
 * The laws of an aggregate, tried on random records. An aggregate that breaks one gives right answers in a small test and wrong ones when windows merge,
 * a checkpoint restores its accumulator, or a view adds a batch side to a speed side.
 */
import type { Aggregate } from '../core/aggregate.js';
import { DataError, causeText } from '../core/errors.js';
import { copyOf } from '../core/plain.js';
import type { Time } from '../core/values.js';
import { sameValue } from '../core/same-value.js';

/** How {@link checkLaws} tries. */
export interface CheckLawsOptions<In, Out> {
  /** How many random cases; 100 unless given. */
  readonly runs?: number | undefined;
  /** Of the pseudo-random choice of records; 1 unless given. */
  readonly seed?: number | undefined;
  /** Event time of a sample in epoch milliseconds; random ones, with ties, unless given. */
  readonly time?: ((value: In) => Time) | undefined;
  /** Whether two results are the same; deep equality unless given. For results that round differently, compare within a tolerance. */
  readonly same?: ((a: Out, b: Out) => boolean) | undefined;
}

/** A law that does not hold, with the records that show it. */
export interface BrokenLaw {
  readonly law: string;
  readonly counterexample: string;
}

interface Dated<In> {
  readonly value: In;
  readonly time: Time;
}

/**
 * Tries the laws of {@link Aggregate} on random lists of the samples. Every law that was seen broken is reported with its shortest counterexample found.
 *
 * @param aggregate the aggregate to try. Its functions must not depend on anything but their arguments.
 * @param samples a few typical and a few odd records; they are used again and again, and must not be changed by the aggregate.
 * @throws DataError `unlawful-aggregate`, whose `value` is a list of {@link BrokenLaw}.
 * @example
 * ```ts
 * import { checkLaws, count } from 'millrace';
 *
 * checkLaws(count(), ['a', 'b', 'c']);
 * ```
 */
export function checkLaws<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, samples: readonly In[], options: CheckLawsOptions<In, Out> = {}): void {
  const broken = brokenLaws(aggregate, samples, options);
  if (broken.length === 0) return;
  const lines = broken.map(({ law, counterexample }) => `  - ${law}: ${counterexample}`);
  throw new DataError('unlawful-aggregate', `Aggregate "${aggregate.name}" breaks ${broken.length} law${broken.length === 1 ? '' : 's'}:\n${lines.join('\n')}`, broken);
}

function brokenLaws<In, Acc, Out>(aggregate: Aggregate<In, Acc, Out>, samples: readonly In[], options: CheckLawsOptions<In, Out>): BrokenLaw[] {
  const { runs = 100, seed = 1, time, same = sameValue } = options;
  const { merge, subtract, result } = aggregate;
  const random = generator(seed);
  const broken = new Map<string, { readonly size: number; readonly counterexample: string }>();

  const fold = (records: readonly Dated<In>[], onto: Acc = aggregate.zero()): Acc => records.reduce((acc, { value, time: at }) => aggregate.add(acc, value, at), onto);
  const list = (): Dated<In>[] => {
    const records: Dated<In>[] = [];
    for (let left = samples.length === 0 ? 0 : random(5); left > 0; left--) {
      const value = samples[random(samples.length)] as In; // the index is within bounds; a sample may be undefined
      records.push({ value, time: time === undefined ? random(4) * 1_000 : time(value) });
    }
    return records;
  };

  for (let run = 0; run < runs; run++) {
    const [x, y, z] = [list(), list(), list()];
    const size = x.length + y.length + z.length;
    const law = (name: string, holds: () => boolean): void => {
      let why = '';
      try {
        if (holds()) return;
      } catch (cause) {
        why = `${causeText(cause)}; `;
      }
      const known = broken.get(name);
      if (known === undefined || size < known.size) broken.set(name, { size, counterexample: `${why}with a = ${shown(x)}, b = ${shown(y)}, c = ${shown(z)}` });
    };

    const whole = (): Out => result(fold([...x, ...y]));
    law('zero() is fresh', () => {
      const empty = fresh(result(aggregate.zero()));
      fold(x);
      merge(aggregate.zero(), fold(y));
      return same(result(aggregate.zero()), empty);
    });
    law('add does not change the record', () => {
      const before = fresh(x);
      fold(x);
      return sameValue(x, before);
    });
    law('merge agrees with add: a records, then b records = merge(a, b)', () => same(result(merge(fold(x), fold(y))), whole()));
    law('merge is associative: merge(merge(a, b), c) = merge(a, merge(b, c))', () =>
      same(result(merge(merge(fold(x), fold(y)), fold(z))), result(merge(fold(x), merge(fold(y), fold(z))))));
    law('zero() is neutral: merge(zero(), a) = a = merge(a, zero())', () => {
      const alone = result(fold(x));
      return same(result(merge(aggregate.zero(), fold(x))), alone) && same(result(merge(fold(x), aggregate.zero())), alone);
    });
    law('merge neither changes nor keeps its second argument', () => {
      const part = fold(y);
      const before = fresh(part);
      const merged = fold(z, merge(fold(x), part));
      if (!sameValue(part, before)) return false;
      const after = fresh(result(merged));
      fold(z, part);
      return same(result(merged), after);
    });
    law('merge(zero(), a) is a copy of a', () => {
      const part = fold(x);
      const before = fresh(part);
      fold(y, merge(aggregate.zero(), part));
      return sameValue(part, before);
    });
    law('result changes nothing', () => {
      const acc = fold(x);
      const before = fresh(acc);
      result(acc);
      return sameValue(acc, before) && same(result(fold(y, acc)), whole());
    });
    law('a result stays as it is when the accumulator goes on', () => {
      const acc = fold(x);
      const given = result(acc);
      const before = fresh(given);
      merge(fold(y, acc), fold(z));
      return sameValue(given, before);
    });
    law('the accumulator is plain data', () => {
      const kept = copyOf(fold(x), () => 'accumulator');
      return same(result(fold(y, kept)), whole());
    });
    if (aggregate.commutative === true) {
      law('the order makes no difference (it is declared commutative)', () => same(result(merge(fold(y), fold(x))), whole()) && same(result(fold([...x, ...y].toReversed())), whole()));
    }
    if (subtract !== undefined) {
      law('subtract undoes merge: subtract(merge(a, b), b) = a', () => {
        const part = fold(y);
        const before = fresh(part);
        return same(result(subtract(merge(fold(x), part), part)), result(fold(x))) && sameValue(part, before);
      });
    }
  }
  return [...broken].map(([law, { counterexample }]) => ({ law, counterexample }));
}

/** A copy to compare with later; what cannot be copied is compared with itself. */
function fresh<V>(value: V): V {
  try {
    return copyOf(value, () => '');
  } catch {
    return value;
  }
}

/** Whole numbers below a bound (a linear congruential generator; its low bits are poor and not used). */
function generator(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return bound => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function shown(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `${member}n` : typeof member === 'number' && !Number.isFinite(member) ? String(member) : member));
  } catch {
    text = undefined;
  }
  text ??= String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
