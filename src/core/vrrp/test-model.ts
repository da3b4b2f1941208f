/** What the unit tests of this folder share. */
import { type IpAddress, parseIp } from '../../base/ip.ts';
import { seconds, ZERO } from '../../base/time.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';

export function ip(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new RangeError(text);
  return address;
}

export function testModel(changes: Partial<VrrpInstanceModel> = {}): VrrpInstanceModel {
  return {
    name: 'VI_1',
    family: 4,
    interface: 'eth0',
    version: 2,
    vrid: 51,
    priority: 100,
    initialState: 'backup',
    advertInterval: seconds(1),
    downTimerAdverts: 3,
    preempt: 'preempt',
    preemptDelay: ZERO,
    strict: false,
    transport: { kind: 'multicast', group: ip('224.0.0.18') },
    trackSource: false,
    trackInterface: true,
    authentication: { kind: 'none' },
    checksum: 'detect',
    skipCheckAdvertAddresses: false,
    lowerPriorityNoAdvert: false,
    higherPrioritySendAdvert: false,
    ownerIgnoreAdverts: false,
    addresses: [{ address: ip('10.0.0.100'), prefixLength: 24, scope: 0 }],
    excludedAddresses: [],
    announcements: {
      repeat: 5,
      delay: seconds(5),
      refresh: ZERO,
      refreshRepeat: 1,
      lowerPriorityRepeat: 5,
      lowerPriorityDelay: seconds(5),
      arpInterval: ZERO,
      naInterval: ZERO,
    },
    trackedInterfaces: [],
    trackedScripts: [],
    trackedChecks: [],
    notify: {},
    plannedHandover: 'off',
    fastTakeover: 'off',
    onAddressLoss: 'reelect-at-once',
    ...changes,
  };
}

/** One that `testModel` accepts. */
export function testAdvert(changes: Partial<ReceivedAdvert> = {}): ReceivedAdvert {
  return {
    source: ip('10.0.0.99'),
    destination: ip('224.0.0.18'),
    ttl: 255,
    version: 2,
    type: 1,
    vrid: 51,
    priority: 100,
    addressCount: 1,
    addresses: [ip('10.0.0.100')],
    authType: 0,
    authData: '0000000000000000',
    advertInterval: seconds(1),
    length: 'right',
    checksum: { plain: true, pseudoHeader: true, groupPseudoHeader: false },
    ...changes,
  };
}
