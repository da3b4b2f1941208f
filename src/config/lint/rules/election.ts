/** Who becomes master, and who can at all. */
import { addressesOf } from '../routers.ts';
import type { Rule } from '../types.ts';
import {
  compare,
  equalPriorities,
  hiddenWeight,
  initialMasters,
  margins,
  peers,
  sameAddressOtherVrid,
  sticks,
  succession,
  tooSmall,
} from './election-checks.ts';
import { conf, pair, script, TRACK } from './examples.ts';

const V2 = ['authentication {', '    auth_type PASS', '    auth_pass x7Kp2mQz', '}'];
const V2_OTHER = V2.map((line) => line.replace('x7Kp2mQz', 'y8Lq3nRa'));
const unicast = (source: string, peer: string): readonly string[] => [
  `unicast_src_ip ${source}`,
  ...['unicast_peer {', `    ${peer}`, '}'],
];
const GOOD = pair({ priority: 100 }, { priority: 90 });

export const ELECTION_RULES: readonly Rule[] = [
  {
    code: 'equal-priorities',
    severity: 'error',
    title: 'Several nodes of a group have one priority.',
    explanation:
      'Who holds the address is then decided by who starts first and by the highest IP address. When the ' +
      'holder dies all others become master in the same instant, and the address is held twice for a moment.',
    bad: pair({ priority: 100 }, { priority: 100 }),
    good: GOOD,
    check: equalPriorities,
  },
  {
    code: 'weight-too-small',
    severity: 'error',
    title: 'A failure does not lower the priority enough to lose the election.',
    explanation:
      'The weight must be larger than the distance to the next priority; otherwise the node stays master ' +
      'with its service dead.',
    bad: pair(
      { priority: 200, before: script(-50), more: TRACK },
      { priority: 100, before: script(-50), more: TRACK },
    ),
    good: pair(
      { priority: 100, before: script(-25), more: TRACK },
      { priority: 80, before: script(-25), more: TRACK },
    ),
    check: tooSmall,
  },
  {
    code: 'election-margin',
    severity: 'info',
    title: 'What a failure does to the election, in numbers.',
    explanation:
      'Printed for each thing that a node tracks, in the order in which nodes become master: its priority ' +
      'before and after, and by how much the next node wins, or that it does not.',
    bad: pair(
      { priority: 100, before: script(-25), more: TRACK },
      { priority: 80, before: script(-25), more: TRACK },
    ),
    good: GOOD,
    check: margins,
  },
  {
    code: 'election-order',
    severity: 'info',
    title: 'Who becomes master, and after whom.',
    explanation:
      'Printed for each group of virtual routers, with the priorities that nodes have while all that they ' +
      'track is well.',
    bad: GOOD,
    good: { 'keepalived.conf': conf() },
    check: succession,
  },
  {
    code: 'nopreempt-hides-weight',
    severity: 'error',
    title: 'A failure lowers the priority, but nobody takes over, because of nopreempt.',
    explanation:
      'A backup with nopreempt does not take over from a living master, however low its priority has become. ' +
      'Only a fault (a tracked script without weight) ends the mastership.',
    bad: pair(
      { priority: 100, before: script(-25), more: ['nopreempt', ...TRACK] },
      { priority: 80, before: script(-25), more: ['nopreempt', ...TRACK] },
    ),
    good: pair(
      { priority: 100, before: script(0), more: ['nopreempt', ...TRACK] },
      { priority: 80, before: script(0), more: ['nopreempt', ...TRACK] },
    ),
    check: hiddenWeight,
  },
  {
    code: 'address-stays',
    severity: 'warning',
    title: 'The address does not return after a failure.',
    explanation:
      'With nopreempt on all nodes that may be meant, since it saves an interruption, and is a note; with equal ' +
      'priorities nobody has decided it.',
    bad: pair({ priority: 100, more: ['nopreempt'] }, { priority: 90, more: ['nopreempt'] }),
    good: GOOD,
    check: sticks,
  },
  {
    code: 'two-initial-masters',
    severity: 'warning',
    title: 'Several nodes begin as MASTER.',
    explanation:
      'The state says only how a node begins; two that begin as master show the wrong plan.',
    bad: pair({ priority: 100, state: 'MASTER' }, { priority: 90, state: 'MASTER' }),
    good: pair({ priority: 100, state: 'MASTER' }, { priority: 90 }),
    check: initialMasters,
  },
  {
    code: 'address-lists-differ',
    severity: 'error',
    title: 'Nodes with one VRID have different addresses.',
    explanation:
      'A backup drops adverts whose list is another: either it becomes master as well, or two groups have ' +
      'taken one VRID.',
    bad: pair({ priority: 100 }, { priority: 90, addresses: ['10.0.0.8/32'] }),
    good: GOOD,
    check: compare({
      keyword: 'virtual_ipaddress',
      value: (router) => addressesOf(router).toSorted().join(),
      says: 'the addresses',
    }),
  },
  {
    code: 'intervals-differ',
    severity: 'error',
    title: 'Nodes with one VRID advertise at different intervals.',
    explanation:
      'In version 2 an advert with another interval is dropped: both nodes become master.',
    bad: pair({ priority: 100 }, { priority: 90, more: ['advert_int 3'] }),
    good: GOOD,
    check: compare({
      keyword: 'advert_int',
      value: ({ instance }) => `${instance.version === 2 ? instance.advertInterval : 0}`,
      says: 'the intervals',
    }),
  },
  {
    code: 'versions-differ',
    severity: 'error',
    title: 'Nodes with one VRID speak different versions of VRRP.',
    explanation: 'They do not hear each other: both become master.',
    bad: pair({ priority: 100 }, { priority: 90, more: ['version 3'] }),
    good: GOOD,
    check: compare({
      keyword: 'version',
      value: ({ instance }) => `${instance.version}`,
      says: 'the versions',
    }),
  },
  {
    code: 'passwords-differ',
    severity: 'error',
    title: 'Nodes with one VRID have different passwords.',
    explanation: 'Each drops what the other says: both become master.',
    bad: pair({ priority: 100, more: V2 }, { priority: 90, more: V2_OTHER }),
    good: pair({ priority: 100, more: V2 }, { priority: 90, more: V2 }),
    check: compare({
      keyword: 'auth_pass',
      value: ({ instance: { authentication: each } }) =>
        each.kind === 'simple' ? `simple ${each.password.reveal()}` : 'none',
      says: 'the passwords',
    }),
  },
  {
    code: 'transports-differ',
    severity: 'error',
    title: 'One node speaks by multicast and another by unicast.',
    explanation: 'The adverts of one do not reach the other: both become master.',
    bad: pair({ priority: 100, more: unicast('10.0.0.1', '10.0.0.2') }, { priority: 90 }),
    good: GOOD,
    check: compare({
      keyword: 'unicast_peer',
      value: ({ instance }) => instance.transport.kind,
      says: 'multicast and unicast',
    }),
  },
  {
    code: 'preempt-differs',
    severity: 'warning',
    title: 'Only some nodes of a group have nopreempt.',
    explanation: 'Whether the address returns then depends on which node has failed.',
    bad: pair({ priority: 100 }, { priority: 90, more: ['nopreempt'] }),
    good: GOOD,
    check: compare({
      keyword: 'nopreempt',
      value: ({ instance }) => instance.preempt,
      says: 'nopreempt',
    }),
  },
  {
    code: 'vrids-differ',
    severity: 'error',
    title: 'One address has different VRIDs on two nodes.',
    explanation:
      'Nodes elect a master per VRID: each becomes master of its own and takes the address.',
    bad: pair({ priority: 100 }, { priority: 90, vrid: 78 }),
    good: GOOD,
    check: sameAddressOtherVrid,
  },
  {
    code: 'peer-missing',
    severity: 'error',
    title: 'A node of the group is not among the peers of another.',
    explanation: 'Nothing reaches it: it becomes master beside the other, and neither says a word.',
    bad: pair(
      { priority: 100, more: unicast('10.0.0.1', '10.0.0.2') },
      { priority: 90, more: unicast('10.0.0.2', '10.0.0.3') },
    ),
    good: pair(
      { priority: 100, more: unicast('10.0.0.1', '10.0.0.2') },
      { priority: 90, more: unicast('10.0.0.2', '10.0.0.1') },
    ),
    check: peers,
  },
];
