/** Metrics of each virtual router. */
import { byKind, eachInstance, type Metric, ofInstances, oneHot } from './entry.ts';

const STATES = ['init', 'backup', 'master', 'fault'];
const GUARDS = ['none', 'lifetime', 'firewall'];
const NAME = 'vrrp_instance';

export const INSTANCE_METRICS: readonly Metric[] = [
  {
    name: 'holdfast_vrrp_instance_info',
    type: 'gauge',
    labels: [NAME, 'interface', 'vrid', 'family'],
    help: 'What the instance is on the wire; always 1.',
    samples: ofInstances(({ interface: name, vrid, family }) => [
      { labels: { interface: name, vrid: String(vrid), family: `ipv${family}` }, value: 1 },
    ]),
  },
  {
    name: 'holdfast_vrrp_state',
    type: 'gauge',
    labels: [NAME, 'state'],
    help: '1 for the state that the instance is in, 0 for the others.',
    samples: ofInstances(({ state }) => oneHot('state', STATES, state)),
  },
  {
    name: 'holdfast_vrrp_priority_effective',
    type: 'gauge',
    labels: [NAME],
    help: 'Priority with which the instance takes part in elections now.',
    samples: eachInstance(({ effectivePriority }) => effectivePriority),
  },
  {
    name: 'holdfast_vrrp_priority_configured',
    type: 'gauge',
    labels: [NAME],
    help: 'Priority in the configuration.',
    samples: eachInstance(({ configuredPriority }) => configuredPriority),
  },
  {
    name: 'holdfast_vrrp_master_known',
    type: 'gauge',
    labels: [NAME],
    help: '1 while this host is master or hears one, 0 while it knows of none.',
    samples: eachInstance(({ master }) => (master === 'known' ? 1 : 0)),
  },
  {
    name: 'holdfast_vrrp_last_transition_timestamp_seconds',
    type: 'gauge',
    labels: [NAME],
    help: 'When the instance came into its state, in seconds since 1970.',
    samples: eachInstance(({ sinceSeconds }) => sinceSeconds),
  },
  {
    name: 'holdfast_vrrp_transitions_total',
    type: 'counter',
    labels: [NAME, 'from', 'to', 'cause'],
    help: 'Changes of state, by the kind of cause.',
    samples: ofInstances(({ transitions }) =>
      transitions.map(({ count, ...labels }) => ({ labels, value: count })),
    ),
  },
  {
    name: 'holdfast_vrrp_became_master_total',
    type: 'counter',
    labels: [NAME],
    help: 'Times that this host became master.',
    samples: eachInstance(({ statistics }) => statistics.becameMaster ?? 0),
  },
  {
    name: 'holdfast_vrrp_released_master_total',
    type: 'counter',
    labels: [NAME],
    help: 'Times that this host ceased to be master.',
    samples: eachInstance(({ statistics }) => statistics.releasedMaster ?? 0),
  },
  {
    name: 'holdfast_vrrp_master_changes_total',
    type: 'counter',
    labels: [NAME],
    help: 'Times that another host than before was heard as master.',
    samples: eachInstance(({ masterChanges }) => masterChanges),
  },
  {
    name: 'holdfast_vrrp_adverts_sent_total',
    type: 'counter',
    labels: [NAME],
    help: 'Advertisements sent.',
    samples: eachInstance(({ statistics }) => statistics.advertsSent ?? 0),
  },
  {
    name: 'holdfast_vrrp_adverts_received_total',
    type: 'counter',
    labels: [NAME],
    help: 'Advertisements received and believed.',
    samples: eachInstance(({ statistics }) => statistics.advertsReceived ?? 0),
  },
  {
    name: 'holdfast_vrrp_adverts_refused_total',
    type: 'counter',
    labels: [NAME, 'reason'],
    help: 'Advertisements for the instance that were not believed, by reason.',
    samples: ofInstances(({ statistics }, { refusalCounters }) =>
      Object.entries(refusalCounters).map(([reason, counter]) => ({
        labels: { reason },
        value: statistics[counter] ?? 0,
      })),
    ),
  },
  {
    name: 'holdfast_vrrp_address_list_errors_total',
    type: 'counter',
    labels: [NAME],
    help: 'Advertisements that list other addresses than the instance has.',
    samples: eachInstance(({ statistics }) => statistics.addressListErrors ?? 0),
  },
  {
    name: 'holdfast_vrrp_priority_zero_sent_total',
    type: 'counter',
    labels: [NAME],
    help: 'Advertisements sent to say that this master leaves.',
    samples: eachInstance(({ statistics }) => statistics.priorityZeroSent ?? 0),
  },
  {
    name: 'holdfast_vrrp_priority_zero_received_total',
    type: 'counter',
    labels: [NAME],
    help: 'Advertisements received from a master that leaves.',
    samples: eachInstance(({ statistics }) => statistics.priorityZeroReceived ?? 0),
  },
  {
    name: 'holdfast_vrrp_split_brain_sightings_total',
    type: 'counter',
    labels: [NAME, 'how'],
    help: 'Other hosts seen to act as master beside this one, by what gave them away.',
    samples: ofInstances(({ rivals }) => byKind('how', rivals)),
  },
  {
    name: 'holdfast_vrrp_handovers_total',
    type: 'counter',
    labels: [NAME, 'outcome'],
    help: 'Hand-overs begun by this master, by how they ended.',
    samples: ofInstances(({ handovers }) => byKind('outcome', handovers)),
  },
  {
    name: 'holdfast_vrrp_addresses_configured',
    type: 'gauge',
    labels: [NAME],
    help: 'Virtual addresses in the configuration.',
    samples: eachInstance(({ addresses }) => addresses.configured),
  },
  {
    name: 'holdfast_vrrp_addresses_held',
    type: 'gauge',
    labels: [NAME],
    help: 'Virtual addresses that the kernel has now for the instance.',
    samples: eachInstance(({ addresses }) => addresses.held),
  },
  {
    name: 'holdfast_vrrp_addresses_lost_total',
    type: 'counter',
    labels: [NAME],
    help: 'Virtual addresses that something else removed.',
    samples: eachInstance(({ addresses }) => addresses.lost),
  },
  {
    name: 'holdfast_vrrp_addresses_restored_total',
    type: 'counter',
    labels: [NAME],
    help: 'Virtual addresses that were put back after something else had removed them.',
    samples: eachInstance(({ addresses }) => addresses.restored),
  },
  {
    name: 'holdfast_vrrp_addresses_contested_total',
    type: 'counter',
    labels: [NAME],
    help: 'Times that something was found to remove an address again and again.',
    samples: eachInstance(({ addresses }) => addresses.contested),
  },
  {
    name: 'holdfast_vrrp_peers',
    type: 'gauge',
    labels: [NAME],
    help: 'Other holdfasts of the group that are heard now.',
    samples: eachInstance(({ peersKnown }) => peersKnown),
  },
  {
    name: 'holdfast_vrrp_guard',
    type: 'gauge',
    labels: [NAME, 'kind'],
    help: '1 for how the kernel takes the addresses away from a daemon that hangs, 0 for the others.',
    samples: ofInstances(({ guard }) => oneHot('kind', GUARDS, guard.kind)),
  },
  {
    name: 'holdfast_vrrp_guard_validity_seconds',
    type: 'gauge',
    labels: [NAME],
    help: 'For how long the kernel leaves the addresses to a daemon that says nothing more.',
    samples: eachInstance(({ guard }) =>
      guard.validityUs === null ? null : guard.validityUs / 1e6,
    ),
  },
  {
    name: 'holdfast_vrrp_guard_renewals_total',
    type: 'counter',
    labels: [NAME],
    help: 'Renewals of the guard over the addresses.',
    samples: eachInstance(({ guard }) => guard.renewals),
  },
];
