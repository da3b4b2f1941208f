import { createInterface } from 'node:readline';
import { ADDRESS_MARK, type AddressFacts } from '../ports/network.ts';
import { isSysError } from '../ports/sys-error.ts';
import { detectAddressProtocol } from './address-protocol.ts';
import { openAddressTable } from './address-table.ts';
import { removeFirewall } from './firewall-guard.ts';
import { holdName, watchdogName } from './firewall-names.ts';
import { openNetlinkSocket } from './netlink-socket.ts';
import { readNetworkTables } from './network-tables.ts';
import { setProcessName } from './process.ts';
import { BEAT_MISSED_STATUS, heldText, parseWatchdogLine } from './watchdog-lines.ts';

/*
 * The watchdog of a VRRP process, started by it with the name of its tables: reads lines from the
 * standard input, and removes addresses, then tables, when the process has died or says nothing more.
 */

/** More than any host holds; what is beyond is the firewall's alone. */
const HELD_MAX = 100_000;
/** This process may have been held up itself: what waits in the pipe is read before it judges. */
const DOUBT_MS = 200;

const [, , name = ''] = process.argv;
const held = new Set<string>();
let timer: NodeJS.Timeout | undefined;
let daemon: 'alive' | 'dead' = 'alive';

// It ends with the daemon, whatever is sent to all processes of a service.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) {
  process.on(signal, () => {});
}
setProcessName('watchdog');
// Whoever finds the tables shall leave them to us.
holdName(watchdogName(name));

const lines = createInterface({ input: process.stdin });
lines.on('line', (text) => {
  const line = parseWatchdogLine(text);
  switch (line?.kind) {
    case 'hold':
      if (held.size < HELD_MAX) held.add(line.held);
      break;
    case 'release':
      held.delete(line.held);
      break;
    case 'beat':
      clearTimeout(timer);
      timer = setTimeout(() => doubt(), line.validityMs);
      break;
    case 'bye':
      process.exit(0);
  }
});
// The daemon has died. Its host goes on serving until a successor can be there, as if it were hung.
lines.on('close', () => {
  daemon = 'dead';
  if (held.size > 0 && timer !== undefined) return;
  removeAll();
  process.exit(0);
});

function doubt(): void {
  timer = setTimeout(() => {
    if (daemon === 'alive' && held.size === 0) return;
    removeAll();
    process.exit(daemon === 'alive' ? BEAT_MISSED_STATUS : 0);
  }, DOUBT_MS);
}

/** First the addresses, while the firewall keeps packets away from them. */
function removeAll(): void {
  removeAddresses();
  removeFirewall(name);
}

function removeAddresses(): void {
  const socket = openNetlinkSocket();
  const table = openAddressTable();
  if (isSysError(socket) || isSysError(table)) return;
  const tables = readNetworkTables(socket);
  if (isSysError(tables)) return;
  const there = [...tables.addresses.values()];
  const isOurs = ({ protocol }: AddressFacts): boolean =>
    protocol === ADDRESS_MARK || detectAddressProtocol(there) === 'not kept';
  table.apply(
    there
      .filter((facts) => held.has(heldText(facts)) && isOurs(facts))
      .map(({ interfaceIndex, address, prefixLength, peer }) => ({
        kind: 'remove',
        interfaceIndex,
        address,
        prefixLength,
        ...(peer !== undefined && { peer }),
      })),
  );
}
