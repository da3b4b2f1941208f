import type { IpAddress } from '../../src/base/ip.ts';
import { millis } from '../../src/base/time.ts';
import { createClock } from '../../src/linux/clock.ts';
import { openFirewall } from '../../src/linux/firewall-guard.ts';
import { startWatchdog } from '../../src/linux/watchdog.ts';
import { isSysError } from '../../src/ports/sys-error.ts';

/**
 * A process with a firewall and a watchdog, which is killed, stopped and ended by watchdog.test.ts:
 * owner, interface index, addresses with their prefix length. Prints a JSON line for what happens;
 * `end` on the standard input ends it in order.
 */
const [owner = '', index = '', ...addresses] = process.argv.slice(2);
const validity = millis(1000);
const say = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

const firewall = openFirewall(owner, { clock: createClock() });
if (isSysError(firewall)) throw new Error(firewall.message);
const watchdog = startWatchdog({
  name: firewall.name,
  log: { write: ({ text }) => say({ kind: 'log', text }), close: () => {} },
});
firewall.renew(validity);
for (const each of addresses) {
  const [address = '', length = ''] = each.split('/');
  watchdog.note({
    kind: 'hold',
    interfaceIndex: Number(index),
    address: address as IpAddress,
    prefixLength: Number(length),
  });
  firewall.cover(validity, [address as IpAddress]);
}
let told: number | undefined;
setInterval(() => {
  watchdog.beat(validity);
  firewall.renew(validity);
  const pid = watchdog.pid();
  if (pid !== told && pid !== undefined) say({ kind: 'watchdog', pid, table: firewall.name });
  told = pid;
}, 100);
process.stdin.on('data', () => {
  watchdog.close();
  firewall.close();
  process.exit(0);
});
