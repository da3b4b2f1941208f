import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IpAddress } from '../../src/base/ip.ts';
import { withNetworkNamespace } from '../../src/linux/ffi/netns.ts';
import { isSysError, type SysError } from '../../src/ports/sys-error.ts';
import { testNamespace } from '../../tools/sweep.ts';

/** Why tests of the kernel cannot run here, or false. */
export const skipKernelTests: string | false =
  process.platform !== 'linux'
    ? 'needs Linux'
    : process.getuid?.() !== 0
      ? 'needs root'
      : hasIp()
        ? false
        : 'needs ip (iproute2)';

export interface TestNamespace {
  readonly name: string;
  /** `ip` inside the namespace, words split at spaces. */
  ip(command: string): string;
  exec(program: string, ...args: string[]): string;
  /** Runs `body` inside, and fails the test where it answers with a SysError. */
  inside<Value>(body: () => Value | SysError): Value;
  indexOf(link: string): number;
  remove(): void;
}

export function createTestNamespace(name: string): TestNamespace {
  const full = testNamespace(name);
  execFileSync('ip', ['netns', 'add', full]);
  const exec = (program: string, ...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', full, program, ...args], { encoding: 'utf8' });
  const ip = (command: string): string =>
    execFileSync('ip', ['-n', full, ...command.split(' ')], { encoding: 'utf8' });
  ip('link set lo up');
  return {
    name: full,
    ip,
    exec,
    inside: (body) => succeeded(withNetworkNamespace(`/run/netns/${full}`, body)),
    indexOf: (link) => Number(/^(\d+):/.exec(ip(`-o link show dev ${link}`))?.[1]),
    remove: () => execFileSync('ip', ['netns', 'del', full]),
  };
}

/** A pair of namespaces with an Ethernet link `eth0` between them. */
export function createTestPair(name: string): { left: TestNamespace; right: TestNamespace } {
  const left = createTestNamespace(`${name}-l`);
  const right = createTestNamespace(`${name}-r`);
  for (const side of [left, right]) {
    side.exec('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0');
  }
  left.ip(`link add eth0 type veth peer name eth0 netns ${right.name}`);
  for (const side of [left, right]) side.ip('link set eth0 up');
  return { left, right };
}

/** Addresses of a test pair, and the groups of adverts. */
export const testEnds = [
  { family: 4, left: ip('10.0.0.1'), right: ip('10.0.0.2'), group: ip('224.0.0.18') },
  { family: 6, left: ip('fd00::1'), right: ip('fd00::2'), group: ip('ff02::12') },
] as const;

export function addTestAddresses(pair: { left: TestNamespace; right: TestNamespace }): void {
  for (const ends of testEnds) {
    const length = ends.family === 4 ? 24 : 64;
    pair.left.ip(`addr add ${ends.left}/${length} dev eth0`);
    pair.right.ip(`addr add ${ends.right}/${length} dev eth0`);
  }
}

export function ip(text: string): IpAddress {
  return text as IpAddress;
}

export function succeeded<Value>(value: Value | SysError): Value {
  if (isSysError(value)) throw new Error(`${value.call}: ${value.code} ${value.message}`);
  return value;
}

/** Waits until the condition holds; fails after the limit. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = 'it',
  limitMs = 2000,
): Promise<void> {
  for (const endMs = Date.now() + limitMs; Date.now() < endMs; ) {
    if (await condition()) return;
    await sleep(2);
  }
  throw new Error(`${what} did not happen within ${limitMs} ms`);
}

function hasIp(): boolean {
  try {
    execFileSync('ip', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
