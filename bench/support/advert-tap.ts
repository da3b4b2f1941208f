/**
 * Hears the adverts of a segment (IPv4, multicast) at the client, with the kernel's time stamps: it does
 * not matter when this process comes to read them.
 */
import type { IpAddress } from '../../src/base/ip.ts';
import type { Host } from '../../src/lab/host.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { openFdWatcher } from '../../src/linux/fd-watcher.ts';
import { close } from '../../src/linux/ffi/libc.ts';
import { bindSyscall } from '../../src/linux/ffi/library.ts';
import { allocateMessage, type ControlMessage } from '../../src/linux/ffi/message.ts';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { encodeInt, openSocket, option, receiveBuffer } from '../../src/linux/ffi/open-socket.ts';
import { AF_INET, littleEndian } from '../../src/linux/ffi/sockaddr.ts';
import {
  IP_ADD_MEMBERSHIP,
  SO_TIMESTAMPNS,
  SOCK_RAW,
  SOL_IP,
  SOL_SOCKET,
} from '../../src/linux/ffi/socket-numbers.ts';
import type { FdWatcher } from '../../src/ports/fd-watcher.ts';
import { isSysError } from '../../src/ports/sys-error.ts';
import { decodeIpv4 } from '../../src/wire/ipv4.ts';
import { VRRP_PROTOCOL } from '../../src/wire/vrrp.ts';

const CLOCK_REALTIME = 0;
const clockGettime = bindSyscall('int clock_gettime(int clock, void *time)');

export interface SeenAdvert {
  /** When it arrived, on the axis of `monotonicMs`. */
  readonly atMs: number;
  readonly from: IpAddress;
  readonly vrid: number;
  readonly priority: number;
}

export interface AdvertTap {
  /** All that was heard since it was last cleared, in order. */
  readonly seen: readonly SeenAdvert[];
  clear(): void;
  /** Resolves with the next advert that `matches`, as soon as this process has read it. */
  next(matches: (advert: SeenAdvert) => boolean, timeoutMs?: number): Promise<SeenAdvert>;
  close(): void;
}

export async function openAdvertTap(client: Host): Promise<AdvertTap> {
  const name = client.interface.name;
  const { stdout } = await client.run(['cat', `/sys/class/net/${name}/ifindex`]);
  const index = Number(stdout);
  const fd = withNetworkNamespace(`/run/netns/${client.plan.namespace}`, () =>
    openSocket({ domain: AF_INET, type: SOCK_RAW, protocol: VRRP_PROTOCOL, mode: 'non-blocking' }, [
      receiveBuffer(4 << 20),
      option(SOL_SOCKET, SO_TIMESTAMPNS, 1),
      option(SOL_IP, IP_ADD_MEMBERSHIP, membership(index)),
    ]),
  );
  if (isSysError(fd)) throw new Error(`cannot hear adverts: ${fd.call}: ${fd.message}`);
  return createTap(fd, await openFdWatcher());
}

function createTap(fd: number, watcher: FdWatcher): AdvertTap {
  const buffer = allocateMessage({ name: 16, control: 128, data: 8192 });
  const seen: SeenAdvert[] = [];
  const waiting = new Set<(advert: SeenAdvert) => void>();
  const watch = watcher.watch(fd, () => {
    const offsetMs = monotonicMs() - realtimeMs();
    for (;;) {
      const length = buffer.receive(fd, 0);
      if (length < 0) return;
      const advert = readAdvert(buffer.data(length), stampMs(buffer.controls()) + offsetMs);
      if (advert === undefined) continue;
      seen.push(advert);
      for (const tell of [...waiting]) tell(advert);
    }
  });
  if (isSysError(watch)) throw new Error(`cannot watch the tap: ${watch.message}`);
  return {
    seen,
    clear: () => {
      seen.length = 0;
    },
    next: (matches, timeoutMs = 30_000) =>
      new Promise((resolve, reject) => {
        const tell = (advert: SeenAdvert): void => {
          if (!matches(advert)) return;
          waiting.delete(tell);
          clearTimeout(timer);
          resolve(advert);
        };
        const timer = setTimeout(() => {
          waiting.delete(tell);
          reject(new Error(`no such advert in ${timeoutMs / 1000} s`));
        }, timeoutMs);
        waiting.add(tell);
      }),
    close: () => {
      watch.close();
      close(fd);
      setImmediate(() => watcher.close());
    },
  };
}

function readAdvert(bytes: Uint8Array, atMs: number): SeenAdvert | undefined {
  const packet = decodeIpv4(bytes);
  if (!packet.ok) return undefined;
  const { payload, source } = packet.value;
  const [, vrid = 0, priority = 0] = payload;
  return { atMs, from: source, vrid, priority };
}

function stampMs(controls: readonly ControlMessage[]): number {
  for (const { level, type, data } of controls) {
    if (level === SOL_SOCKET && type === SO_TIMESTAMPNS) return timespecMs(data);
  }
  throw new Error('the kernel does not stamp packets');
}

function realtimeMs(): number {
  const time = new Uint8Array(16);
  clockGettime(CLOCK_REALTIME, time);
  return timespecMs(time);
}

function timespecMs(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return (
    Number(view.getBigInt64(0, littleEndian)) * 1e3 +
    Number(view.getBigInt64(8, littleEndian)) / 1e6
  );
}

/** struct ip_mreqn of 224.0.0.18. */
function membership(interfaceIndex: number): Uint8Array {
  return Uint8Array.of(224, 0, 0, 18, 0, 0, 0, 0, ...encodeInt(interfaceIndex));
}
