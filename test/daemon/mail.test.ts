import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Host } from '../../src/lab/host.ts';
import type { HostProcess } from '../../src/lab/host-process.ts';
import type { Lab } from '../../src/lab/lab.ts';
import { missingPrograms } from '../probe/support.ts';
import { createDaemonLab, eventually, instance, processesOn, skipDaemon } from './support.ts';

const skip = skipDaemon || missingPrograms('aiosmtpd', 'keepalived');

const globals = `global_defs {
    router_id lb1
    notification_email {
        a@example.org
        b@example.org
    }
    notification_email_from lb1@example.org
    smtp_server 127.0.0.1 2525
    smtp_alert_vrrp
}
`;

const servers = `virtual_server 192.168.80.100 80 {
    lvs_method none
    protocol TCP
    smtp_alert
    delay_loop 1
    real_server 127.0.0.1 8080 {
        TCP_CHECK {
            connect_timeout 1
            retry 0
        }
    }
}
`.replace(/^(?=.)/gm, '@holdfast ');

/** What a mail is to people and to their filters. */
interface Mail {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function parseMail(text: string): Mail {
  const [head = '', ...rest] = text.replaceAll('\r\n', '\n').split('\n\n');
  const entries = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const headers = entries.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { headers: Object.fromEntries(headers), body: rest.join('\n\n').trim() };
}

/** The headers that keepalived writes, but for the time; X-MailFrom and X-RcptTo are the envelope. */
const COMPARED = ['From', 'To', 'Subject', 'X-Mailer', 'X-MailFrom', 'X-RcptTo'];

function compared({ headers, body }: Mail): readonly (string | undefined)[] {
  return [...COMPARED.map((name) => headers[name]), body];
}

describe('mail', { skip, concurrency: false }, () => {
  let lab: Lab;
  let host: Host;
  let box: string;
  let boxes = 0;
  before(async () => {
    lab = await createDaemonLab('a');
    host = lab.host('a');
  });
  after(() => lab?.destroy());

  /** In the order in which they came. */
  function mails(): Mail[] {
    let names: string[] = [];
    try {
      names = readdirSync(join(box, 'new'));
    } catch {
      return [];
    }
    const order = (name: string) => Number(/Q(\d+)/.exec(name)?.[1]);
    names.sort((one, other) => order(one) - order(other));
    return names.map((name) => parseMail(readFileSync(join(box, 'new', name), 'utf8')));
  }

  const subjects = (): string[] => mails().map(({ headers }) => headers.Subject ?? '');

  const arrived = (subject: string, count = 1) =>
    eventually(
      () => subjects().filter((one) => one === subject).length >= count || undefined,
      () => `no '${subject}' among ${subjects().join(', ')}`,
    );

  /** keepalived asks once: the server must be there before. */
  async function serveMail(): Promise<HostProcess> {
    box = host.path(`box-${++boxes}`);
    const handler = ['-c', 'aiosmtpd.handlers.Mailbox', box];
    const server = await host.spawn(['aiosmtpd', '-n', '-l', '127.0.0.1:2525', ...handler]);
    const ask = ['bash', '-c', 'exec 3<>/dev/tcp/127.0.0.1/2525'];
    await eventually(
      async () => (await host.run(ask)).status === 0 || undefined,
      () => 'no mail server answers',
    );
    return server;
  }

  const about = (state: string) => `[lb1] VRRP Instance VI_1 - Entering ${state} state`;

  /** Becomes master, loses its link, and becomes master again. */
  async function loseTheLink(): Promise<void> {
    await arrived(about('MASTER'));
    await host.setCable('pulled');
    await arrived(about('FAULT'));
    await host.setCable('plugged');
    await arrived(about('BACKUP'), 2);
    await arrived(about('MASTER'), 2);
  }

  /** Without order: keepalived hands over several at once. */
  const aboutInstances = () =>
    mails()
      .filter(({ headers }) => headers.Subject?.includes('VRRP Instance'))
      .map((mail) => compared(mail).join('\n'))
      .sort();

  const check = `[lb1] Realserver [127.0.0.1]:tcp:8080 of virtual server [192.168.80.100]:tcp:80`;

  test('says what keepalived says, waits for a server, and tells of real servers', async () => {
    const server = await serveMail();
    const rival = await host.start({ program: 'keepalived', config: globals + instance() });
    await loseTheLink();
    await rival.stop();
    const theirs = aboutInstances();
    assert.equal(theirs.length, 5);
    await server.stop();

    const code = `require('net').createServer((s) => s.end()).listen(8080)`;
    const real = await host.spawn([process.execPath, '-e', code]);
    const daemon = await host.start({
      program: 'holdfast',
      config: globals + instance() + servers,
    });
    // Nobody takes mail yet.
    await daemon.logContains('mail: no mail can be sent', { timeoutMs: 20_000 });
    const children = await processesOn(host);
    assert(
      children.some((line) => line.includes('holdfast-mail')),
      children.join('\n'),
    );
    const users = (await host.run(['ps', '-eo', 'user=,args='])).stdout.split('\n');
    const owners = users.filter((line) => line.includes('holdfast-mail'));
    assert(owners.length > 0 && owners.every((line) => line.startsWith('nobody')), owners.join());

    await serveMail();
    await loseTheLink();
    await real.stop();
    await arrived(`${check} - DOWN`);
    await arrived('[lb1] Virtualserver [192.168.80.100]:tcp:80 - DOWN');
    assert.equal((await daemon.stop()).status, 0);

    assert.deepEqual(aboutInstances(), theirs);
    const down = mails().find(({ headers }) => headers.Subject === `${check} - DOWN`);
    assert.equal(down?.body, '=> TCP CHECK failed on service <=');
    assert.deepEqual(
      (await processesOn(host)).filter((line) => line.includes('holdfast')),
      [],
    );
  });
});
