import { Secret } from '../../../base/secret.ts';
import { seconds } from '../../../base/time.ts';
import type { MailLogin, MailSettings } from '../../model/mail.ts';
import { holdsPlaceholder, placeholderHint } from '../text/placeholder.ts';
import type { Word } from '../text/words.ts';
import type { Context } from './context.ts';
import type { Values } from './values.ts';

const SMTP_PORT = 25;
const CONNECT_SECONDS = 30;

/** What global_defs say about mail; undefined where none can be sent. */
export function readMail(values: Values, context: Context): MailSettings | undefined {
  const to = readRecipients(values, context);
  const statement = values.statement('smtp_server');
  const host = values.text('smtp_server');
  reportIncomplete(values, context);
  if (host === undefined || to.length === 0) return undefined;
  const from = values.text('notification_email_from');
  const heloName = values.text('smtp_helo_name');
  // What is no port is told of by the keyword table.
  const port = Number(statement?.words[1]?.text ?? SMTP_PORT);
  const tls = values.text('smtp_tls') as MailSettings['tls'] | undefined;
  const login = readLogin(values, tls ?? 'off', context);
  return {
    to,
    ...(from !== undefined && { from }),
    server: { host, port: isPort(port) ? port : SMTP_PORT },
    ...(heloName !== undefined && { heloName }),
    connectTimeout: seconds(Math.max(1, values.number('smtp_connect_timeout') ?? CONNECT_SECONDS)),
    tls: tls ?? 'off',
    ...(login !== undefined && { login }),
    faults: values.has('no_email_faults') ? 'left-out' : 'sent',
    servers: values.bool('no_checker_emails') === true ? 'left-out' : 'sent',
  };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** Several blocks add up, as do several addresses on one line. */
function readRecipients(values: Values, { report }: Context): string[] {
  const words = values
    .all('notification_email')
    .flatMap(({ block }) => block?.lines ?? [])
    .flatMap((line): readonly Word[] => line.words);
  return words.flatMap(({ text, at }) => {
    if (!holdsPlaceholder(text)) return [text];
    const what = `'${text}' is no address: it gets no mail`;
    const remedy = placeholderHint(text) ?? 'define the variable, or write the address';
    report.add('placeholder-left', at, what, remedy);
    return [];
  });
}

/** Half of what mail needs was meant to be more than nothing. */
function reportIncomplete(values: Values, { report }: Context): void {
  const [server] = values.all('smtp_server');
  const [recipients] = values.all('notification_email');
  if (recipients !== undefined && server === undefined) {
    const what = 'no mail is sent, since there is no smtp_server';
    report.add('mail-incomplete', recipients.keyword.at, what, 'smtp_server 127.0.0.1 25');
  } else if (recipients === undefined && server !== undefined) {
    const what = 'no mail is sent, since there is no notification_email';
    report.add('mail-incomplete', server.keyword.at, what, 'notification_email { root@localhost }');
  }
}

function readLogin(
  values: Values,
  tls: MailSettings['tls'],
  { report }: Context,
): MailLogin | undefined {
  const [user, password] = values.statement('smtp_login')?.words ?? [];
  if (user === undefined || password === undefined) return undefined;
  if (tls === 'off') {
    const what = 'the password of smtp_login goes over the network as it is';
    report.add('mail-password-open', user.at, what, '@holdfast smtp_tls starttls');
  }
  return { user: user.text, password: new Secret(password.text) };
}
