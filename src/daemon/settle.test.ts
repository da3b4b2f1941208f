import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DaemonRequest } from './options.ts';
import { lateWishes, settle, settledOptions } from './settle.ts';

const request: DaemonRequest = {
  programName: 'keepalived',
  configFile: '/k.conf',
  mode: 'foreground',
  logTo: [],
  logFormat: 'text',
  verbosity: 'normal',
  logFacility: 'daemon',
  pidFiles: [{ owner: 'keepalived' }, '/run/keepalived/mine.pid'],
  atStop: 'release',
  dumpConfiguration: 'no',
  onInterrupt: 'stop',
};

describe('what is settled before anything else', () => {
  it('takes names from the configuration, and pid files from the command line where it has them', () => {
    assert.deepEqual(settle(request), {
      identity: {},
      pidFiles: ['/run/keepalived.pid', '/run/keepalived/mine.pid'],
    });
    assert.deepEqual(settle(request, { instance: 'lan', networkNamespace: 'blue' }), {
      identity: { networkNamespace: 'blue', instance: 'lan' },
      pidFiles: ['/run/keepalived/blue/keepalived_lan.pid', '/run/keepalived/blue/mine.pid'],
    });
  });

  it('lets -s go before net_namespace', () => {
    const { identity } = settle(
      { ...request, networkNamespace: 'red' },
      { networkNamespace: 'blue' },
    );
    assert.deepEqual(identity, { networkNamespace: 'red' });
  });

  it('tells what a reload cannot change', () => {
    const options = settledOptions(request, settle(request, { instance: 'lan' }));
    assert.deepEqual(lateWishes(options, { instance: 'lan' }), []);
    assert.deepEqual(
      lateWishes(options, { networkNamespace: 'blue' }).map((text) => text.split(' ', 1)[0]),
      ['net_namespace', 'instance'],
    );
    const inRed = { ...request, networkNamespace: 'red' };
    const ruled = settledOptions(inRed, settle(inRed));
    assert.deepEqual(lateWishes(ruled, { networkNamespace: 'blue' }), []);
  });
});
