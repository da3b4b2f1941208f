import type { AddressOperation } from '../ports/network.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { decodeAcknowledgement } from '../wire/netlink/acknowledgement.ts';
import { writeAddress } from '../wire/netlink/address.ts';
import {
  NLM_F_ACK,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  RTM_NEWADDR,
} from '../wire/netlink/constants.ts';
import { EPROTO, sysError } from './ffi/errno.ts';
import { NETLINK_ROUTE } from './ffi/socket-numbers.ts';
import { type NetlinkChannel, openNetlinkChannel } from './netlink-channel.ts';

const CALL = 'RTM_NEWADDR';

export interface AddressRenewer {
  readonly portId: number;
  renew(operations: readonly AddressOperation[]): SysError | undefined;
  close(): void;
}

interface EncodedRenewal {
  readonly bytes: Uint8Array;
  /** Sequence number of the last message, the only one that is answered where all goes well. */
  readonly last: number;
}

/** Renews by the hundred each second: a list is encoded once, and one answer stands for all of it. */
export function openAddressRenewer(): AddressRenewer | SysError {
  const channel = openNetlinkChannel(NETLINK_ROUTE);
  return isSysError(channel) ? channel : createAddressRenewer(channel);
}

export function createAddressRenewer(channel: NetlinkChannel): AddressRenewer {
  const encoded = new WeakMap<readonly AddressOperation[], EncodedRenewal>();
  return {
    portId: channel.portId,
    renew: (operations) => {
      if (operations.length === 0) return undefined;
      let renewal = encoded.get(operations);
      if (renewal === undefined) {
        renewal = encode(channel, operations);
        encoded.set(operations, renewal);
      }
      return channel.send(CALL, renewal.bytes) ?? readAnswer(channel, renewal.last);
    },
    close: channel.close,
  };
}

function encode(channel: NetlinkChannel, operations: readonly AddressOperation[]): EncodedRenewal {
  const { writer } = channel;
  let last = 0;
  writer.reset();
  for (const [index, operation] of operations.entries()) {
    last = channel.nextSequence();
    const ack = index === operations.length - 1 ? NLM_F_ACK : 0;
    writer.begin({
      type: RTM_NEWADDR,
      flags: NLM_F_REQUEST | NLM_F_REPLACE | ack,
      sequence: last,
    });
    writeAddress(writer, operation);
    writer.end();
  }
  return { bytes: writer.bytes.slice(), last };
}

/** The first error, where one comes before the answer to the last message. */
function readAnswer(channel: NetlinkChannel, last: number): SysError | undefined {
  let failure: SysError | undefined;
  for (;;) {
    const messages = channel.receive(CALL, 'wait');
    if (isSysError(messages)) return failure ?? messages;
    for (const message of messages) {
      if (message.type !== NLMSG_ERROR) continue;
      const answer = decodeAcknowledgement(message);
      if (answer === undefined) return sysError(CALL, EPROTO, 'an acknowledgement cut short');
      if (answer.errno !== 0) failure ??= sysError(CALL, answer.errno, answer.text);
      if (message.sequence === last) return failure;
    }
  }
}
