/**
 * Virtual servers that differ from one read before in addresses and ports alone, or in which of the real
 * servers they have: large files are written by programs, and to read a thousand of them word by word
 * takes most of a second.
 */
import { type IpAddress, ipFamily, isLinkLocal, parseIp } from '../../../../base/ip.ts';
import type { RealServerPlace, ServerOutline } from '../../../model/server-outline.ts';
import type { RealServer, VirtualServer } from '../../../model/virtual-server.ts';
import type { PlainBlock } from '../../text/plain-block.ts';
import { type ServerText, takeApart } from '../../text/server-text.ts';

interface Known {
  readonly server: VirtualServer;
  /** By what is between the braces. */
  readonly realServers: Map<string, RealServer>;
}

/** What makes something of the address that it stands beside, or of what stands elsewhere. */
const PARTICULAR = /\b(?:connect_(?:ip|port)|host|(?:BFD|FILE|MISC)_CHECK)\b/;

/** Of one reading, in which global_defs say the same for all. */
export class LookAlikes {
  readonly #known = new Map<string, Known>();

  /** What a block means; undefined where nothing like it was read. */
  find(block: PlainBlock): ServerOutline | undefined {
    if (this.#known.size === 0) return undefined;
    const text = takeApart(block);
    const known = text && this.#known.get(text.rest);
    return known && derive(text, known);
  }

  /** `server`: what the block means, of which there is nothing to be told. */
  learn(block: PlainBlock, server: VirtualServer): void {
    const text = PARTICULAR.test(block.text) ? undefined : takeApart(block);
    if (text === undefined || !isUsual(server, text)) return;
    const known = this.#known.get(text.rest) ?? { server, realServers: new Map() };
    this.#known.set(text.rest, known);
    for (const [index, { body }] of text.realServers.entries()) {
      const realServer = server.realServers[index];
      if (realServer !== undefined) known.realServers.set(body, realServer);
    }
  }
}

/** Whether the ports of the service and of the servers have nothing to do with each other. */
function isUsual({ realServers }: VirtualServer, text: ServerText): boolean {
  return (
    realServers.length === text.realServers.length &&
    realServers.every(({ forwarding }) => forwarding.method === 'masquerade')
  );
}

function derive(text: ServerText, { server, realServers }: Known): ServerOutline | undefined {
  const address = parseIp(text.address);
  if (address === undefined || ipFamily(address) !== server.family) return undefined;
  const key = { kind: 'address', address, port: text.port } as const;
  // A sorry server without a port has that of the service.
  if (server.sorryServer !== undefined && !hasPort(server, text.port)) return undefined;
  const places: RealServerPlace[] = [];
  let weight = 0;
  let body = '';
  let like: RealServer | undefined;
  for (const each of text.realServers) {
    // Mostly it is the same string, and looking it up takes reading it.
    if (each.body !== body) {
      body = each.body;
      like = realServers.get(body);
    }
    const placed = readPlace(each.address, server);
    if (like === undefined || placed === undefined) return undefined;
    weight += like.weight;
    places.push({ address: placed, port: each.port, like });
  }
  // Of those that are equal, and of a quorum that cannot be had, there is something to be told.
  if (weight < server.quorum || hasTwins(places)) return undefined;
  return { key, like: server, places };
}

/** Whether two of them have the same address and port; mostly the addresses tell that already. */
function hasTwins(places: readonly RealServerPlace[]): boolean {
  const addresses = new Set<IpAddress>();
  for (const { address } of places) addresses.add(address);
  if (addresses.size === places.length) return false;
  const names = new Set(places.map(({ address, port }) => `${address} ${port}`));
  return names.size < places.length;
}

function hasPort({ key }: VirtualServer, port: number): boolean {
  return key.kind === 'address' && key.port === port;
}

function readPlace(written: string, { family }: VirtualServer): IpAddress | undefined {
  const address = parseIp(written);
  if (address === undefined || ipFamily(address) !== family) return undefined;
  return family === 6 && isLinkLocal(address) ? undefined : address;
}
