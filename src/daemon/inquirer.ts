/**
 * Asks the segment who has an address: by ARP probe, which claims nothing and spoils nobody's table, or
 * by neighbour solicitation from our link-local address, so that the answer comes to us. A few frames a
 * turn, for a frame through a bridge takes a tenth of a millisecond.
 */
import { type IpAddress, type IpFamily, ipFamily, isLinkLocal } from '../base/ip.ts';
import type { MacAddress } from '../base/mac.ts';
import type { FrameSender, LinkFacts, NetworkMonitor } from '../ports/network.ts';
import { encodeArpRequest } from '../wire/arp.ts';
import { encodeNeighbourSolicitation } from '../wire/ndp.ts';
import { isUsableAddress } from './kernel-facts.ts';

const FRAMES_PER_STEP = 8;
const STEP_MS = 5;
/** Who waits longer than some seconds is asked about again anyway. */
const QUEUE_MAX = 4096;
const NO_ADDRESS = '0.0.0.0' as IpAddress;
const UNSPECIFIED = '::' as IpAddress;

export interface InquirerParts {
  readonly frames: FrameSender;
  readonly monitor: Pick<NetworkMonitor, 'addresses'>;
  link(name: string): LinkFacts | undefined;
  /** Addresses of virtual routers are no source of ours. */
  isVirtual(address: IpAddress): boolean;
}

export interface Question {
  readonly interface: string;
  readonly address: IpAddress;
  /** A question for a neighbour comes from our own address: a probe would be taken for a rival. */
  readonly about: 'virtual' | 'neighbour';
}

export class Inquirer {
  readonly #parts: InquirerParts;
  readonly #queue: Question[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: InquirerParts) {
    this.#parts = parts;
  }

  ask(questions: readonly Question[]): void {
    for (const question of questions) {
      if (this.#queue.length < QUEUE_MAX) this.#queue.push(question);
    }
    if (this.#timer === undefined) this.#step();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #step(): void {
    this.#timer = undefined;
    for (const question of this.#queue.splice(0, FRAMES_PER_STEP)) this.#send(question);
    if (this.#queue.length > 0) this.#timer = setTimeout(() => this.#step(), STEP_MS);
  }

  #send(question: Question): void {
    const link = this.#parts.link(question.interface);
    if (link === undefined || !canBeAsked(link)) return;
    // Where it cannot be sent, adverts cannot either, and that is told there.
    this.#parts.frames.send(link.index, this.#frameOf(question, link));
  }

  #frameOf({ address, about }: Question, link: LinkFacts & { mac: MacAddress }): Uint8Array {
    const { mac, hardwareType } = link;
    if (ipFamily(address) === 6) {
      const source = this.#ownOf(link, 6) ?? UNSPECIFIED;
      return encodeNeighbourSolicitation({ mac, source, target: address });
    }
    // A probe has no source; a host may have thousands of addresses to look through for one.
    const source = about === 'neighbour' ? (this.#ownOf(link, 4) ?? NO_ADDRESS) : NO_ADDRESS;
    return encodeArpRequest({ mac, source, target: address, hardwareType });
  }

  /** The first of the link's own that can be a source; for IPv6 its link-local one. */
  #ownOf({ index }: LinkFacts, family: IpFamily): IpAddress | undefined {
    const { monitor, isVirtual } = this.#parts;
    return monitor
      .addresses()
      .find(
        (facts) =>
          facts.interfaceIndex === index &&
          facts.family === family &&
          isUsableAddress(facts) &&
          (family === 4 || isLinkLocal(facts.address)) &&
          !isVirtual(facts.address),
      )?.address;
  }
}

/** Whether hosts on the link are found by ARP or neighbour discovery over Ethernet. */
export function canBeAsked(link: LinkFacts): link is LinkFacts & { mac: MacAddress } {
  return link.mac !== undefined && link.hardwareType === 1 && !link.noArp && !link.loopback;
}
