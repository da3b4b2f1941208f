/**
 * The process that has the kernel carry connections. It stays root when the proxy becomes somebody else, and takes
 * its table with it when it ends, however the proxy ends.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { labelOf } from '../../../core/balance/nft/names.ts';
import type { DesiredService, ServiceId } from '../../../core/balance/plane.ts';
import type { ServiceCount } from '../../../core/proxy/offload/absorb.ts';
import { openConntrackTable } from '../../../linux/conntrack-table.ts';
import { holdName } from '../../../linux/firewall-names.ts';
import type { DataPlane } from '../../../ports/data-plane.ts';
import { isSysError } from '../../../ports/sys-error.ts';
import { openNftDataPlane } from '../../balance/nft-plane.ts';
import type { ProxyRunOptions } from '../run-options.ts';
import type { OffloadOrder, OffloadReport } from './messages.ts';

const COUNT_MS = 1000;
const LOOK_MS = 250;

export function runOffloader({ paths }: ProxyRunOptions): void {
  const signals = ['SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGPIPE', 'SIGTTOU', 'SIGTTIN'];
  for (const signal of signals) process.on(signal, () => {});
  const owner = `proxy ${paths.join(' ')}`;
  const plane = openNftDataPlane({
    owner,
    log: { write: ({ text }) => say({ kind: 'note', text }), close: () => {} },
    // A proxy's servers know nobody but the proxy.
    masquerading: 'always',
  });
  if (isSysError(plane)) {
    say({ kind: 'trouble', text: `nftables: ${plane.call}: ${plane.message}` });
    process.exit(0);
  }
  const offloader = new Offloader(plane, owner);
  const leave = (): never => {
    plane.close('remove');
    process.exit(0);
  };
  process.on('disconnect', leave);
  process.on('SIGTERM', leave);
  process.on('message', (order: OffloadOrder) => {
    if (order.kind === 'stop') void offloader.stop().then(leave);
    else if (order.kind === 'ask') void offloader.count(order.question);
    else offloader.realize(order.services);
  });
  setInterval(() => void offloader.count(), COUNT_MS);
  say({ kind: 'ready' });
}

/** Whoever is killed hears nothing: that is told by the end of the channel, not by an error of ours. */
function say(report: OffloadReport): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => {});
}

class Offloader {
  readonly #plane: DataPlane;
  readonly #present: PresentName;
  readonly #labels = new Set<string>();
  #services: readonly DesiredService[] = [];

  constructor(plane: DataPlane, owner: string) {
    this.#plane = plane;
    this.#present = new PresentName(owner);
  }

  realize(services: readonly DesiredService[]): void {
    const possible = services.filter((service) => {
      const refusal = this.#plane.refusal(service);
      if (refusal !== undefined) say({ kind: 'trouble', text: `${service.id}: ${refusal}` });
      return refusal === undefined;
    });
    const wanted = new Set<ServiceId>(possible.map(({ id }) => id));
    const removed = this.#services.map(({ id }) => id).filter((id) => !wanted.has(id));
    this.#services = possible;
    for (const { id, servers } of possible)
      for (const server of servers) this.#labels.add(labelOf(id, server.id));
    for (const { service, error } of this.#plane.realize({ desired: possible, removed }))
      say({ kind: 'trouble', text: `${service}: ${error.call}: ${error.message}` });
  }

  async count(question?: number): Promise<void> {
    const found = await this.#plane.statistics();
    const counts: ServiceCount[] = (isSysError(found) ? [] : found).map((service) => ({
      service: service.service,
      ...figures(service),
      active: 0,
      servers: service.servers.map((server) => ({
        server: server.server,
        ...figures(server),
        active: server.activeConnections,
      })),
    }));
    say({ kind: 'counts', counts, ...(question !== undefined && { question }) });
  }

  /** Connections go on in the kernel as long as there is a table that translates, ours or our successor's. */
  async stop(): Promise<void> {
    this.#plane.realize({ desired: [], removed: this.#services.map(({ id }) => id) });
    this.#services = [];
    const conntrack = openConntrackTable();
    if (isSysError(conntrack)) return;
    for (; !this.#present.hasOthers(); await sleep(LOOK_MS)) {
      const loads = await conntrack.count();
      if (isSysError(loads)) return;
      if (![...this.#labels].some((label) => (loads.get(label)?.active ?? 0) > 0)) return;
    }
  }
}

function figures(of: { connections: bigint; bytesIn: bigint; bytesOut: bigint }) {
  return {
    connections: Number(of.connections),
    bytesIn: Number(of.bytesIn),
    bytesOut: Number(of.bytesOut),
  };
}

/** By a name in the abstract namespace, which belongs to the network namespace as the table does. */
class PresentName {
  readonly #prefix: string;
  readonly #name: string;

  constructor(owner: string) {
    this.#prefix = `holdfast_offload_${createHash('sha256').update(owner).digest('hex').slice(0, 16)}_`;
    this.#name = `${this.#prefix}${process.pid}`;
    holdName(this.#name);
  }

  /** Whether another process of the same files is there. */
  hasOthers(): boolean {
    try {
      const names = readFileSync('/proc/self/net/unix', 'latin1').match(/@\S+$/gm) ?? [];
      return names.some((name) => name.startsWith(`@${this.#prefix}`) && name !== `@${this.#name}`);
    } catch {
      return false;
    }
  }
}
