/** Wall-clock milliseconds as the dates that logs have. Time zones are minutes east of Greenwich. */
import { type CivilDate, civilDate } from '../../../base/civil-date.ts';

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
const monthNames = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
] as const;

interface Civil extends CivilDate {
  readonly time: string;
  readonly millis: string;
}

function toCivil(ms: number, zoneMinutes: number): Civil {
  const local = Math.floor(ms) + zoneMinutes * MS_PER_MINUTE;
  const days = Math.floor(local / MS_PER_DAY);
  const inDay = local - days * MS_PER_DAY;
  const clock = [inDay / 3_600_000, (inDay / MS_PER_MINUTE) % 60, (inDay / 1000) % 60];
  return {
    ...civilDate(days),
    time: clock.map((part) => two(Math.floor(part))).join(':'),
    millis: String(inDay % 1000).padStart(3, '0'),
  };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function zoneText(zoneMinutes: number, between: '' | ':'): string {
  const size = Math.abs(zoneMinutes);
  return `${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${between}${two(size % 60)}`;
}

function monthName(month: number): string {
  return monthNames[month - 1] ?? '';
}

/** `26/Nov/2026:07:35:08.042` */
export function logDate(ms: number, zoneMinutes: number): string {
  const { year, month, day, time, millis } = toCivil(ms, zoneMinutes);
  return `${two(day)}/${monthName(month)}/${year}:${time}.${millis}`;
}

/** `26/Nov/2026:07:35:08 +0000` */
export function zonedDate(ms: number, zoneMinutes: number): string {
  const { year, month, day, time } = toCivil(ms, zoneMinutes);
  return `${two(day)}/${monthName(month)}/${year}:${time} ${zoneText(zoneMinutes, '')}`;
}

/** `Nov 26 07:09:01`, days below ten with a blank before them. */
export function syslogDate(ms: number, zoneMinutes: number): string {
  const { month, day, time } = toCivil(ms, zoneMinutes);
  return `${monthName(month)} ${String(day).padStart(2)} ${time}`;
}

/** `2026-11-26T07:09:02.019923+00:00`; milliseconds may have a fraction. */
export function isoDate(ms: number, zoneMinutes: number): string {
  const { year, month, day, time } = toCivil(ms, zoneMinutes);
  const fraction = String(Math.floor((ms - Math.floor(ms / 1000) * 1000) * 1000)).padStart(6, '0');
  return `${year}-${two(month)}-${two(day)}T${time}.${fraction}${zoneText(zoneMinutes, ':')}`;
}
