/** From the words of a golden script to models and adverts. */
import type { IpAddress } from '../../../src/base/ip.ts';
import { Secret } from '../../../src/base/secret.ts';
import { type Micros, micros, seconds } from '../../../src/base/time.ts';
import type {
  TrackedProxy,
  Tracking,
  VrrpInstanceModel,
  VrrpScriptModel,
} from '../../../src/config/model/vrrp.ts';
import { passwordHex } from '../../../src/core/vrrp/admission.ts';
import { INTERFACE, ip } from '../../../src/sim/plan.ts';
import type { ReceivedAdvert } from '../../../src/wire/vrrp-types.ts';

export type Options = Readonly<Record<string, string>> & { readonly instance: string };

export function makeInstance(options: Options, index: number): VrrpInstanceModel {
  const family = options.family === '6' ? 6 : 4;
  const first = family === 4 ? '10.0.0.100' : 'fd00::100';
  const { unicast, source, password } = options;
  return {
    name: options.instance,
    family,
    interface: INTERFACE,
    version: options.version === '3' ? 3 : 2,
    vrid: Number(options.vrid ?? 51),
    priority: Number(options.priority ?? 100),
    initialState: options.state === 'master' ? 'master' : 'backup',
    advertInterval: time(options.interval ?? '1'),
    downTimerAdverts: Number(options.adverts ?? 3),
    preempt: options.nopreempt === 'yes' ? 'nopreempt' : 'preempt',
    preemptDelay: time(options['preempt-delay'] ?? '0'),
    strict: false,
    transport:
      unicast === undefined
        ? { kind: 'multicast', group: ip(family === 4 ? '224.0.0.18' : 'ff02::12') }
        : {
            kind: 'unicast',
            peers: list(unicast).map((address) => ({ address, ...ttlRange(options) })),
            ttl: 255,
            checkSource: options['check-source'] === 'yes',
          },
    ...(source === undefined ? {} : { source: ip(source) }),
    trackSource: false,
    trackInterface: options['dont-track'] !== 'yes',
    authentication:
      password === undefined
        ? { kind: 'none' }
        : { kind: 'simple', password: new Secret(password) },
    checksum: (options.checksum ?? 'detect') as VrrpInstanceModel['checksum'],
    skipCheckAdvertAddresses: options['skip-address-check'] === 'yes',
    lowerPriorityNoAdvert: options['lower-prio-no-advert'] === 'yes',
    higherPrioritySendAdvert: options['higher-prio-send-advert'] === 'yes',
    ownerIgnoreAdverts: options['owner-ignore'] === 'yes',
    addresses: virtual(options.addresses ?? first, options['no-track']),
    excludedAddresses: virtual(options.excluded ?? '', options['no-track']),
    announcements: announcements(options.garp ?? '5,5,0,1,5,5'),
    trackedInterfaces: tracking(options.track),
    trackedScripts: tracking(options.scripts),
    trackedChecks: tracking(options.checks),
    ...(options.proxies !== undefined && { trackedProxies: trackedProxies(options.proxies) }),
    notify: index < 0 ? {} : {},
    plannedHandover: options.handover === 'yes' ? 'on' : 'off',
    fastTakeover: options.fast === 'yes' ? 'on' : 'off',
    onAddressLoss: (options['on-loss'] ?? 'reelect-at-once') as VrrpInstanceModel['onAddressLoss'],
  };
}

export function makeScript(name: string, options: Options): VrrpScriptModel {
  return {
    name,
    command: { argv: [`/usr/bin/${name}`] },
    interval: time(options.interval ?? '1'),
    timeout: time(options.timeout ?? options.interval ?? '1'),
    rise: Number(options.rise ?? 1),
    fall: Number(options.fall ?? 1),
    initialResult: options.init_fail === 'yes' ? 'failed' : 'unknown',
  };
}

/** An advert that the instance would accept, but for what the script says otherwise. */
export function makeAdvert(
  model: VrrpInstanceModel,
  own: readonly IpAddress[],
  options: Options,
): ReceivedAdvert {
  const { transport, version, family, authentication } = model;
  const isSimple = authentication.kind === 'simple';
  const destination =
    transport.kind === 'multicast'
      ? transport.group
      : (own.find((address) => address.includes(':') === (family === 6)) ?? ip('10.0.0.10'));
  const password = options.password ?? (isSimple ? authentication.password.reveal() : '');
  const good = options.checksum === undefined;
  return {
    source: ip(options.from ?? (family === 4 ? '10.0.0.99' : 'fe80::99')),
    destination: options.to === undefined ? destination : ip(options.to),
    ttl: options.ttl === 'none' ? undefined : Number(options.ttl ?? 255),
    version: Number(options.version ?? version),
    type: Number(options.type ?? 1),
    vrid: Number(options.vrid ?? model.vrid),
    priority: Number(options.priority ?? 100),
    addressCount: model.addresses.length,
    addresses:
      options.addresses === undefined
        ? model.addresses.map(({ address }) => address)
        : list(options.addresses),
    authType: Number(options['auth-type'] ?? (isSimple ? 1 : 0)),
    authData: passwordHex(password),
    advertInterval: options.interval === undefined ? model.advertInterval : time(options.interval),
    length: options.length === 'wrong' ? 'wrong' : 'right',
    checksum: {
      plain: good || options.checksum === 'plain',
      pseudoHeader: good || options.checksum === 'pseudo',
      groupPseudoHeader: good || options.checksum === 'group',
    },
  };
}

function announcements(text: string): VrrpInstanceModel['announcements'] {
  const [repeat = 5, delay = 5, refresh = 0, refreshRepeat = 1, lower = 5, lowerDelay = 5] = text
    .split(',')
    .map(Number);
  return {
    repeat,
    delay: seconds(delay),
    refresh: seconds(refresh),
    refreshRepeat,
    lowerPriorityRepeat: lower,
    lowerPriorityDelay: seconds(lowerDelay),
    arpInterval: micros(0),
    naInterval: micros(0),
  };
}

/** `name:weight` or `name:weight:reverse`, separated by commas. */
function tracking(text: string | undefined): readonly Tracking[] {
  if (text === undefined || text === '') return [];
  return text.split(',').map((item) => {
    const [name = '', weight = '0', sense] = item.split(':');
    return { name, weight: Number(weight), sense: sense === 'reverse' ? 'reverse' : 'normal' };
  });
}

/** `api/2:-30`: at least two servers, or else 30 less. */
function trackedProxies(text: string): readonly TrackedProxy[] {
  return text.split(',').map((item) => {
    const [what = '', weight = '0'] = item.split(':');
    const [proxy = '', min = '1'] = what.split('/');
    const name = min === '1' ? proxy : `${proxy} min ${min}`;
    return { name, weight: Number(weight), sense: 'normal', proxy, min: Number(min) };
  });
}

function virtual(text: string, noTrack: string | undefined): VrrpInstanceModel['addresses'] {
  return list(text).map((address) => ({
    address,
    prefixLength: address.includes(':') ? 64 : 24,
    scope: 0,
    ...(address === noTrack ? { noTrack: true } : {}),
  }));
}

function ttlRange(options: Options): { minTtl?: number; maxTtl?: number } {
  const { 'min-ttl': min, 'max-ttl': max } = options;
  return {
    ...(min === undefined ? {} : { minTtl: Number(min) }),
    ...(max === undefined ? {} : { maxTtl: Number(max) }),
  };
}

function list(text: string): readonly IpAddress[] {
  return text === '' ? [] : text.split(',').map(ip);
}

function time(text: string): Micros {
  return seconds(Number(text));
}
