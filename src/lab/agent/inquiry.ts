import { readFileSync } from 'node:fs';
import { type IpAddress, ipFamily } from '../../base/ip.ts';
import type { MacAddress } from '../../base/mac.ts';
import { openFrameSender } from '../../linux/frame-sender.ts';
import { openPacketCapture } from '../../linux/packet-capture.ts';
import type { FdWatcher } from '../../ports/fd-watcher.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { ARP_REPLY, decodeArp, encodeArpRequest, HARDWARE_ETHERNET } from '../../wire/arp.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6 } from '../../wire/ethernet.ts';
import { decodeNdp, encodeNeighbourSolicitation } from '../../wire/ndp.ts';

/** Asks all hosts on a segment who has an address. */
export interface Inquiry {
  ask(): void;
}

/**
 * Not the client's own hardware address: its kernel would take the answers for its own, and learn
 * from them what it must learn from the announcements of the host that takes over.
 */
const askerMac = '02:00:50:ff:ff:01' as MacAddress;
const askerIpv6 = 'fe80::50ff:feff:ff01' as IpAddress;
const noAddress = '0.0.0.0' as IpAddress;

/** Calls back with the hardware address of each host that answers. */
export function startInquiry(
  options: {
    readonly vip: IpAddress;
    readonly interfaceName: string;
    readonly watcher: FdWatcher;
  },
  onAnswer: (mac: MacAddress) => void,
): Inquiry {
  const { vip, interfaceName, watcher } = options;
  const interfaceIndex = Number(readFileSync(`/sys/class/net/${interfaceName}/ifindex`, 'utf8'));
  const family = ipFamily(vip);
  const sender = openFrameSender();
  if (isSysError(sender)) throw new Error(`cannot send frames: ${sender.message}`);
  const etherType = family === 4 ? ETHERTYPE_ARP : ETHERTYPE_IPV6;
  const answerOf = family === 4 ? arpAnswer : ndpAnswer;
  const capture = openPacketCapture(watcher, { interfaceIndex, etherType }, ({ frame }) => {
    const mac = answerOf(frame, vip);
    if (mac !== undefined) onAnswer(mac);
  });
  if (isSysError(capture)) throw new Error(`cannot capture frames: ${capture.message}`);
  const question =
    family === 4
      ? encodeArpRequest({
          mac: askerMac,
          source: noAddress,
          target: vip,
          hardwareType: HARDWARE_ETHERNET,
        })
      : encodeNeighbourSolicitation({ mac: askerMac, source: askerIpv6, target: vip });
  return { ask: () => void sender.send(interfaceIndex, question) };
}

/** The answer to our question only; announcements are no answers. */
function arpAnswer(frame: Uint8Array, vip: IpAddress): MacAddress | undefined {
  const packet = decodeArp(frame);
  if (!packet.ok) return undefined;
  const { operation, frameDestination, senderAddress, senderMac } = packet.value;
  const isAnswer = operation === ARP_REPLY && frameDestination === askerMac;
  return isAnswer && senderAddress === vip ? senderMac : undefined;
}

function ndpAnswer(frame: Uint8Array, vip: IpAddress): MacAddress | undefined {
  const message = decodeNdp(frame);
  if (!message.ok || message.value.kind !== 'advertisement') return undefined;
  const { destination, target, frameSource, linkLayerAddress } = message.value;
  return destination === askerIpv6 && target === vip
    ? (linkLayerAddress ?? frameSource)
    : undefined;
}
