/** A lab for measurements, in which what measures is not held up by what else runs on the machine. */
import type { IpFamily } from '../../src/base/ip.ts';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import type { HostOptions, InterfaceOptions } from '../../src/lab/plan.ts';
import type { Program } from '../../src/lab/programs.ts';
import { requestRealtime } from '../../src/linux/process.ts';
import { testNamespace } from '../../tools/sweep.ts';
import { type AdvertTap, openAdvertTap } from './advert-tap.ts';

/** Below any daemon's, and not for the programs that are started from here; the lab's agents see to themselves. */
const ownPriority = 1;

export const programs: readonly Program[] = ['holdfast', 'keepalived'];

export interface Stage {
  readonly lab: Lab;
  readonly tap: AdvertTap;
  close(): Promise<void>;
}

export async function openStage(
  hosts: readonly (string | HostOptions)[],
  families: readonly IpFamily[] = [4],
  interfaces: readonly InterfaceOptions[] = [{ name: 'eth0' }],
  name = 'bench-',
): Promise<Stage> {
  const lab = await createLab({
    prefix: testNamespace(name),
    hosts: hosts.map((host) => (typeof host === 'string' ? { name: host, interfaces } : host)),
    families,
  });
  try {
    // Where it is not permitted, everything is measured a little less exactly.
    requestRealtime(ownPriority);
    const tap = await openAdvertTap(lab.client);
    const close = async (): Promise<void> => {
      tap.close();
      await lab.destroy();
    };
    return { lab, tap, close };
  } catch (error) {
    await lab.destroy();
    throw error;
  }
}

/** Starts every host with empty kernel state and no daemon. */
export async function restartHosts(lab: Lab): Promise<void> {
  await Promise.all(lab.hosts.map((host) => host.powerOff()));
  await Promise.all(lab.hosts.map((host) => host.powerOn()));
}

export async function startAll(
  hosts: readonly Host[],
  program: Program,
  configOf: (host: Host, index: number) => string,
): Promise<readonly HostProcess[]> {
  return Promise.all(
    hosts.map((host, index) => host.start({ program, config: configOf(host, index) })),
  );
}
