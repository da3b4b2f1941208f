/** How keepalived is run in containers, and what the images make of their variables. */
import type { Rule } from '../types.ts';
import {
  classicList,
  composeLayout,
  defaultInterface,
  defaultPassword,
  each,
  misspeltVariables,
  mountedCopy,
  mountInPlace,
  neverPreempts,
  noCapability,
  noHostNetwork,
  oldImage,
  peersElsewhere,
  privileged,
  quotedValues,
  roleInLabel,
  selfAmongPeers,
  strangeAddresses,
  unchecked,
  unpinned,
} from './container-checks.ts';
import { osixia } from './examples.ts';

const sh = (text: string): Readonly<Record<string, string>> => ({ 'run.sh': text });
const yml = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'compose.yml': `${lines.join('\n')}\n`,
});
const FULL = [
  ...['-e KEEPALIVED_INTERFACE=eth1', '-e KEEPALIVED_PASSWORD=x7Kp2mQz'],
  ...['-e KEEPALIVED_ROUTER_ID=77', '-e KEEPALIVED_VIRTUAL_IPS=10.0.0.9'],
];
const GOOD = sh(osixia(FULL));
const without = (name: string): Readonly<Record<string, string>> =>
  sh(osixia(FULL.filter((option) => !option.includes(name))));
const ASSETS = '/container/service/keepalived/assets';
const OWN = '-v /etc/keepalived.conf:/usr/local/etc/keepalived/keepalived.conf';
const LIST = (...peers: readonly string[]): string =>
  `-e "KEEPALIVED_UNICAST_PEERS=#PYTHON2BASH:[${peers.map((peer) => `'${peer}'`).join(', ')}]"`;
const guide = (node: string): Readonly<Record<string, string>> => ({
  'guide.md': `- ${node} : first\n\n\`\`\`sh\n${osixia([...FULL, LIST('10.9.0.1', '10.9.0.2')])}\`\`\`\n`,
});
const pod = (...more: readonly string[]): Readonly<Record<string, string>> => ({
  'pod.yaml': [
    ...['apiVersion: v1', 'kind: Pod', 'spec:', '  hostNetwork: true', ...more, '  containers:'],
    ...['  - name: vip', '    image: example/keepalived:2.3.4', '    env:', '    - name: PRIORITY'],
    ...['      value: "90"', ''],
  ].join('\n'),
});

export const CONTAINER_RULES: readonly Rule[] = [
  {
    code: 'mount-copied-once',
    severity: 'warning',
    title: 'A mounted configuration is copied once.',
    explanation: 'docker restart runs with the old copy; only a new container takes a change.',
    bad: sh(
      `${osixia([...FULL, `-v /etc/k.conf:${ASSETS}/keepalived.conf`]).trimEnd()} --copy-service\n`,
    ),
    good: sh(osixia([...FULL, OWN])),
    check: each(mountedCopy),
  },
  {
    code: 'image-removes-addresses',
    severity: 'warning',
    title: 'The image takes its default addresses away from the host.',
    explanation:
      'Also with a configuration of one’s own osixia/keepalived deletes the addresses of KEEPALIVED_VIRTUAL_IPS ' +
      'from the host at start and stop; unset these are 192.168.1.231 and 192.168.1.232.',
    bad: sh(osixia([OWN])),
    good: sh(osixia([OWN, '-e KEEPALIVED_VIRTUAL_IPS=10.0.0.9'])),
    check: each(strangeAddresses),
  },
  {
    code: 'image-default-interface',
    severity: 'warning',
    title: 'The interface is left to the image.',
    explanation: 'It takes eth0; hosts with ens or enp names end in a restart loop.',
    bad: without('INTERFACE'),
    good: GOOD,
    check: each(defaultInterface),
  },
  {
    code: 'image-default-password',
    severity: 'warning',
    title: 'Password or VRID are left to the image.',
    explanation: 'All users of the image in one network share them, and elect each other.',
    bad: without('PASSWORD'),
    good: GOOD,
    check: each(defaultPassword),
  },
  {
    code: 'container-checks-nothing',
    severity: 'warning',
    title: 'Nothing tracks the service beside the container.',
    explanation:
      'Only the host and its interface are followed; these images have no variable for a check.',
    bad: GOOD,
    good: sh(osixia([...FULL, OWN])),
    check: each(unchecked),
  },
  {
    code: 'old-image',
    severity: 'warning',
    title: 'An old release of keepalived.',
    explanation:
      'Before 2.0.20 a stale pid file stops every restart; 1.x says nothing of missing braces.',
    bad: sh(osixia(FULL, 'osixia/keepalived:2.0.15')),
    good: GOOD,
    check: each(oldImage),
  },
  {
    code: 'image-unpinned',
    severity: 'info',
    title: 'An image without a release.',
    explanation: 'osixia/keepalived:latest has changed the language of its variables.',
    bad: sh(osixia(FULL, 'osixia/keepalived:latest')),
    good: GOOD,
    check: each(unpinned),
  },
  {
    code: 'privileged-container',
    severity: 'warning',
    title: 'A privileged container.',
    explanation: 'NET_ADMIN and NET_RAW are enough for VRRP.',
    bad: sh(osixia([...FULL, '--privileged'])),
    good: GOOD,
    check: each(privileged),
  },
  {
    code: 'capability-missing',
    severity: 'error',
    title: 'keepalived without NET_ADMIN.',
    explanation: 'It cannot set addresses.',
    bad: sh('docker run -d --net=host osixia/keepalived:2.0.20\n'),
    good: GOOD,
    check: each(noCapability),
  },
  {
    code: 'host-network-missing',
    severity: 'error',
    title: 'keepalived in a network of its own.',
    explanation: 'The address is set where no client comes.',
    bad: sh('docker run -d --cap-add=NET_ADMIN osixia/keepalived:2.0.20\n'),
    good: GOOD,
    check: each(noHostNetwork),
  },
  {
    code: 'classic-list-syntax',
    severity: 'error',
    title: 'A list in the language of the old image.',
    explanation:
      '#PYTHON2BASH: is understood by osixia/keepalived up to 2.0.20 only. Where such a release is named it is a ' +
      'note: about the next one.',
    bad: sh(osixia([...FULL, LIST('10.0.0.1', '10.0.0.2')], 'osixia/keepalived:latest')),
    good: sh(osixia([...FULL, '-e KEEPALIVED_UNICAST_PEERS=10.0.0.2'])),
    check: each(classicList),
  },
  {
    code: 'mount-needs-copy',
    severity: 'error',
    title: 'A file mounted where the image edits its own.',
    explanation:
      'osixia/keepalived up to 2.0.20 edits the files below /container/service at its start, by a rename that a ' +
      'mount does not allow: the container ends, and starts again, for ever.',
    bad: sh(osixia([...FULL, `-v /etc/k.conf:${ASSETS}/keepalived.conf`])),
    good: sh(osixia([...FULL, OWN])),
    check: each(mountInPlace),
  },
  {
    code: 'variable-misspelt',
    severity: 'warning',
    title: 'A variable that the image does not have.',
    explanation: 'It is ignored, and the default of the one that was meant is in force.',
    bad: sh(osixia([...FULL, '-e KEEPALIVED_PRIORTY=90'])),
    good: sh(osixia([...FULL, '-e KEEPALIVED_PRIORITY=90'])),
    check: misspeltVariables,
  },
  {
    code: 'role-in-label',
    severity: 'warning',
    title: 'The priority follows a label of the node.',
    explanation: 'Roles of a database move; labels do not.',
    bad: pod('  nodeSelector:', '    mysql: slave'),
    good: pod(),
    check: each(roleInLabel),
  },
  {
    code: 'quotes-in-value',
    severity: 'error',
    title: 'Quotes inside a value of a compose list.',
    explanation: 'In `- NAME="value"` the quotes are part of the value, unlike in a shell.',
    bad: yml(
      'services:',
      '  vip:',
      '    image: a/b:1',
      '    environment:',
      '      - KEEPALIVED_X="1"',
    ),
    good: yml(
      'services:',
      '  vip:',
      '    image: a/b:1',
      '    environment:',
      '      - "KEEPALIVED_X=1"',
    ),
    check: quotedValues,
  },
  {
    code: 'compose-layout',
    severity: 'error',
    title: 'A compose file without services.',
    explanation:
      'Version 2 of docker compose refuses it; network_mode is none of version 1’s words.',
    bad: yml('vip:', '  image: a/b:1'),
    good: yml('services:', '  vip:', '    image: a/b:1'),
    check: composeLayout,
  },
  {
    code: 'image-never-preempts',
    severity: 'warning',
    title: 'Priorities of an image that always writes nopreempt.',
    explanation: 'The first node up stays master, whatever its priority.',
    bad: sh(
      osixia([...FULL, '-e KEEPALIVED_PRIORITY=200']) +
        osixia([...FULL, '-e KEEPALIVED_PRIORITY=100']),
    ),
    good: sh(osixia([...FULL, '-e KEEPALIVED_PRIORITY=200'])),
    check: neverPreempts,
  },
  {
    code: 'self-among-peers',
    severity: 'warning',
    title: 'A node has its own address among its peers.',
    explanation: 'keepalived hears itself and logs a warning every second.',
    bad: sh([...Array(2)].map(() => osixia([...FULL, LIST('10.0.0.1', '10.0.0.2')])).join('')),
    good: sh(osixia([...FULL, LIST('10.0.0.2')]) + osixia([...FULL, LIST('10.0.0.1')])),
    check: selfAmongPeers,
  },
  {
    code: 'peers-elsewhere',
    severity: 'error',
    title: 'The peers are in another network than the nodes.',
    explanation: 'No advert arrives: every node holds the address, and no one logs an error.',
    bad: guide('10.0.0.1'),
    good: guide('10.9.0.1'),
    check: peersElsewhere,
  },
];
