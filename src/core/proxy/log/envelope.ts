/** What stands around a message on its way to a log (RFC 3164, RFC 5424, and haproxy's shorter ones). */
import type { LogTarget } from '../../../config/model/proxy.ts';
import { isoDate, syslogDate } from './dates.ts';

export interface LogMessage {
  /** 0 (emergency) .. 7 (debug). */
  readonly level: number;
  readonly text: string;
  /** Since 1970, with a fraction. */
  readonly nowMs: number;
  readonly zoneMinutes: number;
  readonly pid: number;
}

/**
 * The whole line with its end, which `len` counts for descriptors and raw lines; undefined: this target does not want
 * to know.
 */
export function sealMessage(target: LogTarget, message: LogMessage): string | undefined {
  if (message.level > target.maxLevel) return undefined;
  const level = Math.max(message.level, target.minLevel);
  const line = `${headerOf(target, message, level)}${message.text}`;
  const isShorter = target.format === 'raw' || target.to.kind === 'descriptor';
  const longest = isShorter ? target.length - 1 : target.length;
  return `${line.slice(0, longest)}\n`;
}

function headerOf(target: LogTarget, message: LogMessage, level: number): string {
  const { nowMs, zoneMinutes, pid } = message;
  const priority = `<${target.facility * 8 + level}>`;
  switch (target.format) {
    case 'rfc3164': {
      const { hostName = 'localhost', tag } = target;
      return `${priority}${syslogDate(nowMs, zoneMinutes)} ${hostName} ${tag}[${pid}]: `;
    }
    case 'local':
      return `${priority}${syslogDate(nowMs, zoneMinutes)} ${target.tag}[${pid}]: `;
    case 'rfc5424':
      return `${priority}1 ${isoDate(nowMs, zoneMinutes)} ${target.hostName ?? '-'} ${target.tag} ${pid} - - `;
    case 'priority':
      return priority;
    case 'short':
      return `<${level}>`;
    case 'timed':
      return `<${level}>${isoDate(nowMs, zoneMinutes)} `;
    case 'iso':
      return `${isoDate(nowMs, zoneMinutes)} `;
    case 'raw':
      return '';
  }
}
