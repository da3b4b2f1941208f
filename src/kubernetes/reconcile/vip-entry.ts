/** One entry of the ConfigMap: which address, and what stands behind it. */
import { type IpAddress, ipFamily, ipToBytes, isMulticast, parseIp } from '../../base/ip.ts';
import { parseInteger } from '../../base/json-fields.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import {
  GROUP_SETTINGS,
  type GroupSettings,
  readGroupSetting,
  type Writable,
} from './group-settings.ts';
import type { ObjectName } from './objects.ts';

export type Method = 'NAT' | 'DR' | 'PROXY';

export interface ServiceTarget extends ObjectName {
  readonly method: Method;
}

export interface VipEntry extends GroupSettings {
  /** As it stands in the ConfigMap. */
  readonly key: string;
  readonly address: IpAddress;
  /** 32 or 128 where it says nothing. */
  readonly prefixLength: number;
  /** Empty: the address is held, nothing is balanced. */
  readonly targets: readonly ServiceTarget[];
  readonly interfaceName?: string;
  /** Another VRRP group than that of the rest. */
  readonly vrid?: number;
  /** Only nodes where it has a ready endpoint hold the address. */
  readonly follow?: ObjectName;
}

/** A label, and names of Services, which begin with a letter on most clusters. */
const NAME = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const SERVICE = new RegExp(`^(${NAME})/(${NAME})$`);
const INTERFACE = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$/;
const SHOWN_CHARACTERS_MAX = 80;
const TARGETS_MAX = 64;

/** A key is an address; of IPv6 `-` stands for `:`, which no key may contain. */
export function parseVipKey(key: string): Result<IpAddress, string> {
  const address = parseIp(key.includes('-') ? key.replaceAll('-', ':') : key);
  if (address === undefined) {
    return failed(
      `${shown(key)} is not an address: write 192.0.2.10, or 2001-db8--10 for 2001:db8::10`,
    );
  }
  const what = unfit(address);
  return what === undefined ? ok(address) : failed(`${address} is ${what}: no host can hold it`);
}

function unfit(address: IpAddress): string | undefined {
  if (isMulticast(address)) return 'a multicast address';
  const bytes = ipToBytes(address);
  if (ipFamily(address) === 4) {
    const [first] = bytes;
    if (first === 0) return 'no address of a host';
    if (first === 127) return 'an address of the loopback';
    return (first ?? 0) >= 240 ? 'a reserved address' : undefined;
  }
  const head = bytes.subarray(0, 12);
  if (head.every((byte) => byte === 0)) return 'an unspecified, loopback or compatible address';
  return address.startsWith('::ffff:') ? 'an IPv4 address in the form of IPv6' : undefined;
}

/** Services and settings, with blanks or commas between them; nothing: the address alone. */
export function parseVipEntry(key: string, value: string): Result<VipEntry, string> {
  const address = parseVipKey(key);
  if (!address.ok) return address;
  const words = value.split(/[\s,]+/).filter((word) => word !== '');
  const targets: ServiceTarget[] = [];
  const settings: Settings = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    const read =
      equals === -1
        ? addTarget(word, targets)
        : addSetting(word.slice(0, equals), word.slice(equals + 1), address.value, settings);
    if (read !== undefined) return failed(read);
  }
  const { prefixLength = longest(address.value), ...rest } = settings;
  return ok({ key, address: address.value, prefixLength, targets, ...rest });
}

/** What is wrong with it. */
function addTarget(word: string, targets: ServiceTarget[]): string | undefined {
  const colon = word.indexOf(':');
  const name = parseServiceName(colon === -1 ? word : word.slice(0, colon));
  if (name === undefined) {
    return `${shown(word)} is not a Service: write NAMESPACE/NAME, say default/web`;
  }
  const method = colon === -1 ? 'NAT' : word.slice(colon + 1) || 'NAT';
  if (method !== 'NAT' && method !== 'DR' && method !== 'PROXY') {
    return `${shown(method)} is no way of forwarding: write NAT, DR or PROXY behind the colon`;
  }
  if (targets.some((one) => one.namespace === name.namespace && one.name === name.name)) {
    return `${name.namespace}/${name.name} stands there twice: write it once`;
  }
  targets.push({ ...name, method });
  return targets.length > TARGETS_MAX ? `more than ${TARGETS_MAX} Services` : undefined;
}

type Settings = Writable<
  Partial<Pick<VipEntry, 'prefixLength' | 'interfaceName' | 'vrid' | 'follow'>> & GroupSettings
>;

function addSetting(
  name: string,
  text: string,
  address: IpAddress,
  settings: Settings,
): string | undefined {
  switch (name) {
    case 'prefix': {
      const length = parseInteger(text, [1, longest(address)]);
      if (length === undefined) return `prefix=${shown(text)}: write 1 to ${longest(address)}`;
      settings.prefixLength = length;
      return undefined;
    }
    case 'interface':
      if (!INTERFACE.test(text)) return `interface=${shown(text)} is not the name of an interface`;
      settings.interfaceName = text;
      return undefined;
    case 'vrid': {
      const vrid = parseInteger(text, [1, 255]);
      if (vrid === undefined) return `vrid=${shown(text)}: write 1 to 255`;
      settings.vrid = vrid;
      return undefined;
    }
    case 'follow': {
      const follow = parseServiceName(text);
      if (follow === undefined) return `follow=${shown(text)}: write follow=NAMESPACE/NAME`;
      settings.follow = follow;
      return undefined;
    }
    default: {
      const read = readGroupSetting(name, text);
      if (read === undefined) {
        const known = ['interface', 'prefix', 'vrid', 'follow', ...GROUP_SETTINGS];
        return `there is no setting ${shown(name)}: ${known.join('=, ')}= are known`;
      }
      if ('instead' in read) return `${name}=${shown(text)}: write ${read.instead}`;
      Object.assign(settings, read.settings);
      return undefined;
    }
  }
}

export function parseServiceName(text: string): ObjectName | undefined {
  const [, namespace, name] = SERVICE.exec(text) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

function longest(address: IpAddress): 32 | 128 {
  return ipFamily(address) === 4 ? 32 : 128;
}

/** In quotes, on one line, no longer than a sentence bears. */
function shown(text: string): string {
  const line = JSON.stringify(text.slice(0, SHOWN_CHARACTERS_MAX)).slice(1, -1);
  return `'${line}${text.length > SHOWN_CHARACTERS_MAX ? '…' : ''}'`;
}
