import { describe } from 'vitest';
import { habits, unlucky } from './kit.js';

describe('map', () => {
  habits({ build: (s, failOn, options) => s.map(n => (failOn(n) ? unlucky(n) : n * 2), options), oracle: values => values.map(n => n * 2) });
});
