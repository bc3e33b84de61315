import { describe, expect, it } from 'vitest';
import { counted, fanOut, nowhere, withSides } from '../../src/compile/fan.js';
import type { Port } from '../../src/core/port.js';

const watched = (takes = true): { readonly log: unknown[]; readonly port: Port<unknown> } => {
  const log: unknown[] = [];
  return { log, port: { data: (v, t) => void log.push([v, t]), watermark: t => (log.push(t), takes), idle: () => void log.push('idle'), end: () => void log.push('end') } };
};
const all = (port: Port<unknown>): boolean => {
  port.data('v', 1);
  const taken = port.watermark(2);
  port.idle();
  port.end();
  return taken;
};
const everything = [['v', 1], 2, 'idle', 'end'];

describe('ports joined', () => {
  it('none is nowhere, one is itself', () => {
    const { port } = watched();
    expect([fanOut([]), fanOut([port])]).toEqual([nowhere, port]);
    expect(all(nowhere)).toBe(true);
  });
  it.each([2, 3])('%i ports each get everything', n => {
    const ports = Array.from({ length: n }, () => watched());
    expect(all(fanOut(ports.map(p => p.port)))).toBe(true);
    expect(ports.map(p => p.log)).toEqual(Array.from({ length: n }, () => everything));
  });
  it('a watermark is taken when all have taken it; those behind are asked all the same', () => {
    const [slow, quick] = [watched(false), watched()];
    expect(fanOut([slow.port, quick.port]).watermark(5)).toBe(false);
    expect(quick.log).toEqual([5]);
  });
  it('sides get the time, not the records', () => {
    const [main, side] = [watched(), watched()];
    expect(withSides(main.port, [])).toBe(main.port);
    all(withSides(main.port, [side.port]));
    expect([main.log, side.log]).toEqual([everything, everything.slice(1)]);
  });
  it('counted counts records alone', () => {
    const counter = { value: 0 };
    const { log, port } = watched();
    all(counted(port, counter));
    expect([counter.value, log]).toEqual([1, everything]);
  });
});
