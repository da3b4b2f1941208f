import { type CodeEntry, entry } from './code-entry.ts';

/** What can be said about virtual servers and health checks alone. */
export const SERVER_CODES = {
  'invalid-range': entry('error', 'config', 'Not a range of addresses, nor a network.'),
  'range-too-large': entry(
    'warning',
    'silent',
    'A range has more addresses than are balanced; the first of them count.',
  ),
  'empty-group': entry('error', 'config', 'A group of virtual servers without any is left out.'),
  'duplicate-group': entry(
    'warning',
    'silent',
    'Two groups of virtual servers have one name; the first counts.',
  ),
  'unknown-group': entry(
    'warning',
    'silent',
    'A virtual server names a group that does not exist; it is left out.',
  ),
  'no-real-servers': entry('error', 'config', 'A virtual server without real servers is left out.'),
  'duplicate-real-server': entry(
    'error',
    'config',
    'A virtual server lists a real server twice; the second is left out.',
  ),
  'duplicate-virtual-server': entry('warning', 'silent', 'Two virtual servers are one service.'),
  'default-used': entry(
    'warning',
    'config',
    'A virtual server does not say its scheduler, forwarding method or protocol.',
  ),
  'protocol-ignored': entry('warning', 'config', 'A firewall mark has no protocol.'),
  'one-packet-needs-udp': entry('error', 'config', 'ops is for the protocol UDP only.'),
  'port-needs-persistence': entry(
    'warning',
    'config',
    'A service without a port must be persistent; it is made so.',
  ),
  'port-mismatch': entry(
    'warning',
    'config',
    'Without address translation a server cannot have a port other than its service.',
  ),
  'quorum-reduced': entry(
    'warning',
    'config',
    'A quorum or hysteresis above what the weights of the real servers allow.',
  ),
  'flag-without-scheduler': entry(
    'error',
    'config',
    'A flag of the schedulers sh and mh stands above them, or without them.',
  ),
  'invalid-tunnel': entry('error', 'config', 'Options that this type of tunnel does not have.'),
  'odd-netmask': entry('warning', 'silent', 'A netmask that is not that of a network.'),
  'sorry-server-first': entry(
    'error',
    'config',
    'A setting of the sorry server stands above it, or without it.',
  ),
  'repeated-setting': entry('warning', 'config', 'A setting is given twice.'),
  // Health checks
  'incomplete-check': entry('error', 'config', 'A check lacks what it cannot do without.'),
  'undefined-name': entry(
    'error',
    'config',
    'A check names something that is not defined above it.',
  ),
  'duplicate-check': entry('error', 'config', 'A real server has the same check twice.'),
  'impossible-check': entry('error', 'config', 'A check that nothing can pass.'),
  'link-local-needs-interface': entry(
    'error',
    'config',
    'A check of a link-local address does not say over which interface.',
  ),
  'invalid-hex': entry('error', 'config', 'Not made of hex digits, or not as many as needed.'),
  'invalid-dns-name': entry('error', 'config', 'A domain name with an empty label.'),
  'invalid-status-code': entry('error', 'config', 'Not an HTTP status code, nor a range of them.'),
} as const satisfies Record<string, CodeEntry>;
