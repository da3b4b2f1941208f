/** What is written and does nothing: for the mode, or because something that it needs is missing. */
import type { Position } from '../report.ts';
import type { Context } from './context.ts';
import { hasBackSide, hasFrontSide, type ProxyDraft } from './proxy-draft.ts';

/** What belongs to HTTP does nothing in a tcp proxy. */
export function judgeModes({ report }: Context, proxy: ProxyDraft): void {
  const { settings, lines, at, name } = proxy;
  const tell = (where: Position | undefined, what: string): void => {
    const message = `${what} does nothing in '${name}', whose mode is tcp`;
    report.add('no-effect-here', where ?? at, message);
  };
  if ((settings.mode ?? 'tcp') === 'http' || settings.unread.has('mode')) return;
  if (settings.logOfHttp !== undefined && hasFrontSide(proxy)) {
    const message = `'%${settings.logOfHttp}' is only known in mode http`;
    report.add('bad-format', settings.logFormatAt ?? at, message);
  }
  if (settings.forwardFor !== undefined) tell(at, "'option forwardfor'");
  const format = settings.logFormat?.kind;
  if ((format === 'httplog' || format === 'clf') && hasFrontSide(proxy)) {
    report.add(
      'no-effect-here',
      at,
      `'option httplog' is taken for tcplog in '${name}', whose mode is tcp`,
    );
  }
  if (proxy.redirectRules.length > 0) tell(lines.get('redirect'), "'redirect'");
  if (proxy.httpRequestRules.length > 0) tell(lines.get('http-request'), "'http-request'");
  if (proxy.httpResponseRules.length > 0) tell(lines.get('http-response'), "'http-response'");
  if (settings.stats.enabled && hasFrontSide(proxy)) tell(at, "'stats'");
  if (settings.monitorUri !== undefined && hasFrontSide(proxy))
    tell(lines.get('monitor-uri'), "'monitor-uri'");
  const algorithm = settings.algorithm?.kind ?? 'roundrobin';
  if (['uri', 'url_param', 'hdr'].includes(algorithm) && hasBackSide(proxy)) {
    tell(lines.get('balance'), `'balance ${algorithm}', for which roundrobin is taken,`);
  }
  for (const server of proxy.servers) {
    if (server.settings.cookie !== undefined) tell(server.settings.cookieAt, "'cookie'");
    if (server.settings.observe === 'layer7') tell(server.settings.observeAt, "'observe layer7'");
  }
}

/** Rules of checks without the check, formats without a log. */
export function judgeIdle({ report }: Context, proxy: ProxyDraft): void {
  const { settings, lines, at, name } = proxy;
  const rules = [
    ['http', 'http-check', 'option httpchk', settings.check.httpSteps.length],
    ['tcp', 'tcp-check', 'option tcp-check', settings.check.tcpSteps.length],
  ] as const;
  for (const [kind, family, option, count] of rules) {
    if (count === 0 || settings.check.kind === kind || !hasBackSide(proxy)) continue;
    const line = [...lines].find(([keyword]) => keyword.startsWith(`${family} `))?.[1];
    const message = `'${family}' does nothing in '${name}' without '${option}'`;
    report.add('no-effect-here', line ?? at, message, `write ${option}`);
  }
  const format = [...lines].find(([keyword]) =>
    /^(?:option (?:tcp|http)log|log-format)$/.test(keyword),
  );
  if (format !== undefined && settings.logs.length === 0 && hasFrontSide(proxy)) {
    report.add(
      'no-effect-here',
      format[1],
      `'${format[0]}' does nothing in '${name}' without 'log'`,
      'write log global',
    );
  }
}
