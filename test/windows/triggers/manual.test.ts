import { describe, expect, it } from 'vitest';
import { trigger } from '../../../src/index.js';
import { playing } from './kit.js';

describe('manual', () => {
  it('fires when it is asked, and not otherwise', () => {
    const manual = trigger.manual();
    const played = playing(manual);
    expect([played.record(1), ...played.watermark(100)]).toEqual(['wait']);
    expect(played.ask()).toBe('finish');
    expect(manual.merge(null, null)).toBeNull();
  });
  it('asks every step that uses it, also as a part of another trigger', () => {
    const manual = trigger.manual();
    let asked = 0;
    manual.attach?.(() => asked++);
    trigger.watermark({ early: trigger.first(trigger.repeatedly(manual), trigger.count(9)) }).attach?.(() => asked++);
    manual.fire();
    expect(asked).toBe(2);
  });
});
