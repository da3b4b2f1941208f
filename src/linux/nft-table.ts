import type { ObservedTable } from '../core/balance/nft/observed.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { deleteTable, type NftMessage, type NftTable, newTable } from '../wire/netlink/nftables.ts';
import {
  messagesOf,
  type NftChange,
  type NftSetElement,
} from '../wire/netlink/nftables-changes.ts';
import { NETLINK_NETFILTER } from './ffi/socket-numbers.ts';
import { openNetlinkChannel } from './netlink-channel.ts';
import { createNftTableReader, type NftTableReader } from './nft-table-reader.ts';
import { createNftablesChannel } from './nftables-channel.ts';

/** One table of nftables that is ours, read and written. */
export interface KernelTable {
  readonly reader: NftTableReader;
  state(): 'there' | 'missing' | SysError;
  /** Names, and the elements of the sets that `wanted` says yes to. */
  observe(wanted: (set: string) => 'yes' | 'no'): ObservedTable | SysError;
  /** All of the changes or none. */
  change(changes: readonly NftChange[]): SysError | undefined;
  /** Makes the table, empty but for the changes, whatever it had before. */
  make(changes: readonly NftChange[]): SysError | undefined;
  remove(): SysError | undefined;
  close(): void;
}

export function openKernelTable(name: string): KernelTable | SysError {
  const channel = openNetlinkChannel(NETLINK_NETFILTER);
  if (isSysError(channel)) return channel;
  const table: NftTable = { family: 'inet', name };
  const nftables = createNftablesChannel(channel);
  const reader = createNftTableReader(channel, table);
  const send = (messages: readonly NftMessage[]): SysError | undefined =>
    messages.length === 0 ? undefined : nftables.send(nftables.encode(messages));
  // Deleting what is not there would undo the batch.
  const empty = [newTable(table), deleteTable(table)];
  return {
    reader,
    state: () => {
      const tables = nftables.tables();
      if (isSysError(tables)) return tables;
      const isThere = tables.some((each) => each.family === 'inet' && each.name === name);
      return isThere ? 'there' : 'missing';
    },
    observe: (wanted) => observe(reader, wanted),
    change: (changes) => send(messagesOf(table, changes)),
    make: (changes) => send([...empty, newTable(table), ...messagesOf(table, changes)]),
    remove: () => send(empty),
    close: nftables.close,
  };
}

function observe(
  reader: NftTableReader,
  wanted: (set: string) => 'yes' | 'no',
): ObservedTable | SysError {
  const chains = reader.chains();
  if (isSysError(chains)) return chains;
  const sets = reader.sets();
  if (isSysError(sets)) return sets;
  const elements = new Map<string, ReadonlyMap<string, NftSetElement>>();
  for (const set of sets) {
    if (wanted(set) === 'no') continue;
    const list = reader.elements(set);
    if (isSysError(list)) return list;
    elements.set(set, new Map(list.map((each) => [each.key, each])));
  }
  return { chains, sets, elements };
}
