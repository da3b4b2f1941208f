/** New connections a second between the least client and the least server that there can be (exchange.c). */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../src/lab/programs.ts';
import type { BalanceHosts } from './hosts.ts';

/** They answer on every port, and belong to no host. */
export const EXCHANGE_SERVERS = ['10.2.0.21', '10.2.0.22'] as const;
/** Connections at a time. */
export const PARALLEL = 64;
const CLIENT = '10.1.0.200';

export interface ExchangeParts extends Pick<BalanceHosts, 'client' | 'startAtServers'> {
  /** A command of `ip` in the client, the director or the servers: `c`, `d`, `s`. */
  ip(part: string, command: string): void;
  /** The namespace of one of them. */
  of(part: string): string;
}

export function prepareExchange(
  folder: string,
  { client, startAtServers, ip, of }: ExchangeParts,
): BalanceHosts['exchange'] {
  const program = `${folder}/exchange`;
  execFileSync('cc', ['-O2', '-o', program, join(projectRoot(), 'bench/balance/exchange.c')]);
  const macOf = (part: string, link: string): string => {
    const text = execFileSync('ip', ['-n', of(part), 'link', 'show', link], { encoding: 'utf8' });
    return /ether (\S+)/.exec(text)?.[1] ?? '';
  };
  const tellWhere = (address: string, part: string, link: string): void =>
    ip('d', `neigh add ${address} lladdr ${macOf(part, 'eth0')} dev ${link} nud permanent`);
  tellWhere(CLIENT, 'c', 'e0');
  for (const address of EXCHANGE_SERVERS) tellWhere(address, 's', 'e1');
  startAtServers(program, 'serve', 'eth0', ...EXCHANGE_SERVERS);
  return async (address, port, seconds) => {
    const own = ['eth0', CLIENT, macOf('d', 'e0')];
    const words = [address, `${port}`, `${seconds}`, `${PARALLEL}`];
    const [done = Number.NaN, failed] = (await client(program, 'ask', ...own, ...words))
      .split(' ')
      .map(Number);
    if (failed !== 0) throw new Error(`${address}:${port}: ${failed} exchanges failed`);
    return done / seconds;
  };
}
