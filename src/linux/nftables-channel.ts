import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeAcknowledgement } from '../wire/netlink/acknowledgement.ts';
import { NLMSG_ERROR } from '../wire/netlink/constants.ts';
import {
  decodeTable,
  type NftMessage,
  type NftTable,
  TABLE_DUMP,
  writeBatch,
} from '../wire/netlink/nftables.ts';
import { EAGAIN, sysError } from './ffi/errno.ts';
import { NETLINK_NETFILTER } from './ffi/socket-numbers.ts';
import { type NetlinkChannel, openNetlinkChannel } from './netlink-channel.ts';
import { createNetlinkSocket } from './netlink-socket.ts';

const EPROTO = 71;

/** A batch that is sent again and again. */
export interface EncodedBatch {
  readonly bytes: Uint8Array;
  /** What its messages are called, by sequence number. */
  readonly names: ReadonlyMap<number, string>;
  /** The sequence numbers of its beginning and of its last message. */
  readonly first: number;
  readonly last: number;
}

export interface NftablesChannel {
  encode(messages: readonly NftMessage[]): EncodedBatch;
  /** Carries out the whole batch, or answers with the first error. */
  send(batch: EncodedBatch): SysError | undefined;
  tables(): readonly NftTable[] | SysError;
  close(): void;
}

export function openNftablesChannel(): NftablesChannel | SysError {
  const channel = openNetlinkChannel(NETLINK_NETFILTER);
  return isSysError(channel) ? channel : createNftablesChannel(channel);
}

export function createNftablesChannel(channel: NetlinkChannel): NftablesChannel {
  return {
    encode: (messages) => encode(channel, messages),
    send: (batch) => {
      const failure = channel.send('nftables', batch.bytes);
      return failure ?? readAnswer(channel, batch);
    },
    tables: () => {
      const tables: NftTable[] = [];
      const { type, body } = TABLE_DUMP;
      const failure = createNetlinkSocket(channel).dump('NFT_MSG_GETTABLE', type, body, {
        restart: () => tables.splice(0),
        message: ({ payload }) => {
          const table = decodeTable(payload);
          if (table !== undefined) tables.push(table);
        },
      });
      return failure ?? tables;
    },
    close: channel.close,
  };
}

function encode(channel: NetlinkChannel, messages: readonly NftMessage[]): EncodedBatch {
  const first = channel.nextSequence();
  const names = new Map<number, string>();
  for (const { name } of messages) names.set(channel.nextSequence(), name);
  // The number of the batch's end.
  channel.nextSequence();
  channel.writer.reset();
  const last = writeBatch(channel.writer, messages, first);
  return { bytes: channel.writer.bytes.slice(), names, first, last };
}

/** The kernel has answered all that it will when `send` returns. */
function readAnswer(channel: NetlinkChannel, batch: EncodedBatch): SysError | undefined {
  let failure: SysError | undefined;
  let answered: 'no' | 'yes' = 'no';
  for (;;) {
    const messages = channel.receive('nftables', 'queued');
    if (isSysError(messages)) {
      if (messages.errno !== EAGAIN) return failure ?? messages;
      if (answered === 'yes' || failure !== undefined) return failure;
      return sysError('nftables', EPROTO, 'the kernel did not answer');
    }
    for (const message of messages) {
      if (message.type !== NLMSG_ERROR) continue;
      const name = batch.names.get(message.sequence) ?? 'nftables batch';
      const answer = decodeAcknowledgement(message);
      if (answer === undefined) failure ??= sysError(name, EPROTO, 'an answer cut short');
      else if (answer.errno !== 0) failure ??= sysError(name, answer.errno, answer.text);
      if (message.sequence === batch.last) answered = 'yes';
    }
  }
}
