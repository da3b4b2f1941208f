/** Prints docs/keepalived-compatibility.md from the keyword table; `npm run keyword-docs` writes it. */
import { pathToFileURL } from 'node:url';
import { BLOCKS } from '../src/config/keepalived/grammar/blocks.ts';
import type {
  Argument,
  BlockName,
  KeywordStatus,
  LineKind,
  PlacedKeyword,
} from '../src/config/keepalived/grammar/keyword.ts';
import { COUNT_MAX, INT_MAX, INT_MIN } from '../src/config/keepalived/grammar/keyword.ts';

/** What each line of a block that holds lines says. */
const LINES: Readonly<Record<LineKind, string>> = {
  addresses:
    'ADDRESS[/LENGTH] [dev INTERFACE] [brd|broadcast ADDRESS|+|-] [scope SCOPE] [label LABEL] ' +
    '[peer ADDRESS[/LENGTH]] [preferred_lft SECONDS|forever] [home] [-nodad] [mngtmpaddr] ' +
    '[noprefixroute] [autojoin] [no_track] [use_vmac] [track_group NAME]',
  peers: 'ADDRESS [min_ttl 0..255] [max_ttl 0..255]',
  tracks: 'NAME [weight N [reverse|noreverse]]',
  names: 'NAME …',
  routes:
    '[TYPE] [to] NETWORK|default [via ADDRESS] [dev INTERFACE] [src ADDRESS] [from NETWORK] ' +
    '[table NAME] [protocol NAME] [scope NAME] [tos NAME] [metric N] [onlink] [expires SECONDS] ' +
    '[mtu|advmss|reordering|cwnd|ssthresh [lock] N] [hoplimit|window|initcwnd|initrwnd N] ' +
    '[rtt|rttvar|rto_min [lock] TIME] [realms [N/]N] [features ecn] [quickack 0|1] ' +
    '[congctl [lock] NAME] [pref low|medium|high] [ttl-propagate enabled|disabled] ' +
    '[fastopen_no_cookie 0|1] [encap ip|ip6|mpls|ila …] [add|append|prepend] [vrf NAME] ' +
    '[no_track] [track_group NAME] [nexthop via ADDRESS [dev INTERFACE] [weight 1..256] …] …',
  rules:
    '[not] [from NETWORK] [to NETWORK] [iif INTERFACE] [oif INTERFACE] [fwmark MARK[/MASK]] ' +
    '[tos NAME] [tunnel-id N] [uidrange N-N] [ipproto NAME] [sport N-N] [dport N-N] ' +
    '[protocol N] [realms [N/]N] [suppress_prefixlength N] [suppress_ifgroup NAME] ' +
    '[preference N] [no_track] [track_group NAME] ' +
    'table NAME|goto N|l3mdev|nop|blackhole|unreachable|prohibit',
  mails: 'ADDRESS …',
  linkbeats: 'INTERFACE [MII|ETHTOOL|IOCTL]',
  delays: 'INTERFACE DOWN [UP], each from 0 to 255 seconds',
  servers: 'ADDRESS[-ADDRESS] PORT, ADDRESS/LENGTH PORT, or fwmark N [inet|inet6]',
};

const STATUS: Readonly<Record<KeywordStatus, string>> = {
  acted: 'acted upon',
  'not-yet': 'not yet',
  'no-effect': 'no effect',
};

/** The whole file. */
export function keywordDocs(): string {
  const blocks = Object.keys(BLOCKS) as BlockName[];
  return `${[INTRODUCTION, summary(blocks), ...blocks.map(section), lineSection()].join('\n\n')}\n`;
}

const INTRODUCTION = `# Every keyword of keepalived, and what holdfast does with it

Written by \`npm run keyword-docs\` from the keyword table, by which files are also read; a test keeps them equal.

- **acted upon**: it does what it does in keepalived. **not yet**: it is known and its words are
  checked; the warning \`not-yet\` says what its absence means, and \`-t\` is none the worse for it.
  **no effect**: nothing is lost, as stated.
- \`LEAST..MOST\` are the numbers that are allowed; what stands in brackets may be left out;
  \`on|off\` also as true, yes, false, no.
- *Since*: \`2.3\` is newer than 2.2.7, \`2.4\` is new in 2.4; \`holdfast\` is our own, to be written
  behind \`@holdfast\`. Nothing: keepalived 2.2.7 has it.`;

function summary(blocks: readonly BlockName[]): string {
  const all = blocks.flatMap((block) => [...BLOCKS[block].values()]);
  const count = (status: KeywordStatus): number =>
    all.filter((keyword) => keyword.status === status).length;
  const [acted, notYet, noEffect] = [count('acted'), count('not-yet'), count('no-effect')];
  return `Of ${all.length} keywords ${acted} are acted upon, ${notYet} not yet; ${noEffect} have no effect.`;
}

function section(block: BlockName): string {
  const title = block === 'root' ? 'Outside all blocks' : `\`${block}\``;
  const rows = [...BLOCKS[block].values()].map(row);
  const head = '| keyword | words | default | since | holdfast |\n| --- | --- | --- | --- | --- |';
  return `## ${title}\n\n${[head, ...rows].join('\n')}`;
}

function row(keyword: PlacedKeyword): string {
  const { name, status, since = '', meaning } = keyword;
  const unit = keyword.unit === undefined ? '' : ` ${keyword.unit}`;
  const preset = keyword.default === undefined ? '' : `\`${keyword.default}\`${unit}`;
  const words = wordsOf(keyword);
  const cells = [
    `\`${name}\``,
    words === '' ? '' : `\`${words}\`${unit}`,
    preset,
    since,
    [spelling(keyword), STATUS[status] + (meaning === undefined ? '' : `: ${meaning}`)]
      .filter((part) => part !== '')
      .join('; '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function spelling({ spellingOf, age }: PlacedKeyword): string {
  const kind = age === undefined ? 'the same as' : age === 'old' ? 'old for' : 'deprecated, now';
  if (spellingOf !== undefined) return `${kind} \`${spellingOf}\``;
  return age === undefined ? '' : 'deprecated';
}

function wordsOf({ arguments: args, required, body, name }: PlacedKeyword): string {
  const words = args.map((argument, index) => {
    const text = describe(argument);
    const isOptional = index >= required && argument.kind !== 'words';
    return isOptional ? `[${text}]` : text;
  });
  // The name of a block of lines is its own title below.
  if (body?.kind === 'lines') words.push(`{ ${body.lines} }`);
  else if (body !== undefined) words.push(name === 'SSL_GET' ? '{ as HTTP_GET }' : '{ … }');
  return words.join(' ');
}

function describe(argument: Argument): string {
  switch (argument.kind) {
    case 'integer':
    case 'seconds':
    case 'millis':
      return `${limit(argument.min)}..${limit(argument.max)}`;
    case 'choice':
      return argument.words.join('|');
    case 'bool':
      return 'on|off';
    case 'address':
      return 'ADDRESS';
    case 'word':
      return argument.name ?? 'WORD';
    case 'words':
      return argument.syntax ?? '…';
    case 'script':
      return 'COMMAND [USER [GROUP]]';
  }
}

/** Ends of the numbers themselves say nothing. */
function limit(number: number): string {
  return [COUNT_MAX, INT_MAX, INT_MIN, -INT_MAX].includes(number) ? '' : String(number);
}

function lineSection(): string {
  const rows = Object.entries(LINES).map(([kind, syntax]) => {
    return `| ${kind} | \`${syntax.replaceAll('|', '\\|')}\` |`;
  });
  const table = ['| kind | line |', '| --- | --- |', ...rows].join('\n');
  return `## Lines\n\nWhat the lines of blocks hold that have no keywords.\n\n${table}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(keywordDocs());
}
