/**
 * A plan as the keepalived.conf that kube-keepalived-vip would show, where that has words for it; without
 * vrrp_iptables and track_interface, which would change nothing.
 */
import { ipFamily } from '../../base/ip.ts';
import type { GroupSettings } from './group-settings.ts';
import { nameOf } from './objects.ts';
import type { Instance, Plan, PlannedAddress, VirtualServer } from './plan.ts';
import { PROXY_ALIVE } from './render-proxy.ts';
import type { Check } from './service-settings.ts';

const CONNECT_TIMEOUT_S = 3;
const DELAY_LOOP_S = 5;

export function renderPlan(plan: Plan, texts = new ServerTexts()): string {
  const { servers, bare } = plan;
  const blocks = [
    ...renderAround(plan),
    ...servers.filter(isTheKernels).map((server) => texts.of(server)),
    ...bare.map((address) => `# VIP Service with no pods: ${address}`),
  ];
  return `${blocks.join('\n\n')}\n`;
}

/** global_defs and instances: what stands before virtual servers. */
export function renderAround({ instances, servers, notify, hasProxy }: Plan): readonly string[] {
  return [
    `\n${renderGlobals(servers)}`,
    ...instances.map((instance) => renderInstance(instance, { notify, hasProxy }).join('\n')),
  ];
}

export function renderGlobals(servers: readonly VirtualServer[]): string {
  const lines = ['vrrp_version 3', ...dataPlane(servers.filter(isTheKernels))];
  return block('global_defs', lines).join('\n');
}

/** Whether it stands in the keepalived.conf, as a block or as a comment. */
export function isTheKernels({ proxy }: VirtualServer): boolean {
  return proxy === undefined;
}

/** Texts of virtual servers, which many plans have in common. */
export class ServerTexts {
  readonly #texts = new WeakMap<VirtualServer, string>();

  of(server: VirtualServer): string {
    const text = this.#texts.get(server) ?? renderServer(server).join('\n');
    this.#texts.set(server, text);
    return text;
  }
}

/**
 * nftables gives connections this host's address, so that pods of other nodes answer by way of it. Direct routing
 * only IPVS has.
 */
function dataPlane(servers: readonly VirtualServer[]): string[] {
  const balanced = servers.filter(({ backends }) => backends.length > 0);
  return balanced.length > 0 && balanced.every(({ method }) => method === 'NAT')
    ? ['@holdfast data_plane nftables']
    : [];
}

function renderInstance(
  instance: Instance,
  { notify, hasProxy }: { readonly notify: string | undefined; readonly hasProxy: boolean },
): string[] {
  const { name, interfaceName, vrid, priority, unicast, addresses, excluded } = instance;
  return block(`vrrp_instance ${name}`, [
    'state BACKUP',
    `interface ${interfaceName}`,
    `virtual_router_id ${vrid}`,
    `priority ${priority}`,
    ...renderGroup(instance.group ?? {}),
    '',
    ...(hasProxy ? [`@holdfast track_proxy ${PROXY_ALIVE}`, ''] : []),
    ...(notify === undefined ? [] : [`notify "${notify}"`, '']),
    ...(unicast === undefined ? [] : [`unicast_src_ip ${unicast.source}`]),
    ...(unicast === undefined ? [] : [...block('unicast_peer', unicast.peers), '']),
    ...block('virtual_ipaddress', addresses.map(renderAddress)),
    ...(excluded.length === 0
      ? []
      : ['', ...block('virtual_ipaddress_excluded', excluded.map(renderAddress))]),
  ]);
}

function renderGroup({
  advertCs = 100,
  preempt = 'off',
  garpRefreshSeconds,
}: GroupSettings): string[] {
  return [
    ...(preempt === 'off' ? ['nopreempt'] : []),
    ...(preempt !== 'off' && preempt.delaySeconds > 0
      ? [`preempt_delay ${preempt.delaySeconds}`]
      : []),
    `advert_int ${advertCs / 100}`,
    ...(garpRefreshSeconds === undefined ? [] : [`garp_master_refresh ${garpRefreshSeconds}`]),
  ];
}

/** Without what goes without saying. */
function renderAddress({ address, prefixLength, interfaceName }: PlannedAddress): string {
  const whole = ipFamily(address) === 4 ? 32 : 128;
  const length = prefixLength === whole ? '' : `/${prefixLength}`;
  return `${address}${length}${interfaceName === undefined ? '' : ` dev ${interfaceName}`}`;
}

function renderServer(server: VirtualServer): string[] {
  const { address, port, protocol, method, scheduler, persistenceSeconds, check } = server;
  // Names of ports are letters, digits and dashes, wherever the API server has looked at them.
  const portName = /^[a-z0-9-]{1,63}$/.test(server.portName) ? ` (${server.portName})` : '';
  const name = `${nameOf(server.service)}${portName}`;
  if (server.backends.length === 0) {
    return [`# VIP Service without endpoints: ${name} ${protocol} ${address} ${port}`];
  }
  return [
    `# VIP Service: ${name}`,
    ...block(`virtual_server ${address} ${port}`, [
      `delay_loop ${DELAY_LOOP_S}`,
      `lvs_sched ${scheduler}`,
      `lvs_method ${method}`,
      ...(persistenceSeconds === 0 ? [] : [`persistence_timeout ${persistenceSeconds}`]),
      `protocol ${protocol}`,
      ...server.backends.flatMap((backend) => [
        '',
        ...block(`real_server ${backend.address} ${backend.port}`, [
          `weight ${backend.drains === true ? 0 : (backend.weight ?? 1)}`,
          ...renderCheck(check, backend.port),
        ]),
      ]),
    ]),
  ];
}

function renderCheck(check: Check, port: number): string[] {
  const timeout = `connect_timeout ${CONNECT_TIMEOUT_S}`;
  switch (check.kind) {
    case 'none':
      return [];
    case 'ping':
      return block('PING_CHECK', [timeout]);
    case 'tcp':
      return block('TCP_CHECK', [`connect_port ${port}`, timeout]);
    case 'udp':
      return block('UDP_CHECK', [`connect_port ${port}`, timeout]);
    case 'http':
    case 'https':
      return block(check.kind === 'http' ? 'HTTP_GET' : 'SSL_GET', [
        ...block('url', [`path "${check.path}"`, 'status_code 200-399']),
        `connect_port ${port}`,
        timeout,
      ]);
  }
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => (line === '' ? '' : `  ${line}`)), '}'];
}
