import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { Watcher, Writer } from './clients.ts';
import { ControlPlaneLab, MASTERS, VIP } from './control-plane-lab.ts';
import { skipKubernetes } from './server.ts';

/** Seed 000's cluster from its inventory, its procedure, and what its VIP is for: kubectl through it. */
describe('seed 000 before real API servers', { skip: skipKubernetes, concurrency: false }, () => {
  let lab: ControlPlaneLab;
  let writer: Writer;
  let watcher: Watcher;
  before(async () => {
    lab = await ControlPlaneLab.create();
    const folder = `${lab.seed.lab.network.directory}/plan`;
    execFileSync('bin/holdfast', ['plan', 'test/seeds/files/000/hosts', '-o', folder], {
      stdio: 'pipe',
    });
    await Promise.all(MASTERS.map((name) => lab.startServer(name)));
    await Promise.all(MASTERS.map((name) => lab.server(name).ready()));
    for (const name of ['node01', 'node02']) {
      await lab.seed
        .machine(name)
        .shell(`cp -r --preserve=mode '${folder}/hosts/${name}/etc/.' /etc`);
    }
    await lab.seed.holds('node01', VIP);
    const { client } = lab.seed.lab;
    writer = new Writer(lab.kubernetes, client, `https://${VIP}:6444`);
    await writer.start();
    watcher = new Watcher(lab.kubernetes, client, `https://${VIP}:6444`);
    watcher.start();
  });
  after(async () => {
    await Promise.all([writer?.stop(), watcher?.stop()]);
    await lab?.destroy();
  });

  const goOn = async (): Promise<void> => {
    await writer.writes(3);
    await watcher.sees(writer.written);
  };

  test('the manifest of haproxy is moved away and back', async () => {
    await goOn();
    const node01 = lab.seed.machine('node01');
    await node01.shell('cd /etc/kubernetes && mv /etc/kubernetes/manifests/haproxy.yaml .');
    await lab.seed.holds('node02', VIP);
    await goOn();
    await node01.shell('cd /etc/kubernetes && mv haproxy.yaml /etc/kubernetes/manifests/');
    await lab.seed.holds('node01', VIP);
    await goOn();
  });

  test('the cable of the holder is pulled, then it is switched off', async () => {
    const { host } = lab.seed.machine('node01');
    await host.setCable('pulled');
    await lab.seed.holds('node02', VIP);
    await goOn();
    await host.setCable('plugged');
    await lab.seed.holds('node01', VIP);
    await host.powerOff();
    await lab.seed.holds('node02', VIP);
    await goOn();
  });
});
