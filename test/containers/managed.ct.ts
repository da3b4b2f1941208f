/** What manages networks and firewalls, as Debian has it: the doctor finds it, and what it prints mends it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onManaged } from '../../tools/containers/managed.ts';
import { createTestPair } from '../linux/namespaces.ts';

interface Report {
  readonly findings: readonly { readonly code: string; readonly commands: readonly string[] }[];
  readonly checked: readonly string[];
}

/** `start` ends when the program is there. */
interface Managed {
  readonly name: string;
  readonly code: string;
  readonly start: string;
}

const MANAGED: readonly Managed[] = [
  {
    name: 'dhcpcd',
    code: 'dhcpcd-manages-link',
    start: 'dhcpcd -B eth0 > /dev/null 2>&1 & until pgrep -x dhcpcd; do sleep 0.1; done',
  },
  {
    name: 'NetworkManager',
    code: 'networkmanager-manages-link',
    start: `dbus-daemon --system --fork
NetworkManager --no-daemon > /dev/null 2>&1 &
until nmcli connection add type ethernet con-name up ifname eth0 ip4 192.0.2.1/24; do sleep 0.2; done
nmcli connection up up`,
  },
  {
    name: 'firewalld',
    code: 'firewall-drops-adverts',
    start: `dbus-daemon --system --fork
firewalld --nofork --nopid > /dev/null 2>&1 &
until firewall-cmd --state; do sleep 0.2; done`,
  },
  { name: 'ufw', code: 'firewall-drops-adverts', start: 'ufw --force enable' },
];

const CONFIGURATION = `vrrp_instance VI {
  interface eth0
  virtual_router_id 51
  priority 100
  virtual_ipaddress {
    192.0.2.10/24
  }
}
`;

/** Prints what the doctor says before the program is there, with it, and when what it prints was typed. */
function scriptOf({ code, start }: Managed): string {
  return `set -e
mkdir -p /etc/keepalived
printf '%s' '${CONFIGURATION}' > /etc/keepalived/keepalived.conf
doctor() { node /mnt/dist/holdfast.cjs doctor --json --listen 0 --only ${code} || :; }
doctor
{
${start}
} > /dev/null 2>&1
found=$(doctor)
echo "$found"
bash -c "$(echo "$found" | node -p 'JSON.parse(require("fs").readFileSync(0)).findings[0].commands[0]')" > /dev/null
for turn in $(seq 50); do
  mended=$(doctor)
  case $mended in *'"findings":[]'*) break ;; esac
  sleep 0.2
done
echo "$mended"`;
}

describe('holdfast doctor where Debian manages the network', () => {
  for (const managed of MANAGED) {
    test(`${managed.name}: found, and gone when what the doctor prints is typed`, () => {
      const { left, right } = createTestPair(`managed-${managed.name.slice(0, 4).toLowerCase()}`);
      try {
        left.ip('addr add 192.0.2.1/24 dev eth0');
        const { status, stdout, stderr } = onManaged(left.name, scriptOf(managed));
        assert.equal(status, 0, stdout + stderr);
        const reports = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Report);
        assert.deepEqual(
          reports.map(({ findings }) => findings.map(({ code }) => code)),
          [[], [managed.code], []],
          stdout + stderr,
        );
        for (const { checked } of reports) assert.deepEqual(checked, [managed.code]);
      } finally {
        for (const side of [left, right]) side.remove();
      }
    });
  }
});
