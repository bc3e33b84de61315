import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Stream, calendar, count, sum, toArray, type CalendarOptions, type CalendarUnit, type WindowResult } from '../../src/index.js';
import { crashAfterEach, windowsSuite } from '../../src/testing/index.js';
import { virtualClock } from '../../src/testing/virtual-clock.js';
import { runAll, valuesOf } from '../operators/kit.js';

const made = (unit: CalendarUnit, options: CalendarOptions) => {
  const windows = calendar(unit, options);
  expect(windows.problems).toBeUndefined();
  if (windows.kind !== 'aligned') throw new Error('not aligned');
  return windows;
};
const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(`${text}Z`);
const hours = (unit: CalendarUnit, options: CalendarOptions, time: string): number => {
  const { start, end } = made(unit, options).slice(at(time));
  return (end - start) / HOUR;
};
/** Zones that are hard: half hours, quarters, 30 minutes of summer time, midnights that are not there or twice, a date that never was, both hemispheres, none. */
const ZONES = ['UTC', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/Sao_Paulo', 'America/St_Johns', 'Africa/Casablanca', 'Asia/Beirut', 'Pacific/Chatham', 'Pacific/Kiritimati'];

/** The date on the wall, by Intl alone. */
const dateIn = (zone: string): ((time: number) => string) => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return time => format.format(time);
};

describe('calendar', () => {
  for (const timeZone of ZONES) {
    describe(`in ${timeZone}`, () => {
      const times = [at('2011-12-30T09:59'), at('2011-12-30T10:00'), at('2018-11-04T03:00'), at('2018-11-04T02:59'), at('2018-02-18T01:30'), at('2026-03-29T01:00'), at('2024-02-29T12:00')];
      for (const [unit, more] of [['day', {}], ['week', { weekStart: 'sunday' }], ['month', {}], ['year', { count: 2, start: '2001-03-31' }], ['day', { dayStart: '2h' }]] as const) {
        for (const { name, run } of windowsSuite(() => calendar(unit, { timeZone, ...more }), { times })) it(`${unit} ${JSON.stringify(more)}: ${name}`, run);
      }
    });
  }

  it.each(ZONES)('%s: every half hour of years lies in the day, month and year that Intl says', zone => {
    const date = dateIn(zone);
    const [day, month, year] = [made('day', { timeZone: zone }), made('month', { timeZone: zone }), made('year', { timeZone: zone })];
    for (const [from, to] of [['2011-12-20T00:00', '2012-03-02T00:00'], ['2018-01-01T00:00', '2019-01-03T00:00'], ['1969-12-25T00:00', '1970-01-05T00:00']] as const) {
      let [lastDay, lastDate] = [NaN, ''];
      for (let time = at(from); time < at(to); time += HOUR / 2) {
        const shown = date(time);
        const { start, end } = day.slice(time);
        expect(start <= time && time < end).toBe(true);
        // A date is one window, and another date another one. Only where clocks are set back over midnight may the old date show again.
        if (shown !== lastDate && shown > lastDate && lastDate !== '') expect(start).not.toBe(lastDay);
        if (shown === lastDate) expect(start).toBe(lastDay);
        [lastDay, lastDate] = [start, shown > lastDate ? shown : lastDate];
        expect(date(start)).toBe(lastDate);
        expect(date(start - 1) < lastDate).toBe(true);
        expect(date(month.slice(time).start).slice(0, 7)).toBe(lastDate.slice(0, 7));
        expect(date(year.slice(time).start).slice(0, 4)).toBe(lastDate.slice(0, 4));
      }
    }
  });
  it('days have the hours they have', () => {
    expect(hours('day', { timeZone: 'Europe/Berlin' }, '2026-03-29T12:00')).toBe(23);
    expect(hours('day', { timeZone: 'Europe/Berlin' }, '2026-10-25T12:00')).toBe(25);
    expect(hours('day', { timeZone: 'Australia/Lord_Howe' }, '2026-04-05T01:00')).toBe(24.5);
    expect(hours('day', { timeZone: 'Australia/Lord_Howe' }, '2026-10-04T01:00')).toBe(23.5);
    // The clocks of Sao Paulo leapt from midnight to one, and went back from midnight to eleven.
    expect(made('day', { timeZone: 'America/Sao_Paulo' }).slice(at('2018-11-04T12:00'))).toEqual({ start: at('2018-11-04T03:00'), end: at('2018-11-05T02:00') });
    expect(hours('day', { timeZone: 'America/Sao_Paulo' }, '2018-02-17T12:00')).toBe(25);
    // Samoa went from Thursday the 29th to Saturday the 31st of December 2011.
    const apia = made('day', { timeZone: 'Pacific/Apia' });
    expect([apia.slice(at('2011-12-30T09:00')), apia.slice(at('2011-12-30T10:00'))]).toEqual([{ start: at('2011-12-29T10:00'), end: at('2011-12-30T10:00') }, { start: at('2011-12-30T10:00'), end: at('2011-12-31T10:00') }]);
    expect(hours('week', { timeZone: 'Europe/Berlin' }, '2026-03-25T12:00')).toBe(7 * 24 - 1);
    expect(hours('month', { timeZone: 'UTC' }, '2024-02-10T00:00')).toBe(29 * 24);
    expect(hours('quarter', { timeZone: 'UTC' }, '2024-02-10T00:00')).toBe(91 * 24);
    expect(hours('year', { timeZone: 'UTC' }, '2024-02-10T00:00')).toBe(366 * 24);
  });
  it('weeks begin on Monday unless said otherwise', () => {
    const start = (options: Partial<CalendarOptions>): string => new Date(made('week', { timeZone: 'UTC', ...options }).slice(at('2026-11-25T10:00')).start).toISOString().slice(0, 10); // a Wednesday
    expect([start({}), start({ weekStart: 'sunday' }), start({ weekStart: 'wednesday' }), start({ weekStart: 'thursday' })]).toEqual(['2026-11-23', '2026-11-22', '2026-11-25', '2026-11-19']);
    expect(start({ count: 2, start: '2026-11-10' })).toBe('2026-11-24');
  });
  it('counts units from a start, before it too, on the last day of months that are too short', () => {
    const starts = (unit: CalendarUnit, options: Omit<CalendarOptions, 'timeZone'>, time: string): readonly string[] => {
      const { start, end } = made(unit, { timeZone: 'UTC', ...options }).slice(at(time));
      return [new Date(start).toISOString().slice(0, 10), new Date(end).toISOString().slice(0, 10)];
    };
    expect(starts('year', { count: 10, start: '2000-05-05' }, '2010-05-05T00:00')).toEqual(['2010-05-05', '2020-05-05']);
    expect(starts('year', { count: 10, start: '2000-05-05' }, '2000-05-04T23:59')).toEqual(['1990-05-05', '2000-05-05']);
    expect(starts('month', { start: '2025-01-31' }, '2026-02-27T00:00')).toEqual(['2026-01-31', '2026-02-28']);
    expect(starts('month', { start: '2025-01-31' }, '2026-02-28T00:00')).toEqual(['2026-02-28', '2026-03-31']);
    expect(starts('year', { start: '2024-02-29' }, '2025-03-01T00:00')).toEqual(['2025-02-28', '2026-02-28']);
    expect(starts('day', { count: 10, start: '2026-01-01' }, '2025-12-31T00:00')).toEqual(['2025-12-22', '2026-01-01']);
    expect(starts('year', { start: '2025-04-06' }, '2026-04-05T23:00')).toEqual(['2025-04-06', '2026-04-06']);
  });
  it('days may begin later than at midnight, by the clock on the wall', () => {
    const { slice } = made('day', { timeZone: 'Europe/Berlin', dayStart: '6h' });
    expect(slice(at('2026-03-29T03:59')).end).toBe(at('2026-03-29T04:00')); // 06:00 in summer
    expect(slice(at('2026-03-28T04:59')).end).toBe(at('2026-03-28T05:00')); // 06:00 in winter
    // An hour that was leapt over: the day begins with the leap.
    expect(made('day', { timeZone: 'Europe/Berlin', dayStart: '150m' }).slice(at('2026-03-29T01:00')).start).toBe(at('2026-03-29T01:00'));
  });
  it('asks Intl when a window is first met, not for each record', () => {
    const { formatToParts } = Intl.DateTimeFormat.prototype;
    let calls = 0;
    Intl.DateTimeFormat.prototype.formatToParts = function (...args) {
      calls++;
      return formatToParts.apply(this, args);
    };
    try {
      const { slice } = made('day', { timeZone: 'Europe/Berlin' });
      for (let i = 0; i < 10_000; i++) slice(at('2026-11-25T00:00') + i * 1_000);
      expect(calls).toBeLessThan(20);
    } finally {
      Intl.DateTimeFormat.prototype.formatToParts = formatToParts;
    }
  });
  it('has a name to be shown', () => {
    expect(calendar('day', { timeZone: 'Europe/Berlin' }).name).toBe('calendar(day, Europe/Berlin)');
    expect(calendar('year', { timeZone: 'UTC', count: 10, start: '2000-05-05', dayStart: '6h' }).name).toBe('calendar(year, UTC, count 10, start 2000-05-05, dayStart 6h)');
  });
  it.each<[unknown, unknown, number]>([
    ['day', { timeZone: 'Mars/Olympus' }, 1],
    ['day', {}, 1],
    ['day', undefined, 1],
    ['fortnight', { timeZone: 'UTC' }, 1],
    ['day', { timeZone: 'UTC', count: 0 }, 1],
    ['year', { timeZone: 'UTC', count: 1e6 }, 1],
    ['day', { timeZone: 'UTC', start: '2026-02-30' }, 1],
    ['day', { timeZone: 'UTC', start: 5 }, 1],
    ['month', { timeZone: 'UTC', weekStart: 'sunday' }, 1],
    ['week', { timeZone: 'UTC', weekStart: 'someday' }, 1],
    ['day', { timeZone: 'UTC', dayStart: '24h' }, 1],
    ['day', { timeZone: 'UTC', dayStart: 'noon', count: 0.5 }, 2],
  ])('reports %s, %o as problems, and does not throw', (unit, options, problems) => {
    const windows = calendar(unit as CalendarUnit, options as CalendarOptions);
    expect(windows.problems).toHaveLength(problems);
    if (windows.kind === 'aligned') windows.slice(0);
  });

  it('over a job: totals per local day are those of plain grouping, whatever the order', () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...ZONES), fc.array(fc.integer({ min: 0, max: 24 * 20 }), { maxLength: 40 }), async (timeZone, input) => {
        const records = input.map(hour => at('2018-10-25T00:00') + hour * HOUR);
        const date = dateIn(timeZone);
        const found: WindowResult<undefined, number>[] = [];
        await runAll(Stream.from(records).timestamps(time => time, { disorder: '30d' }).window(calendar('day', { timeZone })).aggregate(count()).to(toArray(found)), virtualClock(at('2018-12-01T00:00')));
        const expected = new Map<string, number>();
        for (const time of records) expected.set(date(time), (expected.get(date(time)) ?? 0) + 1);
        expect(new Map(found.map(r => [date(r.window.start), r.value]))).toEqual(expected);
      }),
      { numRuns: 50 },
    ));
  it('times out of all reason are outside, and nothing hangs', async () => {
    const { slice } = made('year', { timeZone: 'Europe/Berlin', count: 10_000 });
    for (const time of [-8.6e15, 8.6e15, Infinity, -1e300]) expect(slice(time).start > time || slice(time).start === Infinity).toBe(true);
    expect(slice(-7.9e15).end).toBeGreaterThan(-7.9e15);
    expect(await valuesOf(Stream.from([-8.6e15]).timestamps(time => time).window(calendar('day', { timeZone: 'UTC' })).aggregate(count()))).toEqual([]);
  });
  it('crash after every input, over the night the clocks change', () =>
    crashAfterEach(
      t => t.collect(Stream.from(t.source<string>('sales')).keyBy(key => key).window(calendar('day', { timeZone: 'Europe/Berlin' }), { lateness: '2h' }).aggregate({ n: count(), sum: sum(() => 1) }, { name: 'days' })),
      t => {
        const source = t.source<string>('sales');
        return [() => source.push('a', at('2026-10-24T21:59')), () => source.push('b', at('2026-10-24T22:00')), () => source.watermark(at('2026-10-25T00:30')), () => source.push('a', at('2026-10-24T20:00')), () => source.push('a', at('2026-10-25T22:59')), () => source.watermark(at('2026-10-25T23:00')), () => source.end()];
      },
      { now: at('2026-10-25T00:00') },
    ));
});
