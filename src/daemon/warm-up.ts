/**
 * A backup waits for days and then has a fraction of a millisecond, in which code that never ran takes
 * ten times as long as it should. So before the start a process of the same instances becomes master
 * and stops again, some dozens of times, on a network that only seems to be there.
 */
import { type IpAddress, type IpFamily, parseIp } from '../base/ip.ts';
import { type MacAddress, parseMac } from '../base/mac.ts';
import { type Micros, micros } from '../base/time.ts';
import type { Model } from '../config/model/model.ts';
import { virtualAddressesOf } from '../config/model/virtual-addresses.ts';
import type { VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { Alarm, AlarmFactory, Clock } from '../ports/clock.ts';
import type { GuardFactory } from '../ports/firewall.ts';
import type {
  AddressFacts,
  AddressTable,
  AdvertLink,
  AdvertLinkOptions,
  AdvertNetwork,
  DatagramListener,
  FrameSender,
  LinkFacts,
  ReceivedDatagram,
} from '../ports/network.ts';
import type { PeerNetwork } from '../ports/peer-network.ts';
import { isSysError } from '../ports/sys-error.ts';
import { VrrpProcess } from './vrrp-process.ts';
import type { VrrpProcessParts } from './vrrp-process-parts.ts';

const BUDGET_US = 30_000;
const ROUNDS_MAX = 20;
/** First as a master, then in what follows that. */
const ALARMS_PER_ROUND = 4;
const ADDRESSES_MAX = 2;
/** Where thousands are to be added, what is done with each of them shall be compiled code, too. */
const CROWD_MIN = 100;
const CROWD_REHEARSED = 250;
const CROWD_BUDGET_US = 60_000;
/** Where many instances listen, what is done with each advert shall be, too. */
const LISTENERS_MIN = 10;
const HEARING_BUDGET_US = 40_000;
const HEARD_PER_TURN = 64;
const HEARING_TURNS_MAX = 64;
const SPEAKERS = 16;
const SPEAKING_BUDGET_US = 60_000;
const SPEAKING_ALARMS_MAX = 400;
/** No interface has it: the kernel refuses, once all of our own code has run. */
const NO_INTERFACE = 0x7fff_fff0;
const LOOPBACK = { interfaceIndex: 1, interfaceName: 'lo' };
/** Refused as well: the one as a broadcast, the other because the loopback has not our source. */
const NO_DESTINATION: Readonly<Record<IpFamily, IpAddress>> = {
  4: parseIp('255.255.255.255') as IpAddress,
  6: parseIp('ff02::12') as IpAddress,
};
/** The kernel's tables are not for rehearsals. */
const NO_GUARDS: GuardFactory = {
  openFirewall: () => ({
    name: '',
    prepare: () => undefined,
    retain: () => undefined,
    renew: () => undefined,
    cover: () => undefined,
    uncover: () => undefined,
    close: () => undefined,
  }),
  startWatchdog: () => ({ note: () => {}, beat: () => {}, close: () => {} }),
};
const PRIORITY_AT = 2;
const BEGIN = micros(1_000_000);
const OWN_MAC = parseMac('02:00:00:00:00:01') as MacAddress;
const OWN_ADDRESSES: Readonly<Record<IpFamily, IpAddress>> = {
  4: parseIp('192.0.2.1') as IpAddress,
  6: parseIp('fe80::1') as IpAddress,
};
/** Nobody may hear a rehearsal. */
const MUTE_PEERS: PeerNetwork = {
  open: () => ({
    join: () => undefined,
    leave: () => {},
    send: () => undefined,
    close: () => {},
  }),
};

export interface WarmUpParts {
  readonly clock: Clock;
  readonly alarms: AlarmFactory;
  readonly network: AdvertNetwork;
  readonly table: AddressTable;
  readonly frames: FrameSender;
  readonly verbosity: VrrpProcessParts['verbosity'];
}

/** Resolves with the number of rounds. */
export async function warmUp(model: Model, parts: WarmUpParts): Promise<number> {
  const instances = typicalInstances(model);
  const isCrowd = instances.some(({ excludedAddresses }) => excludedAddresses.length > 0);
  const end = parts.clock.now() + BUDGET_US + (isCrowd ? CROWD_BUDGET_US : 0);
  let rounds = 0;
  while (rounds < instances.length * ROUNDS_MAX && parts.clock.now() < end) {
    const one = instances.slice(rounds % instances.length).slice(0, 1);
    await rehearse({ ...model, scripts: [], instances: one }, parts);
    rounds++;
  }
  const [first] = instances;
  if (first !== undefined && model.instances.length >= LISTENERS_MIN) {
    await rehearseHearing({ ...model, scripts: [], instances: [first] }, parts);
    await rehearseSpeaking({ ...model, scripts: [], instances: choirOf(first) }, parts);
  }
  return rounds;
}

/** A backup hears again and again what a master has said. */
async function rehearseHearing(model: Model, parts: WarmUpParts): Promise<void> {
  const end = parts.clock.now() + HEARING_BUDGET_US;
  const said = await rehearse(model, parts);
  if (said === undefined) return;
  await rehearse(model, parts, {
    hear: async (onDatagram) => {
      const late = { heardAt: BEGIN, times: 2 };
      for (let turn = 0; turn < HEARING_TURNS_MAX && parts.clock.now() < end; turn++) {
        for (let count = 0; count < HEARD_PER_TURN; count++) onDatagram(said, late);
        await nextTurn();
      }
    },
  });
}

/** Masters advertise together, again and again. What V8 does not compile now it compiles for half a minute. */
async function rehearseSpeaking(model: Model, parts: WarmUpParts): Promise<void> {
  const end = parts.clock.now() + SPEAKING_BUDGET_US;
  await rehearse(model, parts, {
    goesOn: (alarms) => alarms < SPEAKING_ALARMS_MAX && parts.clock.now() < end,
  });
}

function choirOf(instance: VrrpInstanceModel): readonly VrrpInstanceModel[] {
  return Array.from({ length: SPEAKERS }, (_, index) => ({
    ...instance,
    name: `${instance.name} ${index}`,
    vrid: index + 1,
  }));
}

/** One instance for each kind of bytes on the wire, without what it shares with the real ones. */
function typicalInstances(model: Model): readonly VrrpInstanceModel[] {
  const kinds = new Map<string, VrrpInstanceModel>();
  for (const instance of model.instances) {
    const { family, version, transport } = instance;
    const kind = `${family} ${version} ${transport.kind}`;
    if (kinds.has(kind)) continue;
    kinds.set(kind, rehearsed(instance));
  }
  const crowd = model.instances.find(
    (instance) => virtualAddressesOf(instance).length >= CROWD_MIN,
  );
  if (crowd === undefined) return [...kinds.values()];
  const excludedAddresses = virtualAddressesOf(crowd).slice(ADDRESSES_MAX, CROWD_REHEARSED);
  return [...kinds.values(), { ...rehearsed(crowd), excludedAddresses }];
}

function rehearsed(instance: VrrpInstanceModel): VrrpInstanceModel {
  return {
    ...instance,
    addresses: instance.addresses.slice(0, ADDRESSES_MAX),
    excludedAddresses: [],
    trackedInterfaces: [],
    trackedScripts: [],
    trackedChecks: [],
    notify: {},
    // Nobody is there who could relieve it.
    plannedHandover: 'off',
    fastTakeover: 'off',
  };
}

interface Play {
  /** While it is a backup. */
  hear?(onDatagram: DatagramListener): Promise<void>;
  /** Whether the alarm is to go off once more. */
  goesOn?(alarms: number): boolean;
}

/** Returns what the master has said last. */
async function rehearse(
  model: Model,
  parts: WarmUpParts,
  { hear, goesOn = (alarms) => alarms < ALARMS_PER_ROUND }: Play = {},
): Promise<ReceivedDatagram | undefined> {
  let now = BEGIN;
  let said: ReceivedDatagram | undefined;
  let listener: DatagramListener | undefined;
  const alarm = watchAlarm(parts);
  const vrrp = new VrrpProcess(model, {
    clock: { now: () => now, wallMs: () => 0 },
    alarms: alarm.factory,
    network: {
      open: (options, onDatagram) => {
        listener = onDatagram;
        return openMuteLink(options, parts.network, (datagram) => {
          said = datagram;
        });
      },
    },
    peers: MUTE_PEERS,
    table: {
      apply: (operations) => {
        parts.table.apply(operations.map((each) => ({ ...each, interfaceIndex: NO_INTERFACE })));
        return operations.map(() => undefined);
      },
      renew: (operations) => {
        parts.table.renew(operations.map((each) => ({ ...each, interfaceIndex: NO_INTERFACE })));
        return undefined;
      },
      expect: () => {},
      close: () => {},
    },
    frames: {
      send: (_index, frame) => {
        parts.frames.send(NO_INTERFACE, frame);
        return undefined;
      },
      close: () => {},
    },
    monitor: {
      links: () => linksOf(model),
      addresses: () => addressesOf(model),
      close: () => {},
    },
    watch: {
      openClaims: () => ({ expect: () => {}, close: () => {} }),
      openListeners: () => ({ close: () => {} }),
    },
    scripts: { run: () => ({ pid: undefined, kill: () => {} }) },
    guards: NO_GUARDS,
    forwardsIpv6: () => false,
    log: { write: () => {}, close: () => {} },
    verbosity: parts.verbosity,
  });
  vrrp.start(now);
  if (listener !== undefined) await hear?.(listener);
  for (let count = 0; goesOn(count); count++) {
    now = micros(Math.max(now, alarm.armedAt() ?? now));
    await alarm.goOff();
    await nextTurn();
  }
  await new Promise<void>((resolve) => vrrp.stop({ addresses: 'release' }, resolve));
  return said;
}

/** A real alarm that goes off when it is told to. */
function watchAlarm({ alarms, clock }: WarmUpParts) {
  let armedAt: Micros | undefined;
  let wentOff = (): void => {};
  let real: Alarm | undefined;
  const factory: AlarmFactory = {
    createAlarm: (onDue) => {
      const alarm = alarms.createAlarm(() => {
        onDue();
        wentOff();
      });
      real = alarm;
      return {
        arm: (at) => {
          armedAt = at;
        },
        close: () => alarm.close(),
      };
    },
  };
  const goOff = (): Promise<void> =>
    new Promise((resolve) => {
      wentOff = resolve;
      real?.arm(clock.now());
    });
  return { factory, armedAt: () => armedAt, goOff };
}

/** Real sockets, through which nothing comes and nothing goes. */
function openMuteLink(
  options: AdvertLinkOptions,
  network: AdvertNetwork,
  onSaid: (datagram: ReceivedDatagram) => void,
): AdvertLink {
  const { family } = options;
  const transport = { kind: 'unicast', source: OWN_ADDRESSES[family] } as const;
  const link = network.open({ ...LOOPBACK, family, transport }, () => {});
  return {
    readWaiting: () => {},
    send: (datagram) => {
      const { pdu: payload, ...header } = datagram;
      // The last word, priority 0, is nothing to follow.
      if (payload[PRIORITY_AT] !== 0) onSaid({ ...header, payload, constancy: 'kept' });
      if (!isSysError(link)) link.send({ ...datagram, destination: NO_DESTINATION[family] });
      return undefined;
    },
    close: () => {
      if (!isSysError(link)) link.close();
    },
  };
}

function linksOf({ instances }: Model): readonly LinkFacts[] {
  const names = new Set(
    instances.flatMap((instance) => [
      instance.interface,
      ...virtualAddressesOf(instance).map(({ interface: name = instance.interface }) => name),
    ]),
  );
  return [...names].map((name, position) => ({
    index: position + 1,
    name,
    adminUp: true,
    running: true,
    loopback: false,
    noArp: false,
    multicast: true,
    mtu: 1500,
    mac: OWN_MAC,
    hardwareType: 1,
  }));
}

function addressesOf(model: Model): readonly AddressFacts[] {
  const indexes = new Map(linksOf(model).map(({ name, index }) => [name, index]));
  return model.instances.map(({ interface: name, family, source }) => ({
    interfaceIndex: indexes.get(name) ?? 0,
    family,
    address: source ?? OWN_ADDRESSES[family],
    prefixLength: 24,
    scope: 0,
    flags: 0,
    protocol: 0,
  }));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
