import { join } from 'node:path';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { prepareProgram, projectRoot } from '../../src/lab/programs.ts';
import { TimeoutError } from '../../src/lab/until.ts';
import { testNamespace } from '../../tools/sweep.ts';

/** Why the daemon cannot be run here, or false. */
export const skipDaemon: string | false =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root on Linux';

export const holdfast = join(projectRoot(), 'bin', 'holdfast');

let labs = 0;

/** Hosts with eth0 (192.168.80.81, .82 …) on one segment. */
export async function createDaemonLab(...names: readonly string[]): Promise<Lab> {
  await prepareProgram('holdfast');
  return createLab({
    prefix: testNamespace(`d${++labs}-`),
    hosts: names.map((name) => ({ name })),
  });
}

/** holdfast under the name keepalived, as an operator would install it. */
export async function keepalivedLink(host: Host): Promise<string> {
  const link = host.path('bin/keepalived');
  await host.run(`mkdir -p '${host.path('bin')}' && ln -sfn '${holdfast}' '${link}'`);
  return link;
}

export interface InstanceText {
  readonly name?: string;
  readonly vrid?: number;
  readonly priority?: number;
  readonly interface?: string;
  readonly advertInt?: number;
  readonly addresses?: readonly string[];
  /** Further lines of the block. */
  readonly lines?: readonly string[];
}

/** A vrrp_instance that becomes master after some 0.3 s where it is alone. */
export function instance(options: InstanceText = {}): string {
  const { name = 'VI_1', vrid = 51, priority = 100, advertInt = 0.1, lines = [] } = options;
  const addresses = options.addresses ?? ['192.168.80.100'];
  const list = (title: string, rows: readonly string[]) =>
    rows.length === 0
      ? ''
      : `    ${title} {\n${rows.map((row) => `        ${row}\n`).join('')}    }\n`;
  return `vrrp_instance ${name} {
    version 3
    state BACKUP
    interface ${options.interface ?? 'eth0'}
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int ${advertInt}
${lines.map((line) => `    ${line}\n`).join('')}${list('virtual_ipaddress', addresses)}}
`;
}

/** A virtual server with one real server that nobody checks. */
export const oneServer = `virtual_server 192.168.80.90 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 192.168.80.91 80 {
        weight 1
    }
}
`;

/** The checker processes there. */
export async function checkersOn(host: Host): Promise<readonly number[]> {
  const lines = await processesOn(host);
  return lines.filter((line) => line.includes('holdfast-checker')).map(Number.parseFloat);
}

/** global_defs of ours. */
export function globals(...keywords: readonly string[]): string {
  return `global_defs {\n${keywords.map((one) => `    @holdfast ${one}\n`).join('')}}\n`;
}

/** Asks until the answer is there: for what nobody announces. */
export async function eventually<Value>(
  ask: () => Value | undefined | Promise<Value | undefined>,
  describe: () => string,
  timeoutMs = 20_000,
): Promise<Value> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new TimeoutError(describe());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What `ps` shows of a host, without the lab's own processes. */
export async function processesOn(host: Host): Promise<string[]> {
  const { stdout } = await host.run(['ps', '-eo', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => !/^\s*(?:1 |\d+ ip |$)|ps -eo|\bsh -c/.test(line))
    .map((line) => line.trim());
}

export async function masterOf(daemon: HostProcess, name = 'VI_1'): Promise<void> {
  await daemon.logContains(`(${name}) Entering MASTER STATE`, { timeoutMs: 30_000 });
}
