/*
 * The program that asks a segment who has an address, on the client of a lab:
 *
 *   asker INTERFACE    on the standard input one JSON list of addresses a line, and for each line an
 *                      answer: address → the hardware addresses of all that claimed it
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IpAddress, ipFamily } from '../../src/base/ip.ts';
import type { MacAddress } from '../../src/base/mac.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { openFrameSender } from '../../src/linux/frame-sender.ts';
import { openPacketCapture } from '../../src/linux/packet-capture.ts';
import { isSysError, type SysError } from '../../src/ports/sys-error.ts';
import { ARP_REPLY, decodeArp, encodeArpRequest, HARDWARE_ETHERNET } from '../../src/wire/arp.ts';
import { ETHERTYPE_ARP, ETHERTYPE_IPV6 } from '../../src/wire/ethernet.ts';
import { decodeNdp, encodeNeighbourSolicitation } from '../../src/wire/ndp.ts';

/** Not the client's own, whose kernel would learn from the answers. */
const mac = '02:00:50:ff:ff:02' as MacAddress;
const ipv6 = 'fe80::50ff:feff:ff02' as IpAddress;
const noAddress = '0.0.0.0' as IpAddress;

/** For the first answers, and after them for those of others that claim the same address. */
const firstAnswersMs = 300;
const furtherAnswersMs = 50;

let claims = new Map<string, Set<string>>();

function fitted<Value>(value: Value | SysError): Value {
  if (isSysError(value)) throw new Error(`${value.call}: ${value.message}`);
  return value as Value;
}

function noteArp(frame: Uint8Array): void {
  const packet = decodeArp(frame);
  if (!packet.ok || packet.value.operation !== ARP_REPLY) return;
  const { frameDestination, senderAddress, senderMac } = packet.value;
  if (frameDestination === mac) claims.get(senderAddress)?.add(senderMac);
}

function noteNdp(frame: Uint8Array): void {
  const message = decodeNdp(frame);
  if (!message.ok || message.value.kind !== 'advertisement') return;
  const { destination, target, frameSource, linkLayerAddress } = message.value;
  if (destination === ipv6) claims.get(target)?.add(linkLayerAddress ?? frameSource);
}

function question(target: IpAddress): Uint8Array {
  return ipFamily(target) === 6
    ? encodeNeighbourSolicitation({ mac, source: ipv6, target })
    : encodeArpRequest({ mac, source: noAddress, target, hardwareType: HARDWARE_ETHERNET });
}

const interfaceName = process.argv[2] ?? 'eth0';
const interfaceIndex = Number(readFileSync(`/sys/class/net/${interfaceName}/ifindex`, 'utf8'));
const watcher = await openFdWatcher();
const sender = fitted(openFrameSender());
for (const [etherType, note] of [
  [ETHERTYPE_ARP, noteArp],
  [ETHERTYPE_IPV6, noteNdp],
] as const) {
  fitted(openPacketCapture(watcher, { interfaceIndex, etherType }, ({ frame }) => note(frame)));
}
console.log('ready');

for await (const line of createInterface({ input: process.stdin })) {
  const vips = JSON.parse(line) as IpAddress[];
  claims = new Map(vips.map((vip) => [vip, new Set()]));
  for (const vip of vips) sender.send(interfaceIndex, question(vip));
  const deadline = Date.now() + firstAnswersMs;
  while (Date.now() < deadline && [...claims.values()].some((macs) => macs.size === 0)) {
    await sleep(5);
  }
  await sleep(furtherAnswersMs);
  console.log(
    JSON.stringify(Object.fromEntries([...claims].map(([vip, macs]) => [vip, [...macs]]))),
  );
}
process.exit(0);
