import { clientName, type HostPlan } from './plan.ts';

/** The line after which a host is up; what follows are the events of `ip monitor`. */
export const readyLine = 'holdfast-lab: up';

/**
 * What the first process of a host runs, in network, process, mount and host name namespaces of its
 * own: a /proc that shows only the host's processes, a /run of its own, the addresses. In the end it
 * blocks on its input, whose other end the lab holds: when the lab dies, it ends, and with the first
 * process the kernel kills all others. Ignoring SIGCHLD makes the kernel reap orphans.
 */
export function bootScript(plan: HostPlan): string {
  const settings = { ...defaultSysctls(plan), ...plan.sysctls };
  const writes = Object.entries(settings).map(
    ([name, value]) => `echo ${value} > /proc/sys/${sysctlPath(name)}`,
  );
  const orders = plan.interfaces.flatMap(({ name, addresses }) => [
    `link set dev ${name} up`,
    ...addresses.map((address) => {
      const flag = address.includes(':') ? 'nodad' : 'brd +';
      return `address add ${address} dev ${name} ${flag}`;
    }),
  ]);
  return `
trap '' CHLD HUP INT TERM
mount -t tmpfs -o mode=755 tmpfs /run || exit 1
mkdir -p /run/lock /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys || exit 1
mount --move /run/cgroup /sys/fs/cgroup
rmdir /run/cgroup
hostname ${plan.name}
${writes.join('\n')}
ip -batch - <<'ORDERS' || exit 1
link set dev lo up
${orders.join('\n')}
ORDERS
ip -o -rcvbuf 8388608 monitor address &
ip -o address show
echo '${readyLine}'
exec env --ignore-signal=CHLD cat > /dev/null
`;
}

function defaultSysctls(plan: HostPlan): Record<string, string | number> {
  const sysctls: Record<string, string | number> = {
    'net.ipv4.conf.all.rp_filter': 0,
    'net.ipv4.conf.default.rp_filter': 0,
    'net.ipv6.conf.all.disable_ipv6': 0,
    'net.ipv6.conf.default.disable_ipv6': 0,
    'net.ipv6.conf.lo.disable_ipv6': 0,
    // Duplicate address detection would keep each address unusable for a second.
    'net.ipv6.conf.default.accept_dad': 0,
    'net.ipv6.conf.default.dad_transmits': 0,
    'net.ipv6.conf.default.accept_ra': 0,
  };
  for (const { name } of plan.interfaces) {
    sysctls[`net.ipv4.conf.${name}.rp_filter`] = 0;
    sysctls[`net.ipv6.conf.${name}.disable_ipv6`] = 0;
    sysctls[`net.ipv6.conf.${name}.accept_dad`] = 0;
    sysctls[`net.ipv6.conf.${name}.dad_transmits`] = 0;
    sysctls[`net.ipv6.conf.${name}.accept_ra`] = 0;
  }
  if (plan.name !== clientName) {
    // The responders listen on the VIP on hosts that do not hold it.
    sysctls['net.ipv4.ip_nonlocal_bind'] = 1;
    sysctls['net.ipv6.ip_nonlocal_bind'] = 1;
  }
  return sysctls;
}

/** An interface may have a dot in its name; the parts around it have none. */
function sysctlPath(name: string): string {
  const match = /^(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.([^.]+)$/.exec(name);
  if (match === null) return name.replaceAll('.', '/');
  const [, head = '', device = '', last = ''] = match;
  return `${head.replaceAll('.', '/')}/${device}/${last}`;
}
