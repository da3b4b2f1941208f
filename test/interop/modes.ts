/** The ways in which a virtual router can be spoken on the wire, and their keepalived.conf. */

export interface Mode {
  readonly name: string;
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly transport: 'multicast' | 'unicast';
  readonly authentication: 'none' | 'pass';
}

export const modes: readonly Mode[] = [
  { name: 'v2-ip4-mc', version: 2, family: 4, transport: 'multicast', authentication: 'none' },
  { name: 'v2-ip4-uc', version: 2, family: 4, transport: 'unicast', authentication: 'none' },
  { name: 'v2-pass-mc', version: 2, family: 4, transport: 'multicast', authentication: 'pass' },
  { name: 'v2-pass-uc', version: 2, family: 4, transport: 'unicast', authentication: 'pass' },
  { name: 'v3-ip4-mc', version: 3, family: 4, transport: 'multicast', authentication: 'none' },
  { name: 'v3-ip4-uc', version: 3, family: 4, transport: 'unicast', authentication: 'none' },
  { name: 'v3-ip6-mc', version: 3, family: 6, transport: 'multicast', authentication: 'none' },
  { name: 'v3-ip6-uc', version: 3, family: 6, transport: 'unicast', authentication: 'none' },
];

/** A distribution of roles: what each host's part in the election is. */
export interface Kind {
  readonly name: string;
  /** By host, in the order of the hosts. */
  readonly priorities: readonly number[];
  readonly preempt: 'preempt' | 'nopreempt';
  /** The place of the host that says `state MASTER`. */
  readonly wantsMaster?: number;
}

/** One virtual router: a kind of election in a mode, with an identity of its own. */
export interface Group {
  readonly name: string;
  readonly mode: Mode;
  readonly kind: Kind;
  readonly vrid: number;
  /** The address that is watched. */
  readonly vip: string;
  readonly addresses: readonly string[];
}

/** Every kind in every mode. */
export function makeGroups(kinds: readonly Kind[]): Group[] {
  return modes
    .flatMap((mode) => kinds.map((kind) => ({ mode, kind })))
    .map(({ mode, kind }, index) => {
      const vrid = index + 1;
      const hex = vrid.toString(16);
      const vip = mode.family === 4 ? `192.168.80.${100 + vrid}` : `fd00:80::f:${hex}`;
      const addresses = mode.family === 4 ? [`${vip}/24`] : [`fe80::f:${hex}/64`, `${vip}/64`];
      return { name: `${mode.name}-${kind.name}`, mode, kind, vrid, vip, addresses };
    });
}

export interface Station {
  /** The place among the hosts. */
  readonly index: number;
  readonly name: string;
  readonly address: (family: 4 | 6) => string;
}

/**
 * The keepalived.conf of one of the hosts, in the words that both programs know. Without `vrrp_rt_priority`: daemons of
 * several hosts in real time on one machine leave the threads of its kernel no processor, and all stand still for
 * seconds that wait for these, as who takes an address away does.
 */
export function configText(options: {
  readonly groups: readonly Group[];
  readonly stations: readonly Station[];
  readonly self: Station;
  readonly v3IntervalSeconds: number;
}): string {
  const { groups, stations, self, v3IntervalSeconds } = options;
  const instances = groups.map(({ name, mode, kind, vrid, addresses }) => {
    const state = kind.wantsMaster === self.index ? 'MASTER' : 'BACKUP';
    const interval = mode.version === 2 ? 1 : v3IntervalSeconds;
    const lines = [
      `state ${state}`,
      'interface eth0',
      `virtual_router_id ${vrid}`,
      `version ${mode.version}`,
      `priority ${kind.priorities[self.index]}`,
      `advert_int ${interval}`,
    ];
    if (kind.preempt === 'nopreempt') lines.push('nopreempt');
    if (mode.authentication === 'pass') {
      lines.push('authentication {', '  auth_type PASS', '  auth_pass hold1ast', '}');
    }
    if (mode.transport === 'unicast') {
      const peers = stations.filter((station) => station !== self);
      lines.push(`unicast_src_ip ${self.address(mode.family)}`, 'unicast_peer {');
      lines.push(...peers.map((peer) => `  ${peer.address(mode.family)}`), '}');
    }
    lines.push('virtual_ipaddress {', ...addresses.map((text) => `  ${text}`), '}');
    return `vrrp_instance ${name} {\n${lines.map((line) => `  ${line}`).join('\n')}\n}\n`;
  });
  const globals = [
    `router_id ${self.name}`,
    // What is killed keeps its addresses with keepalived, and each step expects what keepalived does.
    '@holdfast dead_man off',
  ];
  return `global_defs {\n  ${globals.join('\n  ')}\n}\n\n${instances.join('\n')}`;
}
