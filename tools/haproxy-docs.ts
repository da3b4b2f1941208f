/** Prints docs/haproxy-compatibility.md from the keyword tables; `npm run haproxy-docs` writes it. */
import { pathToFileURL } from 'node:url';
import { BIND_OPTIONS } from '../src/config/haproxy/grammar/bind-options.ts';
import { GLOBAL_KEYWORDS } from '../src/config/haproxy/grammar/global-keywords.ts';
import type { Keyword, KeywordStatus } from '../src/config/haproxy/grammar/keyword.ts';
import type { LineOption } from '../src/config/haproxy/grammar/option.ts';
import { PROXY_KEYWORDS } from '../src/config/haproxy/grammar/proxy-keywords.ts';
import { type SampleWord, sampleWords } from '../src/config/haproxy/grammar/samples.ts';
import { OTHER_SECTIONS } from '../src/config/haproxy/grammar/sections.ts';
import { SERVER_OPTIONS } from '../src/config/haproxy/grammar/server-options.ts';
import {
  HTTP_REQUEST_ACTIONS,
  HTTP_RESPONSE_ACTIONS,
  TCP_RULE_ACTIONS,
} from '../src/config/haproxy/interpret/rules.ts';

const STATUS: Readonly<Record<KeywordStatus, string>> = {
  acted: 'acted upon',
  'no-effect': 'no effect',
  ignored: 'not applied',
  refused: 'refused',
  removed: 'removed',
};

const INTRODUCTION = `# Every keyword of HAProxy 2.6, and what holdfast does with it

Written by \`npm run haproxy-docs\` from the tables by which files are also read; a test keeps them equal.

- **acted upon**: it does what it does in HAProxy. **no effect**: nothing that can be seen is lost, as stated.
  **not applied**: the warning \`not-applied\` says what is missing. **refused**: an error, because without it the
  rest would mean something else. **removed**: no longer part of the language; *still read*: as what replaced it.
- *Where*: **D**efaults, **F**rontend, **L**isten, **B**ackend; D* only in those that have a name.
- What is read otherwise than HAProxy reads it: a last line without newline is read (HAProxy refuses the file); a server
  whose name has no address yet is down until it has one (HAProxy does not start); a server without address, a dollar
  outside double quotes where an address is wanted, letters where a number must stand, and a condition that is missing
  are errors (HAProxy takes them for something else). [errors.md](errors.md) lists every code.
- \`.if defined(HOLDFAST)\` … \`.endif\` holds what HAProxy shall not see.`;

/** The whole file. */
export function haproxyDocs(): string {
  const parts = [
    INTRODUCTION,
    summary(),
    `## \`global\`\n\n${keywordTable(GLOBAL_KEYWORDS, 'without-places')}`,
    `## Proxies\n\n${keywordTable(PROXY_KEYWORDS, 'with-places')}`,
    `## Behind \`bind\`\n\n${optionTable(BIND_OPTIONS)}`,
    `## Behind \`server\` and \`default-server\`\n\n${optionTable(SERVER_OPTIONS)}`,
    actions(),
    samples('Samples', sampleWords('sample')),
    samples('Converters', sampleWords('converter')),
    otherSections(),
  ];
  return `${parts.join('\n\n')}\n`;
}

function summary(): string {
  const all = [...GLOBAL_KEYWORDS, ...PROXY_KEYWORDS, ...BIND_OPTIONS, ...SERVER_OPTIONS];
  const counts = (Object.keys(STATUS) as KeywordStatus[]).map((status) => {
    return `${all.filter((row) => row.status === status).length} ${STATUS[status]}`;
  });
  return `Of ${all.length} keywords and options: ${counts.join(', ')}.`;
}

function keywordTable(rows: readonly Keyword[], places: 'with-places' | 'without-places'): string {
  const isPlaced = places === 'with-places';
  const head = ['keyword', 'words', ...(isPlaced ? ['where'] : []), 'default', 'holdfast'];
  const lines = rows.map((row) => {
    const where = row.defaults === 'named' ? row.places.replace('D', 'D*') : row.places;
    return cells([
      `\`${row.name}\``,
      code(row.syntax),
      ...(isPlaced ? [where] : []),
      code(row.default),
      said(row.status, row.note, row.stillRead),
    ]);
  });
  return [cells(head), cells(head.map(() => '---')), ...lines].join('\n');
}

function optionTable(rows: readonly LineOption[]): string {
  const head = ['option', 'words', 'default', 'holdfast'];
  const lines = rows.map((row) => {
    const words = code(row.syntax ?? (row.values > 0 ? '…' : undefined));
    return cells([`\`${row.name}\``, words, code(row.default), said(row.status, row.note)]);
  });
  return [cells(head), cells(head.map(() => '---')), ...lines].join('\n');
}

function said(status: KeywordStatus, note?: string, stillRead?: string): string {
  const still = stillRead === undefined ? '' : ', still read';
  return `${STATUS[status]}${still}${note === undefined ? '' : `: ${note}`}`;
}

function code(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `\`${text}\``;
}

function cells(texts: readonly string[]): string {
  return `| ${texts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`;
}

function actions(): string {
  const rows = [
    ['tcp-request, tcp-response', TCP_RULE_ACTIONS],
    ['http-request', HTTP_REQUEST_ACTIONS],
    ['http-response', HTTP_RESPONSE_ACTIONS],
  ] as const;
  const lines = rows.map(([name, { acted, ignored, refused }]) =>
    cells([name, list(acted), list(ignored), list(refused)]),
  );
  const head = ['rule', 'acted upon', 'not applied', 'refused'];
  return `## Actions of rules\n\n${[cells(head), cells(head.map(() => '---')), ...lines].join('\n')}`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(' ');
}

function samples(title: string, table: ReadonlyMap<string, SampleWord>): string {
  const of = (isActed: boolean): string =>
    list(
      [...table].flatMap(([name, { status }]) => ((status === 'acted') === isActed ? [name] : [])),
    );
  return `## ${title}\n\nActed upon: ${of(true)}\n\nKnown, and refused where they are used: ${of(false)}`;
}

function otherSections(): string {
  const lines = Object.entries(OTHER_SECTIONS).map(([name, { status, note, keywords }]) =>
    cells([`\`${name}\``, list([...keywords.keywords.keys()]), said(status, note)]),
  );
  const head = ['section', 'keywords', 'holdfast'];
  return `## Other sections\n\n${[cells(head), cells(head.map(() => '---')), ...lines].join('\n')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(haproxyDocs());
}
