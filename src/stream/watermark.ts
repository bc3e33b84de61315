/** Which generator `timestamps` was asked for. */
import type { TimestampOptions } from '../operators/timestamps.js';
import { ascending } from '../watermarks/ascending.js';
import { disorder, type WatermarkFactory } from '../watermarks/disorder.js';
import type { TimestampsOptions } from './stream.js';

export function watermarkOf<T>(options: TimestampsOptions<T> | undefined): TimestampOptions<T> {
  const { disorder: bound, idle, maxFuture, maxDrift, alignWith, progress, allIdle, waking } = options ?? {};
  const more = { disorder: bound, idle, maxFuture, maxDrift, alignWith, progress, idleness: { allIdle, waking } };
  if (options?.watermark !== undefined) return { ...more, watermark: options.watermark, kind: 'custom', problems: (options.watermark as WatermarkFactory<T>).problems }; // a function of the user's has none
  if (options?.disorder !== undefined) return { ...more, watermark: disorder(options.disorder), kind: 'disorder' };
  return { ...more, watermark: ascending(), kind: 'ascending' };
}
