import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pop, push, type Place } from '../../src/core/heap.js';

it('gives places by time, ties as they came, however they were added', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 })), times => {
      const heap: Place[] = [];
      const places = times.map((time, sequence) => ({ time, sequence }));
      for (const place of places) push(heap, place);
      expect(places.map(() => pop(heap))).toEqual(places.toSorted((a, b) => a.time - b.time || a.sequence - b.sequence));
      expect(pop(heap)).toBeUndefined();
    }),
  );
});
