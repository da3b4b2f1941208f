/** Figures and words that several outputs have. */
import { type IpAddress, ipFamily } from '../../../base/ip.ts';
import { MICROS_PER_SECOND, type Micros } from '../../../base/time.ts';
import type { Balance, ListenAddress } from '../../../config/model/proxy.ts';
import type { LiveConfig, LiveProxy, LiveServer } from '../live.ts';

/** Whole ones, never below 0. */
export function secondsSince(then: Micros, now: Micros): number {
  return Math.max(0, Math.floor((now - then) / MICROS_PER_SECOND));
}

/** `fullconn`, or a tenth of what the frontends may have that can lead to this backend. */
export function fullconnOf(live: LiveConfig, { config }: LiveProxy): number {
  if (config.fullconn !== undefined) return config.fullconn;
  let sum = 0;
  for (const { config: other, front } of live.proxies) {
    if (front === undefined) continue;
    const leadsHere =
      other === config ||
      other.defaultBackend === config.name ||
      other.switching.some(({ backend }) => backend === config.name);
    if (leadsHere) sum += front.maxconn;
  }
  return Math.max(1, Math.ceil(sum / 10));
}

/** `127.0.0.1:80`, `[::1]:80`, `unix`. */
export function addressText(of: ListenAddress | LiveServer): string {
  if ('kind' in of) return of.kind === 'ip' ? hostPort(of.ip, of.port) : 'unix';
  const { kind } = of.config.address;
  if (kind === 'unix' || kind === 'abstract') return 'unix';
  return of.ip === undefined ? `0.0.0.0:${of.port ?? 0}` : hostPort(of.ip, of.port ?? 0);
}

function hostPort(ip: IpAddress, port: number): string {
  return ipFamily(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** As `balance` has it. */
export function algorithmText({ kind }: Balance): string {
  return kind;
}
