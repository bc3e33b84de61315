/** Days and minutes in UTC, as text; events come many to a minute, so the last one is kept. */
const MINUTE = 60_000;

/** `yyyy-MM-dd` and `HH:mm` of epoch milliseconds. */
export function calendarText(): (time: number) => { readonly day: string; readonly minute: string } {
  let minuteOf = Number.NaN;
  let text = { day: '', minute: '' };
  return time => {
    const minute = Math.floor(time / MINUTE);
    if (minute !== minuteOf) {
      minuteOf = minute;
      const iso = new Date(time).toISOString();
      text = { day: iso.slice(0, 10), minute: iso.slice(11, 16) };
    }
    return text;
  };
}
