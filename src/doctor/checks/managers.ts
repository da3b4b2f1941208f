/** Programs that take addresses away. */
import { type Facts, isUnknown } from '../facts.ts';
import type { DoctorCheck, Found } from '../types.ts';

/** The links that carry virtual addresses. */
function ownLinks({ configuration }: Facts): ReadonlySet<string> {
  if (isUnknown(configuration)) return new Set();
  return new Set(
    configuration.instances.flatMap(({ interface: own, addresses, excludedAddresses }) => [
      own,
      ...[...addresses, ...excludedAddresses].flatMap(({ interface: other }) => other ?? []),
    ]),
  );
}

function managedBy(facts: Facts, manager: string) {
  const links = ownLinks(facts);
  return facts.managed.filter((one) => one.manager === manager && links.has(one.link));
}

function* networkd(facts: Facts): Generator<Found> {
  for (const { link, file, keeps = 'no' } of managedBy(facts, 'systemd-networkd')) {
    if (/^(?:yes|true|on|1)$/i.test(keeps) || file === undefined) continue;
    const name = file.replace(/^.*\//, '');
    yield {
      message:
        `${link}: systemd-networkd removes addresses that it did not set when it starts ` +
        `anew (KeepConfiguration=${keeps} in ${file})`,
      steps: [
        {
          kind: 'file',
          path: `/etc/systemd/network/${name}.d/holdfast.conf`,
          text:
            '# Addresses that holdfast or others have added ' +
            'stay.\n[Network]\nKeepConfiguration=yes\n',
          takeUp: ['networkctl', 'reload'],
        },
      ],
    };
  }
}

function* networkManager(facts: Facts): Generator<Found> {
  for (const { link } of managedBy(facts, 'NetworkManager')) {
    const command = `nmcli device set ${link} managed no`;
    yield {
      message:
        `${link}: NetworkManager removes addresses that are not in its connection whenever ` +
        'that is activated anew',
      steps: [{ kind: 'by-hand', command }],
    };
  }
}

function* dhcpcd(facts: Facts): Generator<Found> {
  for (const { link } of managedBy(facts, 'dhcpcd')) {
    const command = `echo 'denyinterfaces ${link}' >> /etc/dhcpcd.conf && dhcpcd -n`;
    yield {
      message:
        `${link}: dhcpcd configures it, and removes its address when the lease ends or the ` +
        'cable is out',
      steps: [{ kind: 'by-hand', command }],
    };
  }
}

const needsConfiguration: DoctorCheck['unknown'] = ({ configuration }) =>
  isUnknown(configuration) ? configuration.unknown : undefined;

const DISABLE_FILE = '/etc/cloud/cloud.cfg.d/99-disable-network-config.cfg';

export const MANAGER_CHECKS: readonly DoctorCheck[] = [
  {
    ...{ code: 'networkd-removes-addresses', topic: 'managers', severity: 'warning' },
    title: 'whether systemd-networkd removes addresses from the links of the configuration',
    explanation:
      'systemd-networkd takes the links of its .network files for its own. When it starts anew, which an ' +
      'upgrade of systemd does, it removes addresses that stand in none of them. holdfast puts ' +
      'them back; until then nobody answers, and keepalived elects anew.',
    mend: 'KeepConfiguration=yes in the .network file; --fix writes a file beside it.',
    unknown: needsConfiguration,
    judge: networkd,
  },
  {
    ...{ code: 'networkmanager-manages-link', topic: 'managers', severity: 'info' },
    title: 'whether NetworkManager manages the links of the configuration',
    explanation:
      'NetworkManager leaves addresses that others have added until its connection is activated anew, ' +
      "by 'nmcli connection up' or an upgrade. Then they are gone, and holdfast puts them back.",
    mend:
      'Where the link has no need of it, take it out of its hands; else activate ' +
      'connections on a backup only.',
    unknown: needsConfiguration,
    judge: networkManager,
  },
  {
    ...{ code: 'dhcpcd-manages-link', topic: 'managers', severity: 'warning' },
    title: 'whether dhcpcd configures the links of the configuration',
    explanation:
      'An instance needs an address to send its adverts from. What a lease gives a lease may take: then ' +
      'the instance is in fault, and virtual addresses of the same network may go with it.',
    mend: 'A static address, or a reservation; denyinterfaces in dhcpcd.conf.',
    unknown: needsConfiguration,
    judge: dhcpcd,
  },
  {
    ...{ code: 'cloud-init-writes-network', topic: 'managers', severity: 'info' },
    title: 'whether cloud-init writes the configuration of the network',
    explanation:
      'cloud-init writes the network anew at the first boot of each copy of a machine; ' +
      'what was written by hand into its files is lost.',
    mend: 'Once the network is as it should be, say so to cloud-init.',
    judge: function* ({ cloudInit }) {
      if (cloudInit !== 'writes-network') return;
      const command = `echo 'network: {config: disabled}' > ${DISABLE_FILE}`;
      yield {
        message: 'cloud-init writes the configuration of the network',
        steps: [{ kind: 'by-hand', command }],
      };
    },
  },
];
