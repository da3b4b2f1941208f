import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeModel, encodeModel } from '../../model/model-codec.ts';
import { read, summary } from '../test-support.ts';

describe('keywords about the process', () => {
  it('says nothing of a process that nothing is said of', () => {
    assert.equal(read('global_defs {\n router_id x\n}').model.global.process, undefined);
  });

  it('reads them all, and they survive as JSON', () => {
    const { model, diagnostics } = read(`net_namespace blue
instance lan
use_pid_dir
global_defs {
  startup_script_timeout 3
  shutdown_script_timeout 1000
  max_auto_priority 40
  reload_check_config /var/log/report
  reload_time_file /run/when
  reload_repeat
  reload_file
}`);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(model.global.process, {
      networkNamespace: 'blue',
      instance: 'lan',
      usePidFolder: true,
      startupTimeout: 3_000_000,
      shutdownTimeout: 1_000_000_000,
      maxAutoPriority: 40,
      reloadReport: '/var/log/report',
      reloadTimeFile: '/run/when',
      reloadRepeat: true,
      reloadMarker: '',
    });
    const decoded = decodeModel(
      JSON.parse(JSON.stringify(encodeModel(model, { secrets: 'revealed' }))),
    );
    assert.deepEqual(decoded.ok && decoded.value.global.process, model.global.process);
  });

  it('takes max_auto_priority without a number for the highest, and -1 for nothing', () => {
    const priority = (text: string) =>
      read(`global_defs {\n max_auto_priority ${text}\n}`).model.global.process?.maxAutoPriority;
    assert.deepEqual(
      [priority(''), priority('0'), priority('-1'), priority('100')],
      [99, 0, undefined, undefined],
    );
  });

  it('refuses names and paths that would lead elsewhere', () => {
    assert.deepEqual(summary(read('instance a/b')), ['name-with-slash 1:10']);
    assert.deepEqual(summary(read('global_defs {\n reload_time_file when\n}')), [
      'relative-file 2:19',
    ]);
  });
});
