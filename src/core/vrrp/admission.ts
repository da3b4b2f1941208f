/**
 * Which advertisements count. The checks and their order are keepalived's (its receive path), so that
 * both sides of a mixed group refuse the same packets and count them under the same name.
 */
import { type IpAddress, isMulticast } from '../../base/ip.ts';
import type { ChecksumPolicy, VrrpInstanceModel } from '../../config/model/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { RefusalReason, VrrpStatistics } from './types.ts';

const TYPE_ADVERTISEMENT = 1;
const MULTICAST_TTL = 255;
const AUTH_TYPES_KNOWN = 2;

const AUTH_TYPE_OF = { none: 0, simple: 1 } as const;

export type Admission =
  | {
      readonly kind: 'accepted';
      readonly addressList: 'same' | 'differs';
      readonly checksum: 'ours' | 'old-unicast';
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly detail: string };

/** Judges one advert. `currentMaster` is whom we follow, for `skip_check_adv_addr`. */
export function admitAdvert(
  model: VrrpInstanceModel,
  checksum: ChecksumPolicy,
  advert: ReceivedAdvert,
  currentMaster: IpAddress | undefined,
): Admission {
  for (const check of CHECKS) {
    const detail = check.refuse(model, checksum, advert);
    if (detail !== undefined) return { kind: 'refused', reason: check.reason, detail };
  }
  const skipList = model.skipCheckAdvertAddresses && advert.source === currentMaster;
  const same = skipList || sameAddresses(model, advert);
  const old = checksum === 'detect' && needsChecksum(model) && !advert.checksum.pseudoHeader;
  return {
    kind: 'accepted',
    addressList: same ? 'same' : 'differs',
    checksum: old ? 'old-unicast' : 'ours',
  };
}

/** Counts a refusal under keepalived's name for it. */
export function countRefusal(statistics: VrrpStatistics, reason: RefusalReason): void {
  const counter = COUNTERS[reason];
  if (counter !== undefined) statistics[counter]++;
}

const COUNTERS: Readonly<Record<RefusalReason, keyof VrrpStatistics | undefined>> = {
  length: 'lengthErrors',
  ttl: 'ttlErrors',
  version: 'versionErrors',
  'auth-type-invalid': 'authTypeInvalid',
  'auth-type-mismatch': 'authTypeMismatch',
  'auth-failure': 'authFailures',
  interval: 'intervalErrors',
  type: 'typeErrors',
  checksum: 'checksumErrors',
  transport: 'transportErrors',
  owner: undefined,
  'not-a-peer': 'notAPeer',
};

/** Under which counter refusals are counted, by reason; for reasons that are. */
export const REFUSAL_COUNTERS: Readonly<Partial<Record<RefusalReason, keyof VrrpStatistics>>> =
  Object.fromEntries(Object.entries(COUNTERS).filter(([, counter]) => counter !== undefined));

interface Check {
  readonly reason: RefusalReason;
  /** Says what is wrong, or undefined where nothing is. */
  refuse(
    model: VrrpInstanceModel,
    checksum: ChecksumPolicy,
    advert: ReceivedAdvert,
  ): string | undefined;
}

const CHECKS: readonly Check[] = [
  {
    reason: 'length',
    refuse: (_model, _checksum, advert) =>
      advert.length === 'right'
        ? undefined
        : `length does not fit version ${advert.version} and ${advert.addressCount} addresses`,
  },
  {
    reason: 'ttl',
    refuse: (model, _checksum, advert) =>
      model.transport.kind === 'multicast' &&
      advert.ttl !== undefined &&
      advert.ttl !== MULTICAST_TTL
        ? `TTL ${advert.ttl}, expected ${MULTICAST_TTL}`
        : undefined,
  },
  {
    reason: 'version',
    refuse: (model, _checksum, advert) =>
      advert.version === model.version
        ? undefined
        : `version ${advert.version}, expected ${model.version}`,
  },
  {
    reason: 'auth-type-invalid',
    refuse: (model, _checksum, advert) =>
      carriesAuthentication(model) && advert.authType > AUTH_TYPES_KNOWN
        ? `authentication type ${advert.authType}`
        : undefined,
  },
  {
    reason: 'auth-type-mismatch',
    refuse: (model, _checksum, advert) => {
      const expected = AUTH_TYPE_OF[model.authentication.kind];
      return carriesAuthentication(model) && advert.authType !== expected
        ? `authentication type ${advert.authType}, expected ${expected}`
        : undefined;
    },
  },
  {
    reason: 'auth-failure',
    refuse: (model, _checksum, advert) =>
      carriesAuthentication(model) &&
      model.authentication.kind === 'simple' &&
      !sameText(advert.authData, passwordHex(model.authentication.password.reveal()))
        ? 'wrong password'
        : undefined,
  },
  {
    reason: 'interval',
    refuse: (model, _checksum, advert) =>
      model.version === 2 && advert.advertInterval !== model.advertInterval
        ? `advertisement interval ${advert.advertInterval / 1e6} s, expected ${model.advertInterval / 1e6} s`
        : undefined,
  },
  {
    reason: 'type',
    refuse: (_model, _checksum, advert) =>
      advert.type === TYPE_ADVERTISEMENT ? undefined : `packet type ${advert.type}`,
  },
  {
    reason: 'checksum',
    refuse: (model, checksum, advert) =>
      checksumRight(model, checksum, advert) ? undefined : 'wrong checksum',
  },
  {
    reason: 'transport',
    refuse: (model, _checksum, advert) => {
      const received = isMulticast(advert.destination) ? 'multicast' : 'unicast';
      return received === model.transport.kind
        ? undefined
        : `${received} advertisement, expected ${model.transport.kind}`;
    },
  },
  {
    reason: 'owner',
    refuse: (model) =>
      model.ownerIgnoreAdverts && model.priority === 255
        ? 'the address owner listens to nobody'
        : undefined,
  },
  { reason: 'not-a-peer', refuse: (model, _checksum, advert) => refusePeer(model, advert) },
];

/** RFC 2338 authentication exists in v2 over IPv4 only. */
function carriesAuthentication(model: VrrpInstanceModel): boolean {
  return model.version === 2 && model.family === 4;
}

function needsChecksum(model: VrrpInstanceModel): boolean {
  return model.version === 3 && model.family === 4;
}

function checksumRight(
  model: VrrpInstanceModel,
  policy: ChecksumPolicy,
  { checksum }: ReceivedAdvert,
): boolean {
  if (model.family === 6) return checksum.pseudoHeader;
  if (model.version === 2) return checksum.plain;
  switch (policy) {
    // keepalived does not refuse a wrong sum in this mode; a mixed group relies on it.
    case 'plain':
      return true;
    case 'pseudo-header':
      return checksum.pseudoHeader;
    case 'old-unicast':
      return checksum.groupPseudoHeader;
    case 'detect':
      return (
        checksum.pseudoHeader || (model.transport.kind === 'unicast' && checksum.groupPseudoHeader)
      );
  }
}

function refusePeer(model: VrrpInstanceModel, advert: ReceivedAdvert): string | undefined {
  if (model.transport.kind !== 'unicast' || !model.transport.checkSource) return undefined;
  const peer = model.transport.peers.find(({ address }) => address === advert.source);
  if (peer === undefined) return 'sender is not a unicast peer';
  const { ttl } = advert;
  if (ttl === undefined) return undefined;
  const { minTtl = 0, maxTtl = 255 } = peer;
  return ttl < minTtl || ttl > maxTtl ? `TTL ${ttl} is outside ${minTtl}-${maxTtl}` : undefined;
}

function sameAddresses(model: VrrpInstanceModel, advert: ReceivedAdvert): boolean {
  if (advert.addressCount !== model.addresses.length) return false;
  const listed = new Set(advert.addresses);
  return model.addresses.every(({ address }) => listed.has(address));
}

/** The 8 bytes that a password fills, zero padded, as hexadecimal text (RFC 2338 §5.3.10). */
export function passwordHex(password: string): string {
  const bytes = new Uint8Array(8);
  bytes.set(new TextEncoder().encode(password).subarray(0, 8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Comparison in constant time for texts of one length. */
function sameText(left: string, right: string): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < right.length; index++) {
    difference |= left.charCodeAt(index % Math.max(left.length, 1)) ^ right.charCodeAt(index);
  }
  return difference === 0;
}
