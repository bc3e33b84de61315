import { expect, it } from 'vitest';
import { LATE } from '../../src/windows/late.js';

it('late records have one name in every step with windows', () => expect(LATE).toBe('late'));
