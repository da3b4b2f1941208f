import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { configText, crowdAddresses } from '../../bench/support/config.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { prepareProgram } from '../../src/lab/programs.ts';
import { testNamespace } from '../../tools/sweep.ts';
import { isRoot } from './support.ts';

const fastVip = '192.168.80.100';
const crowdVip = '192.168.80.101';
const crowd = crowdAddresses(6, 300);

function config(priority: number, excluded: readonly string[] | 'no crowd'): string {
  const fast = { name: 'FAST', vrid: 51, advertSeconds: 0.1, address: `${fastVip}/24` };
  const large = { name: 'CROWD', vrid: 52, advertSeconds: 0.5, address: `${crowdVip}/24` };
  return configText([
    { ...fast, priority },
    ...(excluded === 'no crowd' ? [] : [{ ...large, priority, excluded }]),
  ]);
}

/** The figures are those of `npm run bench:crowd`; here nothing depends on how fast the machine is. */
describe('an instance beside a crowd of addresses', { skip: isRoot ? false : 'needs root' }, () => {
  let lab: Lab;
  let daemon: HostProcess;
  let backup: HostProcess;
  let file: string;
  const takeOvers = () => backup.log.filter(({ text }) => text.includes('Entering MASTER STATE'));

  before(async () => {
    await prepareProgram('holdfast');
    lab = await createLab({
      prefix: testNamespace('crowd-'),
      hosts: [{ name: 'a' }, { name: 'b' }],
    });
  });
  after(() => lab?.destroy());

  async function hasCrowd(): Promise<void> {
    const host = lab.host('a');
    await lab.network.changes.until(
      () => crowd.every((address) => host.holds(address.replace(/\/.*/, ''))) || undefined,
      {
        timeoutMs: 60_000,
        describe: () => `${host.heldAddresses().length} addresses\n${daemon.tail()}`,
      },
    );
  }

  test('its backup stays one while the crowd is taken over', async () => {
    const host = lab.host('a');
    file = host.write('crowd.conf', config(100, crowd));
    daemon = await host.start({ program: 'holdfast', config: { file } });
    await lab.waitForHolder(fastVip, 'a');
    backup = await lab.host('b').start({ program: 'holdfast', config: config(90, 'no crowd') });
    await backup.logContains(/Entering BACKUP STATE/);
    await hasCrowd();
    assert.deepEqual(takeOvers(), []);
  });

  test('and while a reload takes the crowd away and brings it back', async () => {
    const host = lab.host('a');
    for (const excluded of [[], crowd]) {
      host.write('crowd.conf', config(100, excluded));
      daemon.signal('SIGHUP');
      if (excluded.length > 0) await hasCrowd();
      else await sleep(2000);
    }
    assert.deepEqual(takeOvers(), []);
    // The thread that adds half of them lives, where there is one.
    const alone = daemon.log.filter(({ text }) => text.includes('one thread adds all'));
    assert.deepEqual(alone, []);
    assert.equal((await daemon.stop()).status, 0);
    assert.deepEqual(
      host.heldAddresses().filter((address) => address.startsWith('fd00:80:1:')),
      [],
    );
  });
});
