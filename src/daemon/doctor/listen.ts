/** Listens for adverts of others for a while, and watches the clock meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, HeardAdvert, Hearing, HostLink, Known } from '../../doctor/facts.ts';
import { openAdvertCapture } from '../../linux/advert-capture.ts';
import { openFdWatcher } from '../../linux/fd-watcher.ts';
import { stateOfKernelClock } from '../../linux/kernel-clock.ts';
import { isSysError } from '../../ports/sys-error.ts';
import { decodeIpv6 } from '../../wire/ipv6.ts';
import { decodeAdvert, decodeAdvertPacket, VRRP_PROTOCOL } from '../../wire/vrrp.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';

const MS_PER_SECOND = 1000;
/** A flood fills no memory: what is said of a speaker is said by its last advert. */
const SPEAKERS_MAX = 1000;
const ADVERTISEMENT = 1;

export interface Listened {
  readonly hearing: Known<Hearing>;
  readonly clock: Known<Clock>;
}

export async function listen(links: readonly HostLink[], seconds: number): Promise<Listened> {
  const before = clockOffsetMs();
  const hearing = await hear(links, seconds);
  const clock = { stepMs: clockOffsetMs() - before, state: stateOfKernelClock() };
  return { hearing, clock };
}

async function hear(links: readonly HostLink[], seconds: number): Promise<Known<Hearing>> {
  if (seconds === 0) return { unknown: 'nobody listened (--listen 0)' };
  const watcher = await openFdWatcher();
  const captures: { close(): void }[] = [];
  const heard = new Map<string, HeardAdvert>();
  const heardOn: string[] = [];
  let failure: string | undefined;
  for (const { name, index, isUp, isLoopback } of links) {
    if (!isUp || isLoopback) continue;
    heardOn.push(name);
    for (const family of [4, 6] as const) {
      const capture = openAdvertCapture(watcher, { interfaceIndex: index, family }, (packet) => {
        const advert = family === 4 ? decodeAdvertPacket(packet) : decodeAdvert6(packet);
        if (advert?.ok !== true || advert.value.type !== ADVERTISEMENT) return;
        note(heard, name, advert.value);
      });
      if (isSysError(capture)) failure = `cannot listen on ${name}: ${capture.message}`;
      else captures.push(capture);
    }
  }
  // Also where there is nobody to hear: the clock is watched meanwhile.
  await sleep(seconds * MS_PER_SECOND);
  for (const capture of captures) capture.close();
  watcher.close();
  if (captures.length === 0 && failure !== undefined) return { unknown: failure };
  return { seconds, links: heardOn, adverts: [...heard.values()] };
}

function decodeAdvert6(packet: Uint8Array) {
  const ip = decodeIpv6(packet);
  if (!ip.ok || ip.value.nextHeader !== VRRP_PROTOCOL) return undefined;
  return decodeAdvert(ip.value.payload, { ...ip.value, ttl: ip.value.hopLimit });
}

function note(heard: Map<string, HeardAdvert>, link: string, advert: ReceivedAdvert): void {
  const { source, destination, version, vrid, priority, addresses, advertInterval } = advert;
  const key = `${link} ${source} ${vrid}`;
  if (heard.size >= SPEAKERS_MAX && !heard.has(key)) return;
  // A master that stops says priority 0; that is none.
  if (priority === 0 && heard.has(key)) return;
  const interval = advertInterval;
  heard.set(key, { link, source, destination, version, vrid, priority, interval, addresses });
}

function clockOffsetMs(): number {
  const before = process.hrtime.bigint();
  const wallMs = Date.now();
  return wallMs - Number(before / 1000n) / 1000;
}
