import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dumpSuffix, inNamespaceFolder, logSuffix, pidFilePath } from './instance-names.ts';

const both = { networkNamespace: 'blue', instance: 'lan' };

describe('names of daemons, as keepalived 2.2.7 was seen to choose them', () => {
  it('names pid files', () => {
    assert.equal(pidFilePath('vrrp', {}), '/run/vrrp.pid');
    assert.equal(pidFilePath('keepalived', {}, 'own'), '/run/keepalived/keepalived.pid');
    assert.equal(pidFilePath('vrrp', { instance: 'lan' }), '/run/keepalived/vrrp_lan.pid');
    assert.equal(
      pidFilePath('bfd', { networkNamespace: 'blue' }),
      '/run/keepalived/blue/bfd.pid',
      'which is /run/keepalived/bfd.pid in a mount namespace of its own',
    );
    assert.equal(pidFilePath('checkers', both), '/run/keepalived/blue/checkers_lan.pid');
  });

  it('moves only what lies in the folder of keepalived', () => {
    assert.equal(inNamespaceFolder('/run/my.pid', 'blue'), '/run/my.pid');
    assert.equal(
      inNamespaceFolder('/run/keepalived/my.pid', 'blue'),
      '/run/keepalived/blue/my.pid',
    );
    assert.equal(inNamespaceFolder('/run/keepalived/my.pid', undefined), '/run/keepalived/my.pid');
  });

  it('names the log and dumps', () => {
    assert.equal(logSuffix({}), '');
    assert.equal(logSuffix(both), '_blue_lan');
    assert.equal(dumpSuffix({}), '');
    assert.equal(dumpSuffix({ instance: 'lan' }), '.lan');
    assert.equal(dumpSuffix(both), '.blue_lan');
  });
});
