import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seconds } from '../../base/time.ts';
import { read } from './test-support.ts';

const who = 'notification_email {\n a@example.org b@example.org\n c@example.org\n}\n';
const instanceText = (name: string, alert = '') =>
  `vrrp_instance ${name} {\n interface eth0\n virtual_router_id 5${name.length}\n ${alert}\n}\n`;

describe('mail', () => {
  test("has keepalived's defaults, and needs a server and somebody who reads", () => {
    const { model } = read(`global_defs {\n${who} smtp_server 192.0.2.25\n}`);
    assert.deepEqual(model.global.mail, {
      to: ['a@example.org', 'b@example.org', 'c@example.org'],
      server: { host: '192.0.2.25', port: 25 },
      connectTimeout: seconds(30),
      tls: 'off',
      faults: 'sent',
      servers: 'sent',
    });
    assert.equal(read(`global_defs {\n${who}}`).model.global.mail, undefined);
    assert.equal(read('global_defs {\n smtp_server a\n}').model.global.mail, undefined);
  });

  test('goes as it is configured, and its password is a secret', () => {
    const { model, diagnostics } = read(`global_defs {
 ${who} smtp_server mail.example.org 587
 notification_email_from me@example.org
 smtp_helo_name lb1
 smtp_connect_timeout 0
 no_email_faults
 no_checker_emails
 @holdfast smtp_tls starttls
 @holdfast smtp_login me hunter2
}`);
    const { mail } = model.global;
    assert.deepEqual(mail?.server, { host: 'mail.example.org', port: 587 });
    assert.equal(mail?.login?.password.reveal(), 'hunter2');
    assert(!JSON.stringify(model).includes('hunter2'));
    const { from, heloName, connectTimeout, tls, faults, servers } = mail ?? {};
    assert.deepEqual(
      [from, heloName, connectTimeout, tls, faults, servers],
      ['me@example.org', 'lb1', seconds(1), 'starttls', 'left-out', 'left-out'],
    );
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['number-out-of-range'],
    );
  });

  test('is sent about instances by the nearest word', () => {
    const mailed = (globals: string, own = '') =>
      read(`global_defs {\n${globals}\n}\n${instanceText('a', own)}`).model.instances[0]?.isMailed;
    assert.equal(mailed(''), undefined);
    assert.equal(mailed('smtp_alert'), true);
    assert.equal(mailed('smtp_alert\nsmtp_alert_vrrp off'), undefined);
    assert.equal(mailed('smtp_alert_checker'), undefined);
    assert.equal(mailed('smtp_alert_vrrp', 'smtp_alert off'), undefined);
    assert.equal(mailed('', 'smtp_alert'), true);
  });

  test('a placeholder gets none', () => {
    const { model, diagnostics } = read(
      `global_defs {\n notification_email {\n a@example.org\n \${OPS}\n }\n smtp_server a\n}`,
    );
    assert.deepEqual(model.global.mail?.to, ['a@example.org']);
    assert.deepEqual(
      diagnostics.map(({ code, line }) => `${code} ${line}`),
      ['placeholder-left 4'],
    );
  });
});
