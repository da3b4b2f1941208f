/**
 * The mail child: hands mails to a mail server, as nobody. It has the library for it, its parent has not;
 * it ends with its parent, once what it has is sent or has failed.
 */
import { Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import {
  type MailMessage,
  type MailReport,
  type MailRoute,
  parseMailOrder,
} from '../../api/mail-child.ts';
import { LineSplitter } from '../../base/line-splitter.ts';
import { becomeNobody, type NobodyIdentity } from '../nobody.ts';
import { Outbox, type SendResult } from './outbox.ts';

const NAME = 'holdfast-mail';
const LINE_CHARACTERS_MAX = 100_000;
/** A server that says nothing for so long is hung. */
const SILENCE_MS = 30_000;
/** What cannot be sent so soon after the end of the parent is not sent. */
const END_WITHIN_MS = 4000;

function report(line: MailReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function send(route: MailRoute | undefined, message: MailMessage): Promise<SendResult> {
  if (route === undefined) return { kind: 'failed', reason: 'no mail server is known' };
  const { host, port, tls, login, heloName, connectTimeoutMs } = route;
  const transport = createTransport({
    ...{ host, port, name: heloName },
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'off',
    ...(login !== undefined && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    await transport.sendMail({
      from: route.from,
      to: [...route.to],
      subject: message.subject,
      // keepalived's ends with an empty line.
      text: `${message.body}\r\n\r\n`,
      headers: { 'X-Mailer': 'Keepalived' },
    });
    return { kind: 'sent' };
  } catch (error) {
    return judge(error as Error & { readonly code?: string; readonly responseCode?: number });
  } finally {
    transport.close();
  }
}

/** A wrong password is mended sooner than a wrong recipient. */
function judge({
  code,
  message,
  responseCode = 0,
}: Error & { readonly code?: string; readonly responseCode?: number }): SendResult {
  const isFinal = responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE');
  return { kind: isFinal ? 'refused' : 'failed', reason: message };
}

function main(): void {
  process.title = NAME;
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE'] as const) {
    process.on(signal, () => {});
  }
  process.stdout.on('error', () => {});
  const identity: NobodyIdentity = JSON.parse(process.argv[2] ?? '{}');
  const trouble = becomeNobody(identity);
  if (trouble !== undefined) throw new Error(trouble);
  let route: MailRoute | undefined;
  let hurry: () => void = () => {};
  let isEnding = false;
  const outbox = new Outbox({
    send: (message) => send(route, message),
    report,
    nowMs: () => performance.now(),
    pause: (ms) =>
      new Promise((resolve) => {
        hurry = resolve;
        setTimeout(resolve, isEnding ? 0 : ms);
      }),
  });
  const end = async (): Promise<void> => {
    isEnding = true;
    setTimeout(() => process.exit(0), END_WITHIN_MS);
    hurry();
    await outbox.end();
    process.exit(0);
  };
  const input = new Socket({ fd: 0, readable: true, writable: false });
  const splitter = new LineSplitter(LINE_CHARACTERS_MAX);
  input.setEncoding('utf8');
  input.on('data', (text: string) => {
    for (const line of splitter.push(text)) {
      const order = parseMailOrder(line);
      if (order?.kind === 'route') route = order.route;
      else if (order?.kind === 'mail') outbox.add(order.id, order.message);
    }
  });
  input.on('error', () => {});
  input.on('close', () => void end());
}

main();
