import { ipFamily, ipIntoBytes } from '../../base/ip.ts';
import {
  DESTINATION_PLACE,
  type IpvsDestinationFields,
  type IpvsServiceKey,
  writeDestination,
  writeServiceKey,
} from './ipvs.ts';
import { NetlinkWriter } from './writer.ts';

/** `key`: what names the server, and no more. */
export type ServerDetail = 'whole' | 'key';

interface Template {
  readonly server: IpvsDestinationFields;
  readonly detail: ServerDetail;
  readonly bytes: Uint8Array;
}

/**
 * The attributes of requests about servers, one after another. Of ten thousand most differ from the one before in
 * address and port alone: such a one is a copy of it with these written over.
 */
export class IpvsServerWriter {
  readonly #scratch = new NetlinkWriter();
  #key: IpvsServiceKey | undefined;
  #keyBytes = new Uint8Array();
  #template: Template | undefined;

  write(
    writer: NetlinkWriter,
    key: IpvsServiceKey,
    server: IpvsDestinationFields,
    detail: ServerDetail,
  ): void {
    if (this.#key !== key) {
      this.#keyBytes = this.#written((scratch) => writeServiceKey(scratch, key));
      this.#key = key;
    }
    writer.raw(this.#keyBytes).raw(this.#destination(server, detail));
  }

  #destination(server: IpvsDestinationFields, detail: ServerDetail): Uint8Array {
    const known = this.#template;
    if (known === undefined || !isAlike(known, server, detail)) {
      const bytes = this.#written((scratch) => writeDestination(scratch, server, detail));
      this.#template = { server, detail, bytes };
      return bytes;
    }
    const { bytes } = known;
    const { addressAt, portAt } = DESTINATION_PLACE;
    ipIntoBytes(server.address, bytes, addressAt);
    bytes[portAt] = server.port >>> 8;
    bytes[portAt + 1] = server.port & 0xff;
    return bytes;
  }

  #written(write: (scratch: NetlinkWriter) => void): Uint8Array<ArrayBuffer> {
    this.#scratch.reset();
    write(this.#scratch);
    return new Uint8Array(this.#scratch.bytes);
  }
}

function isAlike(
  { server: known, detail: knownDetail }: Template,
  server: IpvsDestinationFields,
  detail: ServerDetail,
): boolean {
  return (
    knownDetail === detail &&
    known.method === server.method &&
    known.weight === server.weight &&
    known.upperThreshold === server.upperThreshold &&
    known.lowerThreshold === server.lowerThreshold &&
    known.tunnelType === server.tunnelType &&
    known.tunnelPort === server.tunnelPort &&
    known.tunnelFlags === server.tunnelFlags &&
    ipFamily(known.address) === ipFamily(server.address)
  );
}
