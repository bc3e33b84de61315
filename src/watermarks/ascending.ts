/** The watermark of records that come in order of time, as from one sensor or one log. */
import { behindLargest, type WatermarkFactory } from './disorder.js';

/**
 * The watermark is the largest time seen. Equal times are in order; an older record is late as soon as its window is complete.
 *
 * @returns a factory, called once per split.
 * @example
 * ```ts
 * import { ascending } from 'millrace';
 *
 * const generator = ascending()();
 * generator.record(null, 12_000);
 * console.log(generator.watermark()); // 12000: what follows has a time of at least that
 * ```
 */
export function ascending(): WatermarkFactory<unknown> {
  return () => behindLargest(0);
}
