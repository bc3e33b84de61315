import { describe, expect, it } from 'vitest';
import { localClock, type LocalClock } from '../../src/windows/local-clock.js';

const clockOf = (zone: string): LocalClock => localClock(zone) ?? expect.fail(`no ${zone}`);
const HOUR = 3_600_000;

describe('the clock on the wall', () => {
  it('is none for what Intl does not know', () => expect(['Mars/Olympus', '', undefined, 5].map(localClock)).toEqual([undefined, undefined, undefined, undefined]));
  it('shows what it should, below the epoch, before our era, between milliseconds', () => {
    for (const time of [0, -1, 0.5, 1_700_000_000_123, -62_135_596_800_001, -2e14, 8e15]) expect(clockOf('UTC').shows(time)).toBe(time);
    expect(clockOf('Asia/Kathmandu').shows(Date.UTC(2026, 0, 1))).toBe(Date.UTC(2026, 0, 1, 5, 45));
    expect(clockOf('America/New_York').shows(Date.UTC(2026, 6, 1))).toBe(Date.UTC(2026, 5, 30, 20));
  });
  it('says when it first shows something: twice shown, leapt over, a day that never was', () => {
    const berlin = clockOf('Europe/Berlin');
    expect(berlin.whenShows(Date.UTC(2026, 9, 25, 2, 30))).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(berlin.whenShows(Date.UTC(2026, 2, 29, 2, 30))).toBe(Date.UTC(2026, 2, 29, 1));
    expect(clockOf('Pacific/Apia').whenShows(Date.UTC(2011, 11, 30, 12))).toBe(Date.UTC(2011, 11, 30, 10));
  });
  it('finds back every hour', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Asia/Kathmandu', 'America/St_Johns']) {
      const { shows, whenShows } = clockOf(zone);
      for (let time = Date.UTC(2018, 0, 1); time < Date.UTC(2019, 0, 1); time += 41 * HOUR) {
        const found = whenShows(shows(time));
        // Where it is shown twice, the first of the two.
        expect(found <= time && shows(found) === shows(time)).toBe(true);
      }
    }
  });
});
