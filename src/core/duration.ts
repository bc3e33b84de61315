/** Spans of time as people write them: `250`, `'250ms'`, `'5s'`, `'10m'`, `'1h'`, `'7d'`. */

/** Milliseconds, or a number with a unit: `'250ms'`, `'5s'`, `'10m'`, `'1h'`, `'7d'`. Checked when a plan is checked: the type admits `'-5m'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TEXT = /^([+-]?\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration, or `undefined` when it is not one; negative values are returned as they are. */
export function milliseconds(duration: unknown): number | undefined {
  if (typeof duration === 'number') return Number.isNaN(duration) ? undefined : duration;
  if (typeof duration !== 'string') return undefined;
  const found = TEXT.exec(duration);
  const unit = UNITS[found?.[2] ?? ''];
  return unit === undefined ? undefined : Number(found?.[1]) * unit;
}

/** A readable form for messages and `describe()`: `90000` is `'1.5m'`. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = UNITS[unit] ?? 1;
    if (Math.abs(ms) >= size && Number.isInteger((ms / size) * 100)) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
