import { type Answer, type Reading, refusing, well } from '../steps.ts';

export const REDIS_PING = Buffer.from('*1\r\n$4\r\nPING\r\n', 'latin1');

/** A line that is an error decides at once; `haproxy` waits until its time is over. */
export function readRedisPong({ bytes, end }: Answer): Reading {
  if (bytes.includes('+PONG\r\n')) return well('Redis server is ok');
  const text = bytes.toString('latin1');
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const isWhole = line.length < text.length;
  if (end === 'open' && !(isWhole && line.startsWith('-'))) return 'more';
  return refusing(0, line);
}
