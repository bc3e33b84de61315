/** Figures of a running job, read from the meters when someone asks. */
import type { CounterName } from '../core/stage.js';
import type { Time } from '../core/values.js';
import { given, taken, timeOf } from '../compile/meter.js';
import type { Runtime } from '../compile/runtime.js';
import type { CheckpointMetrics } from './checkpoints.js';
import type { Loop } from './loop.js';

/** Figures of one step. Rates are per second since the last time someone asked. */
export interface StepMetrics {
  readonly in: number;
  readonly out: number;
  readonly rejected: number;
  readonly late: number;
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  /** Last watermark; `-Infinity` before the first. */
  readonly watermark: Time;
  /** Wall clock minus watermark, in milliseconds; `undefined` where the watermark is infinite. */
  readonly watermarkLag: number | undefined;
  readonly idle: boolean;
  /** Records waiting in the step's buffers, and the bound on them. */
  readonly queue: { readonly depth: number; readonly bound: number };
  /** Counters only some steps keep. */
  readonly counters: { readonly [name in CounterName]?: number };
}

/** Figures of a job. */
export interface JobMetrics {
  readonly status: 'running' | 'stopping' | 'done' | 'failed';
  /** Milliseconds since the start. */
  readonly uptime: number;
  /** Share of the time spent in turns, and waiting for a full buffer, since the start. */
  readonly busy: number;
  readonly blocked: number;
  /** Turns taken, and the longest of them in milliseconds (garbage collection and user code included). */
  readonly turns: number;
  readonly longestTurn: number;
  readonly checkpoints: CheckpointMetrics;
  readonly steps: { readonly [step: string]: StepMetrics };
}

export function createMetrics(runtime: Runtime, loop: Loop, status: () => JobMetrics['status'], checkpoints: () => JobMetrics['checkpoints']): () => JobMetrics {
  const { plan } = runtime;
  const { clock } = runtime.environment;
  const started = clock.monotonic();
  let asked = started;
  const before = new Map<string, { in: number; out: number }>();
  return () => {
    const now = clock.monotonic();
    const seconds = (now - asked) / 1_000;
    asked = now;
    const rate = (count: number): number => (seconds > 0 ? count / seconds : 0);
    const uptime = now - started;
    const steps = plan.steps.map((step): [string, StepMetrics] => {
      const meter = runtime.meter(step);
      const { watermark, idle } = timeOf(meter);
      const id = plan.idOf(step);
      const out = step.kind === 'sink' ? 0 : given(runtime, step);
      const into = step.kind === 'source' ? out : taken(runtime, step);
      const last = before.get(id) ?? { in: 0, out: 0 };
      before.set(id, { in: into, out });
      const counters = Object.fromEntries([...meter.counters].map(([name, c]) => [name, c.value]));
      return [
        id,
        {
          in: into,
          out,
          rejected: meter.counters.get('rejected')?.value ?? 0,
          late: meter.counters.get('late')?.value ?? 0,
          inPerSecond: rate(into - last.in),
          outPerSecond: rate(out - last.out),
          watermark,
          watermarkLag: Number.isFinite(watermark) ? clock.now() - watermark : undefined,
          idle,
          queue: { depth: meter.queues.reduce((n, q) => n + q.depth(), 0), bound: meter.queues.reduce((n, q) => n + q.bound, 0) },
          counters,
        },
      ];
    });
    return {
      status: status(),
      uptime,
      busy: uptime > 0 ? Math.min(1, loop.busy / uptime) : 0,
      blocked: uptime > 0 ? Math.min(1, loop.blocked / uptime) : 0,
      turns: loop.turns,
      longestTurn: loop.longest,
      checkpoints: checkpoints(),
      steps: Object.fromEntries(steps),
    };
  };
}
