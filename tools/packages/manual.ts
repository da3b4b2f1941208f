/** holdfast(8), from what the program says of itself with --help. */
export interface CommandHelp {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
}

export interface ManualOptions {
  readonly version: string;
  /** Day of the manual, `2026-11-26`. */
  readonly date: string;
  readonly commands: readonly CommandHelp[];
}

/** The commands of `holdfast --help`, with their summaries. */
export function readOverview(text: string): readonly Omit<CommandHelp, 'usage'>[] {
  const [, , ...paragraphs] = text.split('\n\n');
  const lines = (paragraphs[0] ?? '').split('\n');
  return lines.flatMap((line) => {
    const [, name, summary] = /^ {2}([a-z-]+) +(\S.*)$/.exec(line) ?? [];
    return name === undefined || summary === undefined ? [] : [{ name, summary }];
  });
}

export function manualPage({ version, date, commands }: ManualOptions): string {
  const overview = commands.map(
    ({ name, summary }) => `.TP\n.B ${escapeText(name)}\n${line(summary)}`,
  );
  const details = commands.map(
    ({ name, usage }) =>
      `.SS holdfast ${escapeText(name)}\n.nf\n${usage.trimEnd().split('\n').map(line).join('\n')}\n.fi`,
  );
  return `.TH HOLDFAST 8 "${date}" "holdfast ${version}" "System administration"
.SH NAME
holdfast \\- holds a virtual IP on one healthy host of a group
.SH SYNOPSIS
.B holdfast
.I COMMAND
[\\fIOPTION\\fR...]
.br
.B keepalived
[\\fIOPTION\\fR...]
.SH DESCRIPTION
holdfast is a VRRP daemon that reads keepalived.conf. It also checks and balances virtual servers, and carries
connections as a haproxy.cfg says. Called by the name keepalived, or with options before any command, it takes
keepalived's own options.
.SH COMMANDS
${overview.join('\n')}
.SH FILES
.TP
.I /etc/keepalived/keepalived.conf
The configuration, unless an option names another.
.TP
.I /run/holdfast.pid, /run/holdfast.sock
Process id and control socket of the daemon; /run/keepalived.pid and /run/keepalived.sock under that name.
.TP
.I /usr/share/doc/holdfast
Every keyword, every message, upgrades, metrics, and what else there is to read.
.SH SIGNALS
.TP
.B SIGHUP
The files are read anew; with an error in them nothing changes.
.TP
.B SIGTERM, SIGINT
Every address is handed over to another host, and the daemon ends.
.SH OPTIONS BY COMMAND
${details.join('\n')}
.SH SEE ALSO
.BR systemctl (1),
.BR update\\-alternatives (1)
`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A line that begins with a dot or an apostrophe would be a request. */
function line(text: string): string {
  return escapeText(text).replace(/^([.'])/, '\\&$1');
}
