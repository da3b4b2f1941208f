/** `--listen SECONDS` of the commands that have the doctor look. */

export const LISTEN_SECONDS = '3';
const LISTEN_SECONDS_MAX = 3600;

/** A refusal is a text. */
export function readListenSeconds(text: string): number | string {
  const seconds = Number(text);
  return seconds >= 0 && seconds <= LISTEN_SECONDS_MAX
    ? seconds
    : `--listen ${text}: write a number of seconds, at most ${LISTEN_SECONDS_MAX}`;
}
