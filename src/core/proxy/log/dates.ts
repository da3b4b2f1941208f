/** Wall-clock milliseconds as the dates that logs have. Time zones are minutes east of Greenwich. */

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
const DAYS_PER_ERA = 146_097;
/** From the first of March of year 0 to 1970. */
const DAYS_TO_1970 = 719_468;
const monthNames = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'],
  ...['Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
] as const;

interface Civil {
  readonly year: number;
  /** 1..12 */
  readonly month: number;
  readonly day: number;
  readonly time: string;
  readonly millis: string;
}

/** Years are counted from March, so that a leap day is the last of its year. */
function toCivil(ms: number, zoneMinutes: number): Civil {
  const local = Math.floor(ms) + zoneMinutes * MS_PER_MINUTE;
  const days = Math.floor(local / MS_PER_DAY);
  const shifted = days + DAYS_TO_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const inDay = local - days * MS_PER_DAY;
  const clock = [inDay / 3_600_000, (inDay / MS_PER_MINUTE) % 60, (inDay / 1000) % 60];
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
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
