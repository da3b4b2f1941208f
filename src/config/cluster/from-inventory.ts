/** An Ansible inventory as sealos v1 has it (and kubespray nearly so), to a draft of a cluster. */
import type { ClusterDraft, Field, HostDraft, HostField } from './draft.ts';
import type { Inventory, InventoryHost, Variables } from './ini.ts';
import type { Report } from './report.ts';

/** Groups whose hosts run an API server, or another server that is balanced; the first that exists. */
const SERVER_GROUPS = ['k8s-master', 'kube_control_plane', 'kube-master', 'masters', 'servers'];
/** Groups whose hosts hold the VIP, where no host says so by `lb`. */
const HOLDER_GROUPS = ['lb', 'loadbalancer', 'loadbalancers', 'haproxy', 'keepalived'];

/** Our word, and the variables by which inventories say it: the first that is given. */
const CLUSTER_VARIABLES = {
  cluster: ['cluster', 'cluster_name'],
  purpose: ['purpose'],
  deployment: ['deployment'],
  frontPort: ['front_port', 'lb_port'],
  backPort: ['back_port', 'kube_apiserver_port'],
  interface: ['interface', 'ip_interface'],
  vrid: ['vrid', 'virtual_router_id'],
  advertInterval: ['advert_int'],
  metricsPort: ['metrics_port'],
  keepalivedImage: ['keepalived_image'],
  haproxyImage: ['haproxy_image'],
} as const;

const HOST_VARIABLES: Readonly<Record<HostField, readonly string[]>> = {
  name: ['name'],
  address: ['ip', 'ansible_host', 'ansible_ssh_host'],
  interface: ['interface'],
  priority: ['priority'],
  state: ['lb'],
};

const SAY: Readonly<Record<string, string>> = {
  vip: 'vip=ADDRESS in [all:vars]',
  holder: 'lb=BACKUP behind the host',
  server: 'a group [k8s-master], or [servers]',
  interface: 'interface=eth0 behind the host, or in [all:vars]',
  frontPort: 'front_port=PORT in [all:vars]',
  backPort: 'back_port=PORT in [all:vars]',
  address: 'ansible_host=ADDRESS behind the host',
};

/** A name of a link with signs of a regular expression or of a shell pattern. */
const PATTERN = /[*.+?^$[\](){}|\\]/;

export function draftFromInventory(
  inventory: Inventory,
  file: string,
  report: Report,
): ClusterDraft {
  const find = (variables: Variables, names: readonly string[]): Field | undefined => {
    const name = names.find((candidate) => variables.get(candidate) !== undefined);
    const variable = name === undefined ? undefined : variables.get(name);
    if (variable === undefined || variable.value === '') return undefined;
    const { value: text, at } = variable;
    if (!text.includes('{{')) return { text, at };
    const message = `${name} is '${text}', which only Ansible could fill in`;
    return report.reject('template-left', at, message, `write its value for every host`);
  };
  const { variables } = inventory;
  const fields = Object.fromEntries(
    Object.entries(CLUSTER_VARIABLES).map(([key, names]) => [key, find(variables, names)]),
  ) as Record<keyof typeof CLUSTER_VARIABLES, Field | undefined>;
  const link = fields.interface && withoutPattern(fields.interface, report);
  const serverGroup = SERVER_GROUPS.find((group) => inventory.membersOf(group) !== undefined);
  const isKubernetes = serverGroup !== 'servers' || variables.has('k8s_version');
  const purpose = { text: isKubernetes ? 'kubernetes' : 'tcp', at: { file, line: 1, column: 1 } };
  const draftHost = (host: InventoryHost): HostDraft => {
    const own = Object.fromEntries(
      Object.entries(HOST_VARIABLES).map(([key, names]) => [key, find(host.variables, names)]),
    ) as Record<HostField, Field | undefined>;
    const line = { text: host.name, at: host.at };
    // What all hosts have in common comes by the cluster; here `interface` is what this one says.
    const isShared = own.interface?.at.line === fields.interface?.at.line;
    return {
      at: host.at,
      fields: present({
        ...own,
        name: own.name ?? line,
        address: own.address ?? line,
        interface: isShared ? undefined : own.interface,
      }),
      isHolder: holders.has(host.name),
      isServer: servers.has(host.name),
    };
  };
  const servers = serversOf(inventory, serverGroup);
  const holders = holdersOf(inventory, servers);
  const taking = inventory.hosts.filter(({ name }) => holders.has(name) || servers.has(name));
  return {
    at: { file, line: 1, column: 1 },
    fields: present({ ...fields, purpose: fields.purpose ?? purpose, interface: link }),
    vips: splitVips(find(variables, ['vips', 'vip', 'apiserver_vip'])),
    hosts: inOrder(taking).map(draftHost),
    say: (what) => SAY[what] ?? `${what}=… behind the host, or in [all:vars]`,
  };
}

function present<Key extends string>(
  fields: Readonly<Record<Key, Field | undefined>>,
): Partial<Record<Key, Field>> {
  const given = Object.entries(fields).filter(([, field]) => field !== undefined);
  return Object.fromEntries(given) as Partial<Record<Key, Field>>;
}

function splitVips(field: Field | undefined): readonly Field[] {
  const texts = field?.text.split(/[\s,]+/).filter((text) => text !== '') ?? [];
  return texts.map((text) => ({ text, at: (field as Field).at }));
}

/** sealos knows a master by its group and by `role=master`; the group decides where there is one. */
function serversOf(inventory: Inventory, group: string | undefined): ReadonlySet<string> {
  const byRole = inventory.hosts.filter(({ variables }) => {
    return variables.get('role')?.value === 'master';
  });
  const hosts = (group === undefined ? undefined : inventory.membersOf(group)) ?? byRole;
  return new Set(hosts.map(({ name }) => name));
}

function holdersOf(inventory: Inventory, servers: ReadonlySet<string>): ReadonlySet<string> {
  const byVariable = inventory.hosts.filter(({ variables }) => variables.has('lb'));
  if (byVariable.length > 0) return new Set(byVariable.map(({ name }) => name));
  const group = HOLDER_GROUPS.find((name) => inventory.membersOf(name) !== undefined);
  const members = group === undefined ? undefined : inventory.membersOf(group);
  return members === undefined ? servers : new Set(members.map(({ name }) => name));
}

/** By `order`, which sealos gives its masters; who has none comes after them, as written. */
function inOrder(hosts: readonly InventoryHost[]): readonly InventoryHost[] {
  const orderOf = ({ variables }: InventoryHost): number => {
    const text = variables.get('order')?.value ?? '';
    return /^\d+$/.test(text) ? Number(text) : Number.MAX_SAFE_INTEGER;
  };
  return hosts.toSorted((a, b) => orderOf(a) - orderOf(b));
}

/** `ip_interface=eth.*` is a pattern for another program; the first link that it fits is meant here. */
function withoutPattern(field: Field, report: Report): Field {
  if (!PATTERN.test(field.text)) return field;
  const [, stem] =
    /^\^?([A-Za-z][A-Za-z0-9-]*?)(?:\.\*|\.\+|\*|\[0-9\][*+]?|\\d[*+]?)\$?$/.exec(field.text) ?? [];
  if (stem === undefined) return field;
  const text = `${stem}0`;
  const message = `the link is given as the pattern '${field.text}'; ${text} is taken`;
  report.add('guessed-interface', field.at, message, `write interface=${text} if that is right`);
  return { ...field, text };
}
