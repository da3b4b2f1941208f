import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';

export interface SeenAdvert {
  /** Seconds, on the clock of the capture. */
  readonly at: number;
  readonly vrid: number;
  readonly priority: number;
}

/** What a host sends in adverts from now on, as tcpdump sees it. */
export class AdvertCapture {
  readonly #tcpdump: HostProcess;

  private constructor(tcpdump: HostProcess) {
    this.#tcpdump = tcpdump;
  }

  static async start(host: Host, interfaceName = 'eth0'): Promise<AdvertCapture> {
    const command = `tcpdump -p -n -l -tt -i ${interfaceName} -Q out ip proto 112`;
    const tcpdump = await host.spawn(command.split(' '));
    await tcpdump.logContains('listening on');
    return new AdvertCapture(tcpdump);
  }

  seen(vrid: number): SeenAdvert[] {
    return this.#tcpdump.log.flatMap(({ text }) => {
      const match = /^(\d+\.\d+) .*Advertisement, vrid (\d+), prio (\d+)/.exec(text);
      if (match === null || Number(match[2]) !== vrid) return [];
      return [{ at: Number(match[1]), vrid, priority: Number(match[3]) }];
    });
  }

  /** Waits for so many adverts more than were seen until now. */
  async more(vrid: number, count: number): Promise<void> {
    const wanted = this.seen(vrid).length + count;
    const deadline = Date.now() + 30_000;
    while (this.seen(vrid).length < wanted) {
      if (Date.now() > deadline) throw new Error(`no ${count} adverts for VRID ${vrid}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The longest time between two adverts in a row, in seconds. */
  longestGap(vrid: number): number {
    const times = this.seen(vrid).map(({ at }) => at);
    return Math.max(0, ...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  }

  async stop(): Promise<void> {
    await this.#tcpdump.stop({ signal: 'SIGINT' });
  }
}
