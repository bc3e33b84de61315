/** Which generator `timestamps` was asked for. */
import type { TimestampOptions } from '../operators/timestamps.js';
import { ascending } from '../watermarks/ascending.js';
import { disorder } from '../watermarks/disorder.js';
import type { TimestampsOptions } from './stream.js';

export function watermarkOf<T>(options: TimestampsOptions<T> | undefined): TimestampOptions<T> {
  const more = { disorder: options?.disorder, idle: options?.idle, maxFuture: options?.maxFuture };
  if (options?.watermark !== undefined) return { ...more, watermark: options.watermark, kind: 'custom' };
  if (options?.disorder !== undefined) return { ...more, watermark: disorder(options.disorder), kind: 'disorder' };
  return { ...more, watermark: ascending(), kind: 'ascending' };
}
