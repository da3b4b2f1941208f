/** Diagnostics in the shape of haproxy's own, for those who look for it in logs. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import type { Code } from './codes.ts';

export type Level = 'NOTICE' | 'WARNING' | 'ALERT';

/** `[ALERT]    (123) : text` */
export function haproxyLine(level: Level, process: number, text: string): string {
  return `${`[${level}]`.padEnd(10)} (${process}) : ${text}`;
}

export function levelOf({ severity }: Diagnostic): Level {
  if (severity === 'error' || severity === 'fatal') return 'ALERT';
  return severity === 'warning' ? 'WARNING' : 'NOTICE';
}

/** About proxies as wholes: there is no line of theirs to be parsed. */
const OF_PROXIES: ReadonlySet<Code> = new Set([
  ...(['missing-timeout', 'no-bind', 'no-listener', 'warning-is-error', 'same-name'] as const),
]);

/** `[ALERT]    (123) : config : parsing [f:3] : unknown keyword …` */
export function formatAsHaproxy(diagnostic: Diagnostic, process: number): string {
  const { code, file, line, message, hint } = diagnostic;
  const isPlaced = !OF_PROXIES.has(code as Code) && code !== 'config-missing';
  const place = isPlaced ? `parsing [${file}:${line}] : ` : '';
  const said = code === 'config-missing' ? `${file} ${message}` : message;
  const more = hint === undefined ? '.' : ` (${hint}).`;
  return haproxyLine(levelOf(diagnostic), process, `config : ${place}${said}${more}`);
}
