import { describe } from 'vitest';
import { collect } from '../../src/aggregates/collect.js';
import { count } from '../../src/aggregates/count.js';
import { merged } from '../../src/aggregates/merged.js';
import { passesSuite } from './kit.js';

describe('merged', () => {
  describe('of counts', () => passesSuite(() => merged(count()), { samples: [1, 0, 5], oracle: parts => parts.reduce((total, n) => total + n, 0) }));
  describe('of lists', () => passesSuite(() => merged(collect<string>()), { samples: [['a'], [], ['b', 'c']], oracle: parts => parts.flat() }));
});
