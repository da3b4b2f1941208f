import type { IpAddress } from '../../src/base/ip.ts';
import { addMicros } from '../../src/base/time.ts';
import { openAddressTable } from '../../src/linux/address-table.ts';
import { createAdvertNetwork } from '../../src/linux/advert-network.ts';
import { createAlarmFactory } from '../../src/linux/alarm.ts';
import { createClock } from '../../src/linux/clock.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { openNetworkMonitor } from '../../src/linux/network-monitor.ts';
import type { AddressOperation, AdvertLink } from '../../src/ports/network.ts';
import { isSysError, type SysError } from '../../src/ports/sys-error.ts';

/**
 * Sends, receives, lets timers fire, opens and closes, and changes addresses, while the garbage
 * collector is forced to run every other millisecond. Called by ffi-stress.test.ts:
 * namespace path, interface index, peer's path, peer's index, milliseconds.
 */
const [path = '', index = '', peerPath = '', peerIndex = '', duration = ''] = process.argv.slice(2);
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error('needs --expose-gc');
const group = { 4: '224.0.0.18' as IpAddress, 6: 'ff02::12' as IpAddress };
const source = { 4: '10.0.0.1' as IpAddress, 6: 'fd00::1' as IpAddress };

const watcher = await openFdWatcher();
const network = createAdvertNetwork(watcher);
const clock = createClock();
const counts = { sent: 0, received: 0, wrong: 0, alarms: 0, early: 0, events: 0, reopened: 0 };

function must<Value>(value: Value | SysError): Value {
  if (isSysError(value)) throw new Error(`${value.call}: ${value.code} ${value.message}`);
  return value;
}

function pattern(seed: number): Uint8Array {
  const bytes = new Uint8Array(8 + (seed % 1200));
  for (let at = 8; at < bytes.length; at++) bytes[at] = (seed + at) & 0xff;
  bytes[0] = seed & 0xff;
  return bytes;
}

function open(family: 4 | 6, side: 'sender' | 'receiver'): AdvertLink {
  const [place, at] = side === 'sender' ? [path, index] : [peerPath, peerIndex];
  return must(
    withNetworkNamespace(place, () =>
      network.open(
        {
          family,
          interfaceIndex: Number(at),
          interfaceName: 'eth0',
          transport: { kind: 'multicast', group: group[family] },
        },
        ({ payload, source: from }) => {
          counts.received++;
          const seed = payload[0] ?? 0;
          const damaged = payload.some((byte, at) => at >= 8 && byte !== ((seed + at) & 0xff));
          if (damaged || from !== source[family]) counts.wrong++;
        },
      ),
    ),
  );
}

const links = { 4: open(4, 'sender'), 6: open(6, 'sender') };
let receivers = [open(4, 'receiver'), open(6, 'receiver')];
const table = must(withNetworkNamespace(path, openAddressTable));
const monitor = must(
  withNetworkNamespace(path, () =>
    openNetworkMonitor(watcher, {
      onEvents: (events) => {
        counts.events += events.length;
      },
    }),
  ),
);
const addresses = Array.from(
  { length: 20 },
  (_, at): AddressOperation => ({
    kind: 'add',
    interfaceIndex: Number(index),
    address: `10.9.9.${at}` as IpAddress,
    prefixLength: 32,
  }),
);

const alarms = Array.from({ length: 8 }, (_, at) => {
  const interval = 500 + at * 333;
  let due = addMicros(clock.now(), interval);
  const alarm = createAlarmFactory(watcher).createAlarm(() => {
    counts.alarms++;
    if (clock.now() < due) counts.early++;
    for (const family of [4, 6] as const) {
      const pdu = pattern(counts.alarms);
      const target = { source: source[family], destination: group[family], ttl: 255 };
      if (links[family].send({ pdu, ...target }) === undefined) counts.sent++;
    }
    due = addMicros(clock.now(), interval);
    alarm.arm(due);
  });
  alarm.arm(due);
  return alarm;
});

const collector = setInterval(() => collect(), 2);
const reopener = setInterval(() => {
  for (const link of receivers) link.close();
  receivers = [open(4, 'receiver'), open(6, 'receiver')];
  counts.reopened++;
  for (const operations of [addresses, addresses.map((each) => ({ ...each, kind: 'remove' }))]) {
    const answers = table.apply(operations as AddressOperation[]);
    counts.wrong += answers.filter((answer) => answer !== undefined).length;
  }
}, 40);

setTimeout(() => {
  clearInterval(collector);
  clearInterval(reopener);
  for (const each of [...alarms, ...receivers, links[4], links[6], table, monitor]) each.close();
  watcher.close();
  collect();
  console.log(JSON.stringify(counts));
}, Number(duration));
