import { existsSync, readFileSync } from 'node:fs';
import { Secret } from '../../src/base/secret.ts';
import { PeerKeys } from '../../src/daemon/peer-keys.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { openPeerMessage } from '../../src/wire/peer.ts';
import type { PeerMessage } from '../../src/wire/peer-types.ts';
import { type InstanceText, instance } from './support.ts';

export const PEER_PORT = 7112;
const SECRET = '4be1c3d2a5f60718';

/** A configuration whose hosts speak to each other. */
export function speaking(options: InstanceText, globals: readonly string[] = []): string {
  const lines = [
    '    @holdfast peer_key 4be1c3d2a5f60718',
    ...globals.map((line) => `    ${line}`),
  ];
  return `global_defs {\n${lines.join('\n')}\n}\n${instance(options)}`;
}

/** For so long after its start a holdfast names nobody, and takes over from nobody. */
const ACQUAINTANCE_MS = 1500;

/** Waits until the daemon has confirmed each of these hosts as a peer, and counts on them. */
export async function knows(daemon: HostProcess, ...others: readonly Host[]): Promise<void> {
  for (const other of others) {
    await daemon.logContains(`holdfast peer ${other.address(4)} found`, { timeoutMs: 30_000 });
  }
  await new Promise((resolve) => setTimeout(resolve, ACQUAINTANCE_MS));
}

export function texts(daemon: HostProcess): readonly string[] {
  return daemon.log.map(({ text }) => text);
}

/** Reads a recorded message of `speaking` hosts. */
export function readMessage(payload: Uint8Array): PeerMessage | undefined {
  const opened = openPeerMessage(payload, new PeerKeys().signer(new Secret(SECRET)));
  return opened.ok ? opened.value : undefined;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const ETHERNET_BYTES = 14;
const UDP_BYTES = 8;

/** Records the side messages that a host sees, whoever sends them. */
export class PeerCapture {
  readonly #tcpdump: HostProcess;
  readonly #file: string;

  private constructor(tcpdump: HostProcess, file: string) {
    this.#tcpdump = tcpdump;
    this.#file = file;
  }

  static async start(host: Host): Promise<PeerCapture> {
    const file = host.path(`tmp/peers-${process.hrtime.bigint()}.pcap`);
    const argv = ['tcpdump', '-i', 'eth0', '-U', '-w', file, 'ip and udp port', String(PEER_PORT)];
    const tcpdump = await host.spawn(argv);
    await tcpdump.logContains('listening on');
    return new PeerCapture(tcpdump, file);
  }

  /** The payloads so far. */
  payloads(): readonly Uint8Array[] {
    if (!existsSync(this.#file)) return [];
    const bytes = readFileSync(this.#file);
    const payloads: Uint8Array[] = [];
    for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= bytes.length; ) {
      const frameAt = at + RECORD_HEADER_BYTES;
      const end = frameAt + bytes.readUInt32LE(at + 8);
      if (end > bytes.length) break;
      const ipAt = frameAt + ETHERNET_BYTES;
      const ipBytes = ((bytes[ipAt] ?? 0) & 0x0f) * 4;
      payloads.push(Uint8Array.from(bytes.subarray(ipAt + ipBytes + UDP_BYTES, end)));
      at = end;
    }
    return payloads;
  }

  async stop(): Promise<void> {
    await this.#tcpdump.stop({ signal: 'SIGINT' });
  }
}

/** Sends payloads to the group from a host that has no part in it. */
export async function sendToGroup(host: Host, payloads: readonly Uint8Array[]): Promise<void> {
  const script = `
    const socket = require('node:dgram').createSocket('udp4');
    const payloads = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
    socket.bind(0, () => {
      socket.setMulticastInterface('${host.address(4)}');
      socket.setMulticastTTL(255);
      const next = (at) => {
        if (at === payloads.length) return socket.close();
        const payload = Buffer.from(payloads[at], 'hex');
        socket.send(payload, ${PEER_PORT}, '224.0.0.18', () => setTimeout(next, 2, at + 1));
      };
      next(0);
    });`;
  const input = JSON.stringify(payloads.map((payload) => Buffer.from(payload).toString('hex')));
  const { status, stderr } = await host.run([process.execPath, '-e', script], { input });
  if (status !== 0) throw new Error(stderr);
}

/** How many UDP datagrams the sockets of a host have been given. */
export async function datagramsOf(host: Host): Promise<number> {
  const { stdout } = await host.run('cat /proc/net/snmp');
  const [, values = ''] = stdout.split('\n').filter((line) => line.startsWith('Udp: '));
  return Number(values.split(' ')[1]);
}
