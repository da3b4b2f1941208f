import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DirectorNotice } from '../../core/balance/director-types.ts';
import type { ServerId, ServiceId } from '../../core/balance/plane.ts';
import { instanceMail, serverMail } from './messages.ts';

test('states of instances are told as keepalived tells them, its end is not', () => {
  const body = '=> VRRP Instance is no longer owning VRRP VIPs <=';
  assert.deepEqual(instanceMail('lb1', 'VI_1', 'FAULT'), {
    subject: '[lb1] VRRP Instance VI_1 - Entering FAULT state',
    body,
  });
  assert.equal(instanceMail('lb1', 'VI_1', 'BACKUP')?.body, body);
  assert.deepEqual(instanceMail('lb1', 'VI_1', 'MASTER'), {
    subject: '[lb1] VRRP Instance VI_1 - Entering MASTER state',
    body: '=> VRRP Instance is now owning VRRP VIPs <=',
  });
  assert.deepEqual(instanceMail('lb1', 'VI_1', 'DELETED'), {
    subject: '[lb1] VRRP Instance VI_1 - Deleted',
    body: '=> VRRP Deleted at reload <=',
  });
  assert.equal(instanceMail('lb1', 'VI_1', 'STOP'), undefined);
  assert.equal(instanceMail('lb1', 'VI_1', 'MASTER_RX_LOWER_PRI'), undefined);
});

const service = 'tcp 192.0.2.100:80' as ServiceId;

function real(state: 'up' | 'down', check: string, detail = ''): DirectorNotice {
  const server = '192.0.2.7:8080' as ServerId;
  const cause = { kind: 'check', check, detail } as const;
  return { subject: 'real-server', state, service, server, mail: true, cause };
}

test('a real server is told of with what has judged it', () => {
  const tcp = 'TCP_CHECK [192.0.2.7]:8080';
  assert.deepEqual(serverMail('lb1', real('down', tcp)), {
    subject: '[lb1] Realserver [192.0.2.7]:tcp:8080 of virtual server [192.0.2.100]:tcp:80 - DOWN',
    body: '=> TCP CHECK failed on service <=',
  });
  const bodies = (check: string, detail?: string) =>
    (['up', 'down'] as const).map((state) => serverMail('lb1', real(state, check, detail)).body);
  assert.deepEqual(bodies('MISC_CHECK /bin/true'), [
    '=> MISC CHECK succeeded on service <=',
    '=> MISC CHECK failed on service <=',
  ]);
  assert.deepEqual(bodies('HTTP_GET http://192.0.2.7/'), [
    '=> CHECK succeed on service <=',
    '=> CHECK failed on service : HTTP request failed <=',
  ]);
  assert.deepEqual(bodies('SMTP_CHECK [192.0.2.7]:25', 'refused'), [
    '=> CHECK succeed on service <=',
    '=> CHECK failed on service : refused <=',
  ]);
});

test('a quorum is told of with its sum, the end without', () => {
  const notice = { subject: 'quorum', service, mail: true } as const;
  const sum = { weight: 1, quorum: 3, hysteresis: 1 };
  assert.deepEqual(serverMail('lb1', { ...notice, state: 'down', sum }), {
    subject: '[lb1] Virtualserver [192.0.2.100]:tcp:80 - DOWN',
    body: '=> Lost quorum 3-1=2 > 1 <=',
  });
  const up = serverMail('lb1', { ...notice, state: 'up', sum: { ...sum, weight: 4 } });
  assert.equal(up.body, '=> Gained quorum 3+1=4 <= 4 <=');
  assert.equal(serverMail('lb1', { ...notice, state: 'down' }).body, '=> Shutting down <=');
});
