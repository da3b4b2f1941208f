/** When a reload_time_file asks for a reload. */
import { failed, ok, type Result } from '../base/result.ts';

export interface ReloadTime {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** `daily`: a time without a date. */
  readonly kind: 'daily' | 'once';
}

const FORM = /^(?:(\d{4}|\d{2})-(\d{2})-(\d{2}) )?(\d{2}):(\d{2}):(\d{2})(Z)?$/;

/**
 * The first line of the file: `HH:MM:SS`, the next one to come, or `[YY]YY-MM-DD HH:MM:SS`; local time,
 * or with `Z` behind it UTC.
 */
export function readReloadTime(text: string, now: Date): Result<ReloadTime, string> {
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  const match = FORM.exec(line);
  if (match === null) {
    return failed(`'${line}' is neither HH:MM:SS nor YYYY-MM-DD HH:MM:SS, with or without Z`);
  }
  const [, year, month, day, ...clock] = match;
  const [hour, minute, second] = clock.map(Number) as [number, number, number];
  const zone = clock[3] === 'Z' ? 'utc' : 'local';
  const today = zone === 'utc' ? utcDay(now) : localDay(now);
  const date: Day =
    year === undefined
      ? today
      : [Number(year) + (year.length === 2 ? 2000 : 0), Number(month) - 1, Number(day)];
  const at = moment(date, [hour, minute, second], zone);
  if (!isSame(at, date, [hour, minute, second], zone)) return failed(`'${line}' does not exist`);
  if (year !== undefined) {
    return at.getTime() < now.getTime()
      ? failed(`${line} is in the past`)
      : ok({ atMs: at.getTime(), kind: 'once' });
  }
  const [y, m, d] = today;
  // Over a change of the clocks it is the time that is wanted, not 24 hours.
  const next =
    at.getTime() > now.getTime() ? at : moment([y, m, d + 1], [hour, minute, second], zone);
  return ok({ atMs: next.getTime(), kind: 'daily' });
}

type Day = readonly [year: number, month: number, day: number];
type Clock = readonly [hour: number, minute: number, second: number];
type Zone = 'utc' | 'local';

function moment(day: Day, clock: Clock, zone: Zone): Date {
  return zone === 'utc' ? new Date(Date.UTC(...day, ...clock)) : new Date(...day, ...clock);
}

function utcDay(date: Date): Day {
  return [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
}

function localDay(date: Date): Day {
  return [date.getFullYear(), date.getMonth(), date.getDate()];
}

/** 30 February and 25 o'clock are silently something else; the hour that the clocks skip is not. */
function isSame(at: Date, day: Day, clock: Clock, zone: Zone): boolean {
  const got = zone === 'utc' ? utcDay(at) : localDay(at);
  const [hour, minute, second] = clock;
  return day.every((part, index) => part === got[index]) && hour < 24 && minute < 60 && second < 60;
}
