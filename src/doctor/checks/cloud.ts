/** Platforms that let a machine use only addresses that they have given to it. */
import { type Facts, isUnknown } from '../facts.ts';
import type { DoctorCheck, Found } from '../types.ts';

export interface Cloud {
  readonly name: string;
  /** A file of /sys/class/dmi/id and what stands in it. */
  readonly signs: readonly (readonly [file: string, pattern: RegExp])[];
  /** What lets an address move, as a command or what to set where. */
  readonly allows: string;
  /** What there is instead where nothing lets it. */
  readonly instead: string;
}

/** What vendors put into SMBIOS, as cloud-init's ds-identify and dmidecode show it. */
export const CLOUDS: readonly Cloud[] = [
  {
    name: 'Amazon EC2',
    signs: [
      ['sys_vendor', /^Amazon EC2$/],
      ['bios_vendor', /^Amazon EC2$/],
      ['bios_version', /amazon/],
    ],
    allows:
      'from a notify_master script: aws ec2 assign-private-ip-addresses ' +
      '--allow-reassignment --network-interface-id ENI --private-ip-addresses VIP   # an ' +
      'address outside of the VPC: a route to the instance, and aws ec2 ' +
      'modify-instance-attribute --no-source-dest-check',
    instead: 'a Network Load Balancer',
  },
  {
    name: 'Google Compute Engine',
    signs: [['product_name', /^Google Compute Engine$/]],
    allows:
      'from a notify_master script: gcloud compute instances network-interfaces update ' +
      'INSTANCE --aliases VIP/32',
    instead: 'an internal passthrough Network Load Balancer, whose health check asks who is master',
  },
  {
    name: 'Microsoft Azure',
    signs: [['chassis_asset_tag', /^7783-7084-3265-9085-8269-3286-77$/]],
    allows:
      'from a notify_master script: az network nic ip-config create --nic-name NIC -g ' +
      'GROUP -n vip --private-ip-address VIP',
    instead: 'a Standard Load Balancer with a floating IP, whose probe asks who is master',
  },
  {
    name: 'OpenStack',
    signs: [
      ['product_name', /^OpenStack (?:Nova|Compute)$/],
      ['chassis_asset_tag', /^(?:OpenStack Nova|OpenStack Compute|OpenTelekomCloud)$/],
    ],
    allows:
      'for each port: openstack port set --allowed-address ip-address=VIP PORT   # and ' +
      'protocol 112 in the security group',
    instead: "Octavia, OpenStack's load balancer as a service",
  },
  {
    name: 'Alibaba Cloud',
    signs: [['product_name', /^Alibaba Cloud ECS$/]],
    allows: 'a HaVip: aliyun vpc CreateHaVip, then AssociateHaVip for each instance; unicast_peer',
    instead: 'a Server Load Balancer',
  },
  {
    name: 'Tencent Cloud',
    signs: [
      ['sys_vendor', /^Tencent Cloud$/],
      ['product_name', /^CVM$/],
    ],
    allows: 'an HAVIP: tccli vpc CreateHaVip, and bind it to the instances; unicast_peer',
    instead: 'a Cloud Load Balancer',
  },
  {
    name: 'Huawei Cloud',
    signs: [
      ['chassis_asset_tag', /^HUAWEICLOUD$/],
      ['sys_vendor', /^Huawei Cloud$/],
    ],
    allows:
      'a virtual IP address of the subnet, bound to the instances, and their ' +
      'source/destination check off',
    instead: 'an Elastic Load Balance',
  },
  {
    name: 'Oracle Cloud',
    signs: [['chassis_asset_tag', /^OracleCloud\.com$/]],
    allows:
      'from a notify_master script: oci network vnic assign-private-ip ' +
      '--unassign-if-already-assigned --vnic-id VNIC --ip-address VIP',
    instead: 'a Network Load Balancer',
  },
  {
    name: 'DigitalOcean',
    signs: [['sys_vendor', /^DigitalOcean$/]],
    allows: 'from a notify_master script: doctl compute reserved-ip-action assign VIP DROPLET',
    instead: 'a DigitalOcean Load Balancer',
  },
  {
    name: 'Hetzner Cloud',
    signs: [['sys_vendor', /^Hetzner$/]],
    allows:
      'from a notify_master script: hcloud floating-ip assign VIP SERVER; in a network: ' +
      'hcloud server change-alias-ips --network NETWORK --alias-ips VIP SERVER',
    instead: 'a Hetzner Load Balancer',
  },
  {
    name: 'Akamai (Linode)',
    signs: [['sys_vendor', /^(?:Linode|Akamai)$/]],
    allows:
      'share the address with the other instance: linode-cli networking ip-share --ips ' +
      'VIP --linode_id ID',
    instead: 'a NodeBalancer',
  },
  {
    name: 'Vultr',
    signs: [['sys_vendor', /^Vultr$/]],
    allows: 'from a notify_master script: vultr-cli reserved-ip attach VIP --instance-id ID',
    instead: 'a Vultr Load Balancer',
  },
  {
    name: 'Scaleway',
    signs: [['sys_vendor', /^Scaleway$/]],
    allows: 'from a notify_master script: scw instance ip attach VIP server-id=SERVER',
    instead: 'a Scaleway Load Balancer',
  },
  {
    name: 'IBM Cloud',
    signs: [['chassis_asset_tag', /^ibmcloud$/]],
    allows: 'allow IP spoofing on the network interfaces, and a route of the VPC to the master',
    instead: 'a Network Load Balancer',
  },
];

function cloudOf({ machine }: Facts): Cloud | undefined {
  if (isUnknown(machine)) return undefined;
  return CLOUDS.find(({ signs }) =>
    signs.some(([file, pattern]) => pattern.test(machine[file] ?? '')),
  );
}

function* claims(facts: Facts): Generator<Found> {
  const cloud = cloudOf(facts);
  if (cloud === undefined) return;
  const { name, allows, instead } = cloud;
  yield {
    message:
      `${name} delivers packets only to whom it has given the address, whatever ARP says; ` +
      `instead there is ${instead}`,
    steps: [{ kind: 'by-hand', command: `# ${allows}` }],
  };
}

function* multicast(facts: Facts): Generator<Found> {
  const cloud = cloudOf(facts);
  const { configuration } = facts;
  if (cloud === undefined || isUnknown(configuration)) return;
  for (const { name, transport } of configuration.instances) {
    if (transport.kind !== 'multicast') continue;
    yield {
      message: `${name} sends its adverts to a multicast group, which ${cloud.name} does not deliver`,
      steps: [
        { kind: 'by-hand', command: `# unicast_src_ip and unicast_peer in vrrp_instance ${name}` },
      ],
    };
  }
}

const unknown: DoctorCheck['unknown'] = ({ machine }) =>
  isUnknown(machine) ? machine.unknown : undefined;

export const CLOUD_CHECKS: readonly DoctorCheck[] = [
  {
    ...{ code: 'cloud-holds-addresses', topic: 'cloud', severity: 'warning', unknown },
    title: 'whether this is a machine of a cloud that does not let an address be claimed',
    explanation:
      'Where the network is software that knows which machine has which address, gratuitous ARP changes ' +
      'nothing: the master holds the address, and nobody reaches it.',
    mend: 'What the cloud has to let an address move, by cloud:',
    judge: claims,
  },
  {
    ...{ code: 'cloud-without-multicast', topic: 'cloud', severity: 'error' },
    title: 'whether adverts go to a multicast group where the cloud delivers none',
    explanation: 'Nobody hears anybody, and every host becomes master.',
    mend: 'unicast_peer.',
    unknown: (facts) =>
      unknown?.(facts) ??
      (isUnknown(facts.configuration) ? facts.configuration.unknown : undefined),
    judge: multicast,
  },
];
