/** What TLS a configuration wants, made before anything listens. */
import type { Bind, ProxyConfig, ProxySection, Server } from '../../../config/model/proxy.ts';
import type { Block } from '../../../ports/streams.ts';
import type { Tls } from '../../../ports/tls.ts';
import { TlsAcceptor } from './acceptor.ts';
import { TlsConnector } from './connector.ts';

/** What is spoken in http mode, whatever else is offered. */
const HTTP_PROTOCOLS = ['http/1.1', 'http/1.0'];

export interface ProxyTls {
  readonly acceptors: ReadonlyMap<Bind, TlsAcceptor>;
  readonly connectors: ReadonlyMap<Server, TlsConnector>;
  /** Connections that are encrypted, of both sides. */
  open(): number;
  /** Who has read the same configuration and is given the same secret resumes what was begun here. */
  shareTickets(secret: Uint8Array): void;
  close(): void;
}

/** Or what keeps it from being carried out, as HAProxy says it. */
export function createProxyTls(
  { proxies }: ProxyConfig,
  tls: Tls | undefined,
  shared: Block,
): ProxyTls | readonly string[] {
  const faults: string[] = [];
  const acceptors = new Map<Bind, TlsAcceptor>();
  const connectors = new Map<Server, TlsConnector>();
  for (const section of proxies) {
    for (const bind of section.binds) {
      if (bind.tls === undefined) continue;
      const acceptor =
        tls === undefined ? MISSING : TlsAcceptor.create(tls, shared, bind.tls, spokenIn(section));
      if (typeof acceptor === 'string') faults.push(faultAt(section, bind.line, acceptor));
      else acceptors.set(bind, acceptor);
    }
    for (const server of section.servers) {
      if (server.tls === undefined) continue;
      const wanted = { ...server, tls: server.tls };
      const connector =
        tls === undefined ? MISSING : TlsConnector.create(tls, wanted, spokenIn(section));
      if (typeof connector === 'string') faults.push(faultAt(section, server.line, connector));
      else connectors.set(server, connector);
    }
  }
  const close = (): void => {
    for (const each of [...acceptors.values(), ...connectors.values()]) each.close();
  };
  const shareTickets = (secret: Uint8Array): void => {
    for (const [index, acceptor] of [...acceptors.values()].entries())
      acceptor.shareTickets(secret, `bind ${index}`);
  };
  const open = (): number => tls?.open ?? 0;
  if (faults.length === 0) return { acceptors, connectors, open, shareTickets, close };
  close();
  return faults;
}

const MISSING =
  "'ssl' needs a Node.js that shows the functions of its OpenSSL 3; this one does not";

function spokenIn({ mode }: ProxySection): readonly string[] | undefined {
  return mode === 'http' ? HTTP_PROTOCOLS : undefined;
}

function faultAt({ file }: ProxySection, line: number, what: string): string {
  return `parsing [${file}:${line}] : ${what}`;
}
