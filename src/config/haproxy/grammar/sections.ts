/** The sections of haproxy.cfg, and what stands in those that are neither global nor a proxy. */
import { acted, ignored, type KeywordTable, noEffect, tableOf, value } from './keyword.ts';

export const SECTION_NAMES = [
  ...(['global', 'defaults', 'frontend', 'backend', 'listen', 'userlist', 'peers'] as const),
  ...(['resolvers', 'mailers', 'cache', 'program', 'http-errors', 'ring', 'fcgi-app'] as const),
  ...(['crt-store', 'log-forward', 'log-profile', 'traces', 'healthcheck', 'acme'] as const),
] as const;

export type SectionName = (typeof SECTION_NAMES)[number];
export type OtherSection = Exclude<
  SectionName,
  'global' | 'defaults' | 'frontend' | 'backend' | 'listen'
>;

interface OtherRow {
  readonly isNamed: boolean;
  readonly status: 'acted' | 'ignored' | 'refused';
  readonly note: string;
  readonly keywords: KeywordTable;
}

const UNTOLD = 'the section is not applied';

export const OTHER_SECTIONS: Readonly<Record<OtherSection, OtherRow>> = {
  userlist: {
    isNamed: true,
    status: 'acted',
    note: 'of http_auth(NAME)',
    keywords: tableOf([
      acted('group', '', { syntax: 'NAME [users USER,…]', least: 1 }),
      acted('user', '', {
        syntax: 'NAME [password HASH|insecure-password TEXT] [groups GROUP,…]',
        least: 1,
      }),
    ]),
  },
  'http-errors': {
    isNamed: true,
    status: 'acted',
    note: 'of errorfiles NAME',
    keywords: tableOf([acted('errorfile', '', { syntax: 'STATUS FILE', least: 2, most: 2 })]),
  },
  resolvers: {
    isNamed: true,
    status: 'ignored',
    note: 'names are resolved by the host',
    keywords: tableOf([
      ignored('nameserver', '', UNTOLD, { least: 2, most: 2 }),
      ignored('parse-resolv-conf', '', UNTOLD, { most: 0 }),
      ignored('resolve_retries', '', UNTOLD, { least: 1, most: 1 }),
      ignored('accepted_payload_size', '', UNTOLD, { least: 1, most: 1 }),
      ...['resolve', 'retry'].map((name) => value(`timeout ${name}`, '', 'TIME')),
      ...['valid', 'obsolete', 'nx', 'refused', 'timeout', 'other'].map((name) =>
        value(`hold ${name}`, '', 'TIME'),
      ),
    ]),
  },
  peers: {
    isNamed: true,
    status: 'ignored',
    note: 'there are no tables to be shared',
    keywords: tableOf([
      ignored('peer', '', UNTOLD, { least: 1 }),
      ignored('server', '', UNTOLD, { least: 1 }),
      ignored('bind', '', UNTOLD, { least: 1 }),
      ignored('default-bind', '', UNTOLD),
      ignored('default-server', '', UNTOLD),
      ignored('table', '', UNTOLD, { least: 2 }),
      ignored('log', '', UNTOLD, { least: 1 }),
      noEffect('disabled', '', UNTOLD, { most: 0 }),
      noEffect('enabled', '', UNTOLD, { most: 0 }),
    ]),
  },
  mailers: {
    isNamed: true,
    status: 'ignored',
    note: 'no mail is sent of servers; keepalived.conf has smtp_alert',
    keywords: tableOf([
      ignored('mailer', '', UNTOLD, { least: 2 }),
      value('timeout mail', '', 'TIME'),
    ]),
  },
  cache: {
    isNamed: true,
    status: 'ignored',
    note: 'nothing is kept',
    keywords: tableOf([
      value('total-max-size', '', 'MEGABYTES'),
      value('max-object-size', '', 'BYTES'),
      value('max-age', '', 'SECONDS'),
      value('process-vary', '', 'on|off'),
      value('max-secondary-entries', '', 'N'),
    ]),
  },
  program: {
    isNamed: true,
    status: 'refused',
    note: 'programs are not started: that is the work of the service manager',
    keywords: tableOf([
      acted('command', '', { syntax: 'COMMAND', least: 1 }),
      value('user', '', 'NAME'),
      value('group', '', 'NAME'),
      acted('option start-on-reload', '', { most: 0 }),
      acted('no option', '', { least: 1 }),
    ]),
  },
  ring: {
    isNamed: true,
    status: 'ignored',
    note: 'rings are not kept',
    keywords: tableOf([
      value('description', '', 'TEXT', { most: 60 }),
      value('format', '', 'FORMAT'),
      value('maxlen', '', 'N'),
      value('size', '', 'BYTES'),
      value('timeout connect', '', 'TIME'),
      value('timeout server', '', 'TIME'),
      acted('server', '', { least: 2 }),
      value('backing-file', '', 'FILE'),
    ]),
  },
  'fcgi-app': {
    isNamed: true,
    status: 'ignored',
    note: 'FastCGI is not spoken',
    keywords: tableOf([
      value('docroot', '', 'FOLDER'),
      value('index', '', 'NAME'),
      ...['acl', 'log-stderr', 'pass-header', 'path-info', 'set-param'].map((name) =>
        acted(name, '', { least: 1 }),
      ),
      acted('option get-values', '', { most: 0 }),
      acted('option keep-conn', '', { most: 0 }),
      acted('option mpxs-conns', '', { most: 0 }),
      acted('option max-reqs', '', { least: 1 }),
      acted('no option', '', { least: 1 }),
    ]),
  },
  'log-forward': {
    isNamed: true,
    status: 'refused',
    note: 'logs of others are not forwarded',
    keywords: tableOf([
      ...['bind', 'dgram-bind', 'log', 'maxconn', 'backlog', 'timeout client'].map((name) =>
        acted(name, '', { least: 1 }),
      ),
    ]),
  },
  ...(Object.fromEntries(
    (['crt-store', 'log-profile', 'traces', 'healthcheck', 'acme'] as const).map((name) => [
      name,
      {
        isNamed: name !== 'traces',
        status: 'refused' as const,
        note: 'a section of later versions',
        keywords: tableOf([]),
      },
    ]),
  ) as Record<'crt-store' | 'log-profile' | 'traces' | 'healthcheck' | 'acme', OtherRow>),
};
