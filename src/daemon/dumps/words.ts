/** Pieces of keepalived's text dump. */
import type { ScriptCommand, VirtualAddress, VrrpInstanceModel } from '../../config/model/vrrp.ts';

const SCOPES: Readonly<Record<number, string>> = {
  0: 'global',
  200: 'site',
  253: 'link',
  254: 'host',
  255: 'nowhere',
};

/** A virtual address; `set` behind it where this host has it. */
export function addressText(
  virtual: VirtualAddress,
  instance: Pick<VrrpInstanceModel, 'interface'>,
  presence: 'set' | 'away',
): string {
  const { address, prefixLength, broadcast, label, peer, preferredLifetimeSeconds } = virtual;
  const isIpv6 = address.includes(':');
  const hostLength = isIpv6 ? 128 : 32;
  const length = prefixLength === hostLength ? '' : `/${prefixLength}`;
  const words = [
    peer === undefined ? `${address}${length}` : address,
    broadcast === undefined ? '' : `brd ${broadcast}`,
    `dev ${virtual.interface ?? instance.interface}`,
    // keepalived knows no scopes of IPv6 addresses.
    `scope ${isIpv6 ? 'global' : (SCOPES[virtual.scope] ?? virtual.scope)}`,
    label === undefined ? '' : `label ${label}`,
    peer === undefined ? '' : `peer ${peer}/${prefixLength}`,
    virtual.home === true ? 'home' : '',
    virtual.duplicateAddressDetection === true ? '-nodad' : '',
    virtual.manageTempAddress === true ? 'mngtmpaddr' : '',
    virtual.noPrefixRoute === true ? 'noprefixroute' : '',
    virtual.autoJoin === true ? 'autojoin' : '',
    virtual.noTrack === true ? 'no_track' : '',
    isIpv6 ? lifetimeText(preferredLifetimeSeconds) : '',
    presence === 'set' ? 'set' : '',
  ];
  return words.filter((word) => word !== '').join(' ');
}

function lifetimeText(seconds: number | undefined): string {
  if (seconds === undefined) return 'preferred_lft forever';
  return seconds === 0 ? 'deprecated' : `preferred_lft ${seconds}`;
}

/** `'/path' 'argument'`. */
export function commandText({ argv }: ScriptCommand): string {
  return argv.map((word) => `'${word}'`).join(' ');
}

/** `1795643824.304077 (Wed Nov 25 21:57:04.304077 2026)`, in local time. */
export function instantText(wallMs: number | undefined): string {
  if (wallMs === undefined) return '0.000000 (Thu Jan  1 00:00:00.000000 1970)';
  const micros = Math.round(wallMs * 1000);
  const fraction = String(micros % 1_000_000).padStart(6, '0');
  const at = new Date(Math.floor(micros / 1000));
  const [day, month] = [DAYS[at.getDay()], MONTHS[at.getMonth()]];
  const date = String(at.getDate()).padStart(2, ' ');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  const seconds = Math.floor(micros / 1_000_000);
  return `${seconds}.${fraction} (${day} ${month} ${date} ${time}.${fraction} ${at.getFullYear()})`;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
