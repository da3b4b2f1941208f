import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import {
  checkersOn,
  createDaemonLab,
  eventually,
  instance,
  keepalivedLink,
  masterOf,
  oneServer,
  skipDaemon,
} from './support.ts';

/** It is started before the file is read, and goes on only where it belongs to what stands there. */
describe('the checker process that is started ahead', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());

  const checkers = (): Promise<readonly number[]> => checkersOn(host);

  async function balancing(config: string): Promise<[HostProcess, number | undefined]> {
    const daemon = await host.start({ program: 'holdfast', config });
    await daemon.logContains('Virtual servers are balanced by');
    const [checker, ...others] = await checkers();
    assert.deepEqual(others, []);
    return [daemon, checker];
  }

  async function end(daemon: HostProcess): Promise<void> {
    assert.equal((await daemon.stop({ signal: 'SIGTERM' })).status, 0);
    assert.deepEqual(await checkers(), []);
  }

  test('is the one that balances, and ends with the daemon', async () => {
    const [daemon] = await balancing(oneServer);
    const tables = await host.run(['nft', 'list', 'tables']);
    assert.match(tables.stdout, /holdfast/);
    await end(daemon);
  });

  test('ends where the word stands in a comment alone', async () => {
    const config = `# no virtual_server here\n${instance()}`;
    const daemon = await host.start({ program: 'holdfast', config });
    await masterOf(daemon);
    await eventually(
      async () => ((await checkers()).length === 0 ? true : undefined),
      () => daemon.tail(),
    );
    await end(daemon);
  });

  /** The daemon leaves that to it at the start, and tells of it itself when it reloads. */
  test('says once what is wrong with a virtual server', async () => {
    const wrong = oneServer.replace('lvs_sched', 'lvs_shced');
    const [daemon, checker] = await balancing(wrong);
    const count = (what: RegExp): number => daemon.tail(1000).match(what)?.length ?? 0;
    const told = (): number => count(/'lvs_shced' is not a keyword/g);
    const served = (): number => count(/are balanced by/g);
    const comesTo = (what: () => number, wanted: number) =>
      eventually(
        async () => (what() === wanted ? true : undefined),
        () => daemon.tail(),
      );
    await comesTo(told, 1);
    await host.run(`kill -KILL ${checker}`);
    await comesTo(served, 2);
    const { text } = await daemon.logContains("Opening file '");
    const file = /'(.*)'/.exec(text)?.[1] ?? '';
    await host.run(`printf '# another\\n' >>'${file}'`);
    daemon.signal('SIGHUP');
    await daemon.logContains('reload refused');
    assert.equal(told(), 2, daemon.tail());
    await end(daemon);
  });

  test('makes way for one on the processors of the daemon', async () => {
    const [daemon, checker] = await balancing(
      `global_defs {\n    vrrp_cpu_affinity 0\n}\n${oneServer}`,
    );
    const status = await host.run(['cat', `/proc/${checker}/status`]);
    assert.match(status.stdout, /^Cpus_allowed_list:\s*0$/m);
    await end(daemon);
  });

  test('knows nothing of how its parent came into the background', async () => {
    const path = (name: string): string => host.path(name);
    const link = await keepalivedLink(host);
    host.write('keepalived.conf', oneServer);
    const files = `-f ${path('keepalived.conf')} -p ${path('k.pid')} -c ${path('c.pid')} -r ${path('v.pid')}`;
    assert.equal((await host.run(`'${link}' ${files}`)).status, 0);
    const [checker] = await eventually(
      async () => ((await checkers()).length === 1 ? await checkers() : undefined),
      () => 'no checker process',
    );
    const { stdout } = await host.run(`tr '\\0' '\\n' < /proc/${checker}/environ`);
    assert.match(stdout, /^PATH=/m);
    assert.doesNotMatch(stdout, /HOLDFAST_BACKGROUND/);
    await host.run(`kill $(cat ${path('k.pid')})`);
    await eventually(
      async () => ((await checkers()).length === 0 ? true : undefined),
      () => 'the checker process is still there',
    );
  });
});
