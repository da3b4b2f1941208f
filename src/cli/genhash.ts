/** keepalived's genhash: the MD5 of what a web server answers, for a `digest` line of a checker. */
import { createHash } from 'node:crypto';
import { parseIp } from '../base/ip.ts';
import { fetchPage, type Page, type PageRequest } from '../daemon/fetch-page.ts';
import { type OptionRow, readOptions } from './getopt.ts';
import { hexDump } from './hex-dump.ts';

const ROWS = [
  { id: 'use-ssl', short: 'S', argument: 'none', help: 'Use TLS; certificates are not judged' },
  { id: 'use-sni', short: 'I', argument: 'none', help: 'Name the virtual host in the handshake' },
  { id: 'server', short: 's', argument: 'required', help: 'Address of the server (mandatory)' },
  { id: 'port', short: 'p', argument: 'required', help: 'Port of the server (mandatory)' },
  { id: 'url', short: 'u', argument: 'required', help: 'Path to get (mandatory)' },
  { id: 'use-virtualhost', short: 'V', argument: 'required', help: 'Host header' },
  { id: 'verbose', short: 'v', argument: 'none', help: 'Show what the server sent' },
  { id: 'help', short: 'h', argument: 'none', help: 'Print this text' },
  { id: 'fwmark', short: 'm', argument: 'required', help: 'Firewall mark of the packets' },
  {
    id: 'protocol',
    short: 'P',
    argument: 'required',
    help: "1.0 (default), 1.1, or 1.0c: 1.0 with 'Connection: close'",
  },
  { id: 'timeout', short: 't', argument: 'required', help: 'Seconds to wait (default 5)' },
] as const;

type GenhashOption = (typeof ROWS)[number]['id'];

const TIMEOUT_SECONDS = 5;

export async function runGenhash(argv: readonly string[]): Promise<number> {
  const rows: readonly OptionRow<GenhashOption>[] = ROWS.map((row) => ({ ...row, long: row.id }));
  const read = readOptions(rows, argv);
  if (!read.ok) return misuse(read.message);
  const { given } = read.options;
  if (given.has('help')) {
    process.stdout.write(genhashUsage());
    return 0;
  }
  const request = readRequest((id) => given.get(id)?.at(-1));
  if (typeof request === 'string') return misuse(request);
  const started = process.hrtime.bigint();
  const page = await fetchPage(request);
  if (!page.ok) {
    process.stderr.write(`genhash: ${page.reason}\n`);
    return 1;
  }
  const digest = createHash('md5').update(page.value.body).digest();
  if (given.has('verbose')) {
    const tookUs = (process.hrtime.bigint() - started) / 1000n;
    process.stdout.write(verboseText(page.value, digest, request.url, tookUs));
  } else process.stdout.write(`${digest.toString('hex')}\n`);
  return 0;
}

/** What to ask, or what is wrong with the options. */
function readRequest(value: (id: GenhashOption) => string | undefined): PageRequest | string {
  const [server, url] = [value('server'), value('url')];
  if (server === undefined || url === undefined || value('port') === undefined) {
    return 'a server, a port and a URL are needed';
  }
  const address = parseIp(server);
  if (address === undefined) return `the server must be an IP address, not '${server}'`;
  const port = readNumber(value('port') ?? '', 1, 65_535);
  if (port === undefined) return `'${value('port')}' is not a port`;
  const mark = value('fwmark');
  const firewallMark = mark === undefined ? undefined : readNumber(mark, 0, 0xffff_ffff);
  if (mark !== undefined && firewallMark === undefined) return `'${mark}' is not a firewall mark`;
  const seconds = value('timeout') ?? String(TIMEOUT_SECONDS);
  const timeout = readNumber(seconds, 1, 86_400);
  if (timeout === undefined) return `'${seconds}' is not a number of seconds`;
  const protocol = value('protocol') ?? '1.0';
  if (protocol !== '1.0' && protocol !== '1.0c' && protocol !== '1.1') {
    return `the protocol is 1.0, 1.0c or 1.1, not '${protocol}'`;
  }
  const virtualHost = value('use-virtualhost');
  const serverName = value('use-sni') === undefined ? undefined : virtualHost;
  return {
    ...{ address, port, url, protocol, timeoutMs: timeout * 1000 },
    ...(virtualHost !== undefined && { virtualHost }),
    ...(firewallMark !== undefined && { firewallMark }),
    ...(value('use-ssl') !== undefined && {
      tls: serverName === undefined ? {} : { serverName },
    }),
  };
}

function readNumber(text: string, min: number, max: number): number | undefined {
  const number = /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

function verboseText(page: Page, digest: Uint8Array, url: string, tookUs: bigint): string {
  return `-----------------------[    HTTP Header Buffer    ]-----------------------
${hexDump(page.header)}-----------------------[ HTTP Header Ascii Buffer ]-----------------------
${Buffer.from(page.header).toString('latin1')}
-----------------------[        HTML Buffer        ]-----------------------
${hexDump(page.body)}
-----------------------[    HTML hash resulting    ]-----------------------
${hexDump(digest)}-----------------------[ HTML hash final resulting ]-----------------------
${Buffer.from(digest).toString('hex')}

Global response time for [${url}] = ${tookUs} usecs
`;
}

function misuse(message: string): number {
  process.stderr.write(`genhash: ${message}\n${genhashUsage()}`);
  return 1;
}

export function genhashUsage(): string {
  const lines = ROWS.map(({ id, short, help }) => `  -${short}, --${id.padEnd(16)} ${help}`);
  return `Usage: genhash -s SERVER -p PORT -u URL [OPTION...]\n\n${lines.join('\n')}\n`;
}
