import { type IpAddress, ipFamily, ipIntoBytes } from '../../base/ip.ts';
import { NLM_F_REQUEST } from './constants.ts';
import { GENERIC_HEADER_BYTES } from './generic.ts';
import {
  type IpvsCommand,
  type IpvsDestinationFields,
  type IpvsServiceFields,
  type IpvsServiceKey,
  ipvsHeader,
  PLACE,
  writeDestination,
  writeService,
  writeServiceKey,
} from './ipvs.ts';
import { MESSAGE_HEADER_BYTES } from './message.ts';
import { NetlinkWriter } from './writer.ts';

export type ServiceCommand = 'NEW_SERVICE' | 'SET_SERVICE';
export type ServerCommand = 'NEW_DEST' | 'SET_DEST' | 'DEL_DEST';

const SERVICE_AT = MESSAGE_HEADER_BYTES + GENERIC_HEADER_BYTES;

interface Template {
  readonly bytes: Uint8Array;
  /** Whose address and port stand there. */
  key: IpvsServiceKey;
}

interface ServiceTemplate extends Template {
  readonly command: ServiceCommand;
  readonly service: IpvsServiceFields;
}

interface ServerTemplate extends Template {
  readonly command: ServerCommand;
  readonly server: IpvsDestinationFields;
  readonly serverAt: number;
}

/**
 * Requests about services and servers, one after another, without their sequence numbers. Of ten thousand most
 * differ from the one before in addresses and ports alone: such a one is a copy of it with these written over.
 */
export class IpvsMessages {
  readonly #type: number;
  readonly #scratch = new NetlinkWriter();
  #service: ServiceTemplate | undefined;
  #server: ServerTemplate | undefined;

  /** `type`: the number of the family in this kernel. */
  constructor(type: number) {
    this.#type = type;
  }

  /** Valid until the next one. */
  service(command: ServiceCommand, service: IpvsServiceFields): Uint8Array {
    const known = this.#service;
    if (known?.command === command && areAlike(known.service, service)) {
      if (moveTo(known, service.key)) return known.bytes;
    }
    const bytes = this.#write(command, () => writeService(this.#scratch, service));
    this.#service = { command, service, key: service.key, bytes };
    return bytes;
  }

  deletion(key: IpvsServiceKey): Uint8Array {
    return this.#write('DEL_SERVICE', () => writeServiceKey(this.#scratch, key));
  }

  /** Valid until the next one. */
  server(command: ServerCommand, key: IpvsServiceKey, server: IpvsDestinationFields): Uint8Array {
    const known = this.#server;
    if (known?.command === command && areAlikeServers(known.server, server)) {
      if (moveTo(known, key)) {
        put(known.bytes, known.serverAt + PLACE.ofServer, server);
        return known.bytes;
      }
    }
    const scratch = this.#scratch;
    let serverAt = 0;
    const bytes = this.#write(command, () => {
      writeServiceKey(scratch, key);
      serverAt = scratch.lengthBytes;
      writeDestination(scratch, server, command === 'DEL_DEST' ? 'key' : 'whole');
    });
    this.#server = { command, server, serverAt, key, bytes };
    return bytes;
  }

  #write(command: IpvsCommand, write: () => void): Uint8Array {
    const scratch = this.#scratch;
    scratch.reset();
    scratch.begin({ type: this.#type, flags: NLM_F_REQUEST, sequence: 0 }).raw(ipvsHeader(command));
    write();
    return scratch.end().bytes.slice();
  }
}

/** False where the bytes are of another kind of service. */
function moveTo(template: Template, key: IpvsServiceKey): boolean {
  const before = template.key;
  // Of the servers of one service it is the same.
  if (before === key) return true;
  if (before.kind === 'mark' || key.kind === 'mark' || before.protocol !== key.protocol)
    return false;
  if (ipFamily(before.address) !== ipFamily(key.address)) return false;
  template.key = key;
  put(template.bytes, SERVICE_AT + PLACE.ofService, key);
  return true;
}

interface Place {
  readonly address: IpAddress;
  readonly port: number;
}

function put(bytes: Uint8Array, at: number, { address, port }: Place): void {
  ipIntoBytes(address, bytes, at);
  const portAt = at + PLACE.portBehindAddress;
  bytes[portAt] = port >>> 8;
  bytes[portAt + 1] = port & 0xff;
}

function areAlike(one: IpvsServiceFields, other: IpvsServiceFields): boolean {
  return (
    one.scheduler === other.scheduler &&
    one.flags === other.flags &&
    one.timeoutSeconds === other.timeoutSeconds &&
    one.netmask === other.netmask &&
    one.engine === other.engine
  );
}

function areAlikeServers(one: IpvsDestinationFields, other: IpvsDestinationFields): boolean {
  return (
    one.method === other.method &&
    one.weight === other.weight &&
    one.upperThreshold === other.upperThreshold &&
    one.lowerThreshold === other.lowerThreshold &&
    one.tunnelType === other.tunnelType &&
    one.tunnelPort === other.tunnelPort &&
    one.tunnelFlags === other.tunnelFlags &&
    ipFamily(one.address) === ipFamily(other.address)
  );
}
