/** A law: a property that must hold for everything fast-check can think of. */
import fc from 'fast-check';

/** How often, and from which seed. */
export interface Tries {
  readonly runs: number;
  readonly seed: number;
}

/** What became of it; without `counterexample` it held. */
export interface Verdict extends Tries {
  readonly law: string;
  readonly counterexample?: string;
}

export interface Law {
  /** As semantics.md and mission.md name it, and what it was tried on: `L-batch/tumbling`. */
  readonly name: string;
  /** Runs of it for each run of the others: it has more to go wrong in. */
  readonly share: number;
  check(tries: Tries): Promise<Verdict>;
}

/** `holds` rejects where the law is broken; `share`: see {@link Law}. */
export function law<T>(name: string, about: fc.Arbitrary<T>, holds: (of: T) => Promise<void>, share = 1): Law {
  return {
    name,
    share,
    async check({ runs, seed }) {
      const details = await fc.check(fc.asyncProperty(about, holds), { numRuns: runs, seed });
      if (!details.failed) return { law: name, runs, seed };
      const { counterexample, errorInstance } = details;
      return { law: name, runs: details.numRuns, seed, counterexample: `${fc.stringify(counterexample?.[0])}\n${errorInstance instanceof Error ? errorInstance.message : String(errorInstance)}` };
    },
  };
}
