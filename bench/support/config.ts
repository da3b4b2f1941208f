/** Configurations for both programs. */
import type { IpFamily } from '../../src/base/ip.ts';

export interface InstanceText {
  readonly name: string;
  readonly vrid: number;
  readonly priority: number;
  readonly advertSeconds: number;
  readonly address: string;
  /** `eth0` where absent. */
  readonly interface?: string;
  /** More of what adverts list. */
  readonly others?: readonly string[];
  /** Further addresses, which adverts do not list. */
  readonly excluded?: readonly string[];
}

export function configText(
  instances: readonly InstanceText[],
  globals: readonly string[] = [],
): string {
  return `global_defs {
${['router_id BENCH', ...globals].map((line) => `    ${line}\n`).join('')}}
${instances.map(instanceText).join('')}`;
}

function instanceText(instance: InstanceText): string {
  const { excluded = [], others = [] } = instance;
  const extra =
    excluded.length === 0
      ? ''
      : `    virtual_ipaddress_excluded {
${excluded.map((address) => `        ${address}\n`).join('')}    }
`;
  return `
vrrp_instance ${instance.name} {
    state BACKUP
    interface ${instance.interface ?? 'eth0'}
    version 3
    virtual_router_id ${instance.vrid}
    priority ${instance.priority}
    advert_int ${instance.advertSeconds}
    virtual_ipaddress {
        ${[instance.address, ...others].join('\n        ')}
    }
${extra}}
`;
}

/** Neighbours of the hosts' own addresses, with prefix length. */
export function crowdAddresses(family: IpFamily, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) =>
    family === 4
      ? `10.80.${(index >> 8) + 1}.${index & 0xff}/16`
      : `fd00:80:1::${(index + 1).toString(16)}/64`,
  );
}
