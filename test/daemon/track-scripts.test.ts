import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { monotonicMs } from '../../src/lab/monotonic.ts';
import { createDaemonLab, instance, masterOf, skipDaemon } from './support.ts';

describe('a vrrp_script', { skip: skipDaemon }, () => {
  let lab: Lab;
  let host: Host;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());

  test('is quoted where it fails: in the log behind the words of keepalived, and as the cause', async () => {
    const broken = host.path('broken');
    const script = host.write(
      'check.sh',
      `#!/bin/sh
[ -e ${broken} ] || exit 0
echo 'asking http://127.0.0.1:8080'
echo 'curl: (7) Failed to connect' >&2
sleep 60 &
echo $! >> ${host.path('left')}
exit 7
`,
    );
    await host.run(['chmod', '755', script]);
    const config = `global_defs {
    script_user root
}
vrrp_script chk {
    script ${script}
    interval 1
}
${instance({ lines: ['track_script {', '    chk', '}'] })}`;
    const daemon = await host.start({
      program: 'holdfast',
      config,
      args: ['--log-format', 'json'],
    });
    await masterOf(daemon);
    await host.run(['touch', broken]);
    const said = 'curl: (7) Failed to connect';
    await daemon.logContains('Entering FAULT STATE');
    const lines = daemon.log.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
    const judged = lines.find(({ event }) => event === 'scriptJudged');
    const failed = lines.findLast(({ event }) => event === 'scriptJudged');
    assert.equal(judged?.message, 'VRRP_Script(chk) succeeded');
    assert.equal(failed?.message, `VRRP_Script(chk) failed (exited with status 7): "${said}"`);
    const fault = lines.find(({ state }) => state === 'FAULT');
    assert.equal(fault?.cause, `script chk: exited with status 7: "${said}"`);
    const afterMs = monotonicMs();
    await host.run(`rm ${broken}; kill $(cat ${host.path('left')})`);
    await daemon.logContains('Entering MASTER STATE', { timeoutMs: 20_000, afterMs });
    assert.equal((await daemon.stop()).status, 0);
  });
});
