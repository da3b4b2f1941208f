/** What is wrong with proxies as wholes, and between them. */
import type { Context } from './context.ts';
import { judgeIdle, judgeModes } from './judge-modes.ts';
import { hasBackSide, hasFrontSide, type Named, type ProxyDraft } from './proxy-draft.ts';
import { meantHint } from './values.ts';
import { splitTrack } from './whole.ts';

export function judgeProxies(context: Context, proxies: readonly ProxyDraft[], file: string): void {
  judgeNames(context, proxies);
  judgeIds(context, proxies);
  for (const proxy of proxies) {
    judgeModes(context, proxy);
    judgeIdle(context, proxy);
    if (hasFrontSide(proxy)) judgeFront(context, proxy, proxies);
    if (hasBackSide(proxy)) judgeServers(context, proxy, proxies);
    judgeTimeouts(context, proxy);
  }
  const isOpen = proxies.some(({ binds, settings }) => binds.length > 0 && !settings.disabled);
  // A stats socket alone is enough, as it is there.
  const listens = isOpen || context.global.statsSockets.length > 0;
  if (!listens && !context.report.hasErrors) {
    const at = { file, line: 1, column: 1 };
    context.report.add('no-listener', at, 'nothing listens: there is nothing to do');
  }
  if (context.global.zeroWarning && context.report.hasWarnings) {
    const at = { file, line: 1, column: 1 };
    context.report.add('warning-is-error', at, 'zero-warning is set, and there are warnings');
  }
}

function judgeNames(context: Context, proxies: readonly ProxyDraft[]): void {
  const fronts = new Map<string, ProxyDraft>();
  const backs = new Map<string, ProxyDraft>();
  for (const proxy of proxies) {
    const { name, at } = proxy;
    const front = hasFrontSide(proxy) ? fronts.get(name) : undefined;
    const back = hasBackSide(proxy) ? backs.get(name) : undefined;
    const same = front ?? back;
    const other = fronts.get(name) ?? backs.get(name);
    if (same !== undefined) {
      const where = `${same.file}:${same.line}`;
      const message = `there is a ${same.kind} '${name}' already, at ${where}`;
      context.report.add('duplicate-proxy', at, message, 'give one of them another name');
    } else if (other !== undefined) {
      const message = `the ${other.kind} on line ${other.line} is called '${name}' too`;
      context.report.add('same-name', at, message, 'HAProxy refuses it from version 3.3 on');
    }
    if (hasFrontSide(proxy)) fronts.set(name, fronts.get(name) ?? proxy);
    if (hasBackSide(proxy)) backs.set(name, backs.get(name) ?? proxy);
  }
}

function judgeIds(context: Context, proxies: readonly ProxyDraft[]): void {
  const byId = new Map<number, ProxyDraft>();
  for (const proxy of proxies) {
    if (proxy.id === undefined) continue;
    const other = byId.get(proxy.id);
    if (other === undefined) byId.set(proxy.id, proxy);
    else {
      const at = proxy.lines.get('id') ?? proxy.at;
      context.report.add('duplicate-id', at, `'${other.name}' has the id ${proxy.id} already`);
    }
  }
}

/** `undefined` where it could not be read, which is told. */
function modeOf({ settings }: ProxyDraft): 'tcp' | 'http' | undefined {
  return settings.unread.has('mode') ? undefined : (settings.mode ?? 'tcp');
}

function judgeFront(context: Context, proxy: ProxyDraft, proxies: readonly ProxyDraft[]): void {
  const { report } = context;
  const { settings, switching, binds, at, name } = proxy;
  if (
    binds.length === 0 &&
    !proxy.lines.has('bind') &&
    !settings.disabled &&
    proxy.kind === 'frontend'
  ) {
    report.add('no-bind', at, `'${name}' listens nowhere`, 'write bind [ADDRESS]:PORT');
  }
  const backends = proxies.filter(hasBackSide);
  const asked: Named[] = switching.map(({ backend }) => backend);
  if (proxy.kind === 'listen') judgeLoop(context, proxy, proxies);
  if (settings.defaultBackend !== undefined) asked.push(settings.defaultBackend);
  for (const { name: wanted, at: where } of asked) {
    const found = backends.find((other) => other.name === wanted);
    if (found === undefined) {
      const hint = meantHint(
        wanted,
        backends.map((other) => other.name),
      );
      report.add('unknown-backend', where, `there is no backend '${wanted}'`, hint);
    } else if (modeOf(proxy) === 'http' && modeOf(found) === 'tcp') {
      const message = `'${name}' is in mode http, its backend '${wanted}' in mode tcp`;
      report.add('backend-mode', where, message, `write mode http in '${wanted}'`);
    }
  }
}

/** A listen that hands over to itself, by its default or that of others. */
function judgeLoop({ report }: Context, proxy: ProxyDraft, proxies: readonly ProxyDraft[]): void {
  const passed = new Set<string>();
  let next = proxy.settings.defaultBackend;
  const own = proxy.switching.find(({ backend }) => backend.name === proxy.name);
  if (own !== undefined) next = own.backend;
  while (next !== undefined && !passed.has(next.name)) {
    if (next.name === proxy.name) {
      report.add('backend-loop', next.at, `'${proxy.name}' hands over to itself`);
      return;
    }
    passed.add(next.name);
    const found = proxies.find(({ kind, name }) => kind === 'listen' && name === next?.name);
    next = found?.settings.defaultBackend;
  }
}

function judgeServers(context: Context, proxy: ProxyDraft, proxies: readonly ProxyDraft[]): void {
  const { report, global } = context;
  for (const { name, at, settings, port, address } of proxy.servers) {
    const hasPort = port.kind === 'port' || (settings.checkPort ?? 0) > 0;
    const isSocket = address.kind === 'unix' || address.kind === 'abstract';
    if (settings.check === true && !hasPort && !isSocket && !hasCheckPorts(proxy)) {
      report.add(
        'check-without-port',
        at,
        `server '${name}' has check, and no port`,
        'write ADDRESS:PORT, or port N',
      );
    }
    const isVerified = (settings.verify ?? global.serverVerify) === 'required';
    const usesTls = settings.tls === true || settings.checkTls === true;
    if (usesTls && isVerified && settings.ca === undefined) {
      const message = `server '${name}' is to be verified, and there is no authority to do it by`;
      report.add('tls-without-ca', at, message, 'write ca-file FILE, or verify none');
    }
    if (settings.agent === true && settings.agentPort === undefined) {
      report.add('agent-without-port', at, `server '${name}' has agent-check, and no agent-port`);
    }
    if (settings.track !== undefined) judgeTrack(context, proxy, { name, at, settings }, proxies);
  }
}

/** Whether each connect of the check says its own port. */
function hasCheckPorts({ settings: { check } }: ProxyDraft): boolean {
  const steps =
    check.kind === 'http' ? check.httpSteps : check.kind === 'tcp' ? check.tcpSteps : [];
  const connects = steps.filter((step) => step.kind === 'connect');
  return connects.length > 0 && connects.every(({ port }) => port !== undefined);
}

function judgeTrack(
  { report }: Context,
  proxy: ProxyDraft,
  { name, at, settings }: Pick<ProxyDraft['servers'][number], 'name' | 'at' | 'settings'>,
  proxies: readonly ProxyDraft[],
): void {
  const [backend, server] = splitTrack(settings.track, proxy.name);
  const found = proxies
    .filter((other) => hasBackSide(other) && other.name === backend)
    .flatMap(({ servers }) => servers)
    .find((other) => other.name === server);
  const isUnread = proxies.some(
    (other) => other.name === backend && other.unreadServers.has(server ?? ''),
  );
  if (isUnread) return;
  if (settings.check === true) {
    report.add('tracking', at, `server '${name}' has check and track, which exclude each other`);
  } else if (found === undefined) {
    report.add('tracking', at, `server '${name}' tracks ${backend}/${server}, which is not there`);
  } else if (
    found.settings.check !== true &&
    found.settings.agent !== true &&
    found.settings.track === undefined
  ) {
    report.add(
      'tracking',
      at,
      `server '${name}' tracks ${backend}/${server}, which is not checked`,
    );
  }
}

function judgeTimeouts({ report }: Context, proxy: ProxyDraft): void {
  const { timeouts } = proxy.settings;
  const { unread } = proxy.settings;
  const missing: string[] = [];
  const hasServers = hasBackSide(proxy) && proxy.servers.length > 0;
  if (hasFrontSide(proxy) && proxy.binds.length > 0 && timeouts.client === undefined)
    missing.push('client');
  if (hasServers && timeouts.connect === undefined) missing.push('connect');
  if (hasServers && timeouts.server === undefined) missing.push('server');
  const untold = missing.filter((name) => !unread.has(name));
  if (untold.length === 0) return;
  const message = `'${proxy.name}' has no timeout ${untold.join(', ')}: a dead connection is kept for ever`;
  report.add(
    'missing-timeout',
    proxy.at,
    message,
    'write them in defaults, such as timeout client 1m',
  );
}
