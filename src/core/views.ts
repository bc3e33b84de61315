/** Longer ones are made anew each time. */
const MOST = 2_048;

/** The parts of a buffer that begin at `from`, by their end; each is made once, for a view costs as much as what is done with a short one. */
export function viewsFrom(bytes: Buffer, from: number): (end: number) => Buffer {
  const made: (Buffer | undefined)[] = Array.from({ length: MOST + 1 }, () => undefined);
  return end => (end > MOST ? bytes.subarray(from, end) : (made[end] ??= bytes.subarray(from, end)));
}
