/** Many virtual routers in one file: VRIDs are used up on one interface before the next one. */
import { configText, type InstanceText } from '../support/config.ts';

const PER_INTERFACE = 250;

export interface ManyOptions {
  readonly count: number;
  readonly priority: number;
  readonly advertSeconds: number;
  /** Of each instance; one where absent. */
  readonly addresses?: number;
  /** So many instances, the first ones, have one address more. */
  readonly enlarged?: number;
}

export function interfacesOf(count: number): readonly string[] {
  return Array.from({ length: Math.ceil(count / PER_INTERFACE) }, (_, index) => `eth${index}`);
}

export function manyText({ count, addresses = 1, enlarged = 0, ...same }: ManyOptions): string {
  return configText(
    Array.from({ length: count }, (_, index): InstanceText => {
      const [address = '', ...others] = Array.from(
        { length: addresses + (index < enlarged ? 1 : 0) },
        (_, number) => `${manyAddress(index, number)}/32`,
      );
      return {
        ...same,
        name: `MANY${index}`,
        interface: `eth${Math.floor(index / PER_INTERFACE)}`,
        vrid: (index % PER_INTERFACE) + 1,
        address,
        ...(others.length > 0 && { others }),
      };
    }),
  );
}

export function manyAddress(instance: number, number: number): string {
  return `10.${100 + number}.${instance >> 8}.${instance & 0xff}`;
}
