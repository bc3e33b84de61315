/** Ports that join ports: none, one, many; a main output with its side outputs. */
import { freeze } from '../core/freeze.js';
import type { Port } from '../core/port.js';
import type { Counter } from '../core/stage.js';

/** Nobody reads this output: it is counted by whoever writes to it, and gone. */
export const nowhere: Port<unknown> = { data: () => {}, watermark: () => true, idle: () => {}, end: () => {} };

/** Hands everything to each port; a watermark is taken when all have taken it (those that have answer at once). */
export function fanOut(ports: readonly Port<unknown>[]): Port<unknown> {
  const [first, second] = ports;
  if (first === undefined) return nowhere;
  if (second === undefined) return first;
  const watermark = (time: number): boolean => {
    let taken = true;
    for (const port of ports) if (!port.watermark(time)) taken = false;
    return taken;
  };
  return {
    data:
      ports.length === 2
        ? (value, time) => {
            first.data(value, time);
            second.data(value, time);
          }
        : (value, time) => {
            for (const port of ports) port.data(value, time);
          },
    watermark,
    idle: () => ports.forEach(p => p.idle()),
    end: () => ports.forEach(p => p.end()),
  };
}

/** Records go to the main output alone, time to the side outputs too: what comes out of the side is judged by the same clock. */
export function withSides(main: Port<unknown>, sides: readonly Port<unknown>[]): Port<unknown> {
  if (sides.length === 0) return main;
  const all = fanOut([main, ...sides]);
  return { data: main.data, watermark: all.watermark, idle: all.idle, end: all.end };
}

/** Counts what goes through. */
export function counted(port: Port<unknown>, counter: Counter): Port<unknown> {
  const { data } = port;
  return {
    data(value, time) {
      counter.value++;
      data(value, time);
    },
    watermark: port.watermark,
    idle: port.idle,
    end: port.end,
  };
}

/** Freezes what goes through. */
export function freezing({ data, watermark, idle, end }: Port<unknown>): Port<unknown> {
  return { data: (value, time) => data(freeze(value), time), watermark, idle, end };
}
