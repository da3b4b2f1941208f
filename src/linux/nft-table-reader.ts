import { fromHex } from '../base/hex.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { NLM_F_ACK, NLM_F_REQUEST, NLMSG_ERROR } from '../wire/netlink/constants.ts';
import type { NftTable } from '../wire/netlink/nftables.ts';
import {
  chainDump,
  decodeChainName,
  decodeElements,
  decodeSetName,
  elementDump,
  elementRequest,
  type NftDumpedElement,
  type NftDumpRequest,
  setDump,
} from '../wire/netlink/nftables-dump.ts';
import type { NetlinkChannel } from './netlink-channel.ts';
import { createNetlinkSocket } from './netlink-socket.ts';

/** Reads one table of nftables. */
export interface NftTableReader {
  chains(): ReadonlySet<string> | SysError;
  sets(): ReadonlySet<string> | SysError;
  elements(set: string): readonly NftDumpedElement[] | SysError;
  /** One element; undefined where there is none. */
  element(set: string, key: string): NftDumpedElement | undefined;
}

export function createNftTableReader(channel: NetlinkChannel, table: NftTable): NftTableReader {
  const socket = createNetlinkSocket(channel);
  function collect<Item>(
    { call, type, body }: NftDumpRequest,
    decode: (payload: Uint8Array) => readonly Item[],
  ): readonly Item[] | SysError {
    const items: Item[] = [];
    const failure = socket.dump(call, type, body, {
      restart: () => items.splice(0),
      message: ({ payload }) => {
        for (const item of decode(payload)) items.push(item);
      },
    });
    return failure ?? items;
  }
  const names = (
    request: NftDumpRequest,
    decode: (payload: Uint8Array, table: NftTable) => string | undefined,
  ): ReadonlySet<string> | SysError => {
    const found = collect(request, (payload) => {
      const name = decode(payload, table);
      return name === undefined ? [] : [name];
    });
    return isSysError(found) ? found : new Set(found);
  };
  return {
    chains: () => names(chainDump(table), decodeChainName),
    sets: () => names(setDump(table), decodeSetName),
    elements: (set) => collect(elementDump(table, set), decodeElements),
    element: (set, key) => readOne(channel, elementRequest(table, set, fromHex(key))),
  };
}

/** What follows the acknowledgement was not asked for. */
function readOne(
  { writer, send, receive, nextSequence }: NetlinkChannel,
  { call, type, body }: NftDumpRequest,
): NftDumpedElement | undefined {
  const sequence = nextSequence();
  writer.reset();
  writer
    .begin({ type, flags: NLM_F_REQUEST | NLM_F_ACK, sequence })
    .raw(body)
    .end();
  if (send(call) !== undefined) return undefined;
  let found: NftDumpedElement | undefined;
  for (;;) {
    const messages = receive(call, 'wait');
    if (isSysError(messages)) return found;
    for (const message of messages) {
      if (message.sequence !== sequence) continue;
      if (message.type === NLMSG_ERROR) return found;
      found ??= decodeElements(message.payload)[0];
    }
  }
}
