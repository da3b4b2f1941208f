import { readFileSync, statSync } from 'node:fs';
import { nearestWord } from '../base/edit-distance.ts';
import { CODES as PROXY_CODES } from '../config/haproxy/codes.ts';
import { CODES as KEEPALIVED_CODES } from '../config/keepalived/codes.ts';
import { applyFixes } from '../config/lint/fixes.ts';
import { pageOf } from '../config/lint/format/page.ts';
import { formatSarif } from '../config/lint/format/sarif.ts';
import { countOf, formatText, hideSecrets } from '../config/lint/format/text.ts';
import { lint } from '../config/lint/index.ts';
import { RULES } from '../config/lint/registry.ts';
import type { Finding, Source } from '../config/lint/types.ts';
import { diskFiles } from '../daemon/config-files.ts';
import { VERSION } from '../daemon/version.ts';
import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';
import { replaceFile } from './lint/replace-file.ts';
import { thisHost } from './lint/this-host.ts';
import { writeOut } from './write-out.ts';

const USAGE = `Usage: holdfast lint [OPTION...] FILE...

Says what will go wrong: reads keepalived.conf, haproxy.cfg, shell that writes them, docker run, compose
files, manifests, inventories, and documents that hold them, of one node or of all nodes together.

      --format FORMAT  text (default), json (one object per finding) or sarif
      --strict         warnings count like errors
      --rule CODE      only this; may be repeated
      --ignore CODE    not this; may be repeated ('# holdfast-lint: ignore CODE' in a file does it for a line)
      --host           the files are for this host: look whether scripts are there
      --fix            mend what is safe to mend, in the files
      --diff           show what --fix would do, and do nothing
      --explain CODE   what a code means, with an example of the bad and the good
  -h, --help           print this text

Exit status: 0 no error, 1 errors, 2 the command line or a file cannot be read.
`;

const FORMATS = ['text', 'json', 'sarif'];

export const lintCommand: Command = {
  name: 'lint',
  summary: 'say what will go wrong, over the files of all nodes',
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      allowPositionals: true,
      options: {
        format: { type: 'string', default: 'text' },
        strict: { type: 'boolean' },
        rule: { type: 'string', multiple: true, default: [] },
        ignore: { type: 'string', multiple: true, default: [] },
        host: { type: 'boolean' },
        fix: { type: 'boolean' },
        diff: { type: 'boolean' },
        explain: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (!flags.ok) return refuse(flags.message);
    const { values, positionals } = flags;
    if (values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (values.explain !== undefined) return explain(values.explain);
    const unknown = [...values.rule, ...values.ignore].find((code) => !isKnown(code));
    if (unknown !== undefined) return refuse(noSuchCode(unknown));
    if (!FORMATS.includes(values.format)) return refuse(`--format is one of ${FORMATS.join(', ')}`);
    if (positionals.length === 0) return refuse('no file is given');
    const sources = readSources(positionals);
    if (typeof sources === 'string') return refuse(sources);
    const options = { only: values.rule, ignore: values.ignore, files: diskFiles };
    const host = values.host === true ? { host: thisHost() } : {};
    let findings = lint(sources, { ...options, ...host });
    if (values.diff === true) {
      await writeOut(sources.map((source) => diffOf(source, findings)).join(''));
    } else if (values.fix === true) {
      const mended = sources.map((source) => mend(source, findings));
      findings = lint(mended, { ...options, ...host });
      await writeOut(formatted(findings, mended, values.format));
    } else await writeOut(formatted(findings, sources, values.format));
    const counts = values.strict === true ? ['error', 'warning'] : ['error'];
    return findings.some(({ severity }) => counts.includes(severity)) ? 1 : 0;
  },
};

function refuse(message: string): number {
  process.stderr.write(`holdfast lint: ${message}\n`);
  return 2;
}

function readSources(paths: readonly string[]): readonly Source[] | string {
  const sources: Source[] = [];
  for (const path of paths) {
    try {
      const isExecutable = (statSync(path).mode & 0o111) !== 0;
      sources.push({ path, text: readFileSync(path, 'utf8'), isExecutable });
    } catch (error) {
      return `${path}: ${error instanceof Error ? error.message.split(',')[0] : String(error)}`;
    }
  }
  return sources;
}

function formatted(
  findings: readonly Finding[],
  sources: readonly Source[],
  format: string,
): string {
  if (format === 'sarif') return formatSarif(findings, VERSION);
  if (format === 'text') return formatText(findings, sources) + countOf(findings);
  const line = ({ fix, ...finding }: Finding): string =>
    `${JSON.stringify({ ...finding, fixable: fix !== undefined })}\n`;
  return findings.map(line).join('');
}

function fixesOf({ path }: Source, findings: readonly Finding[]) {
  return findings.flatMap(({ file, fix }) => (file === path && fix !== undefined ? [fix] : []));
}

function mend(source: Source, findings: readonly Finding[]): Source {
  const fixes = fixesOf(source, findings);
  if (fixes.length === 0) return source;
  const text = applyFixes(source.text, fixes);
  replaceFile(source.path, text);
  return { ...source, text };
}

function diffOf(source: Source, findings: readonly Finding[]): string {
  const lines = source.text.split('\n');
  const hunks = fixesOf(source, findings).map(({ line, text }) => {
    const after = text.replace(/\n$/, '');
    const isNewline = after === lines[line - 1];
    const note = isNewline ? '\n\\ No newline at end of file' : '';
    return hideSecrets(`@@ -${line} +${line} @@\n-${lines[line - 1]}${note}\n+${after}\n`);
  });
  return hunks.length === 0 ? '' : `--- ${source.path}\n+++ ${source.path}\n${hunks.join('')}`;
}

/** Meanings of what our readers say. */
const MEANINGS = new Map(
  [...Object.entries(PROXY_CODES), ...Object.entries(KEEPALIVED_CODES)].map(
    ([code, { meaning }]) => [code, meaning] as const,
  ),
);

function isKnown(code: string): boolean {
  return MEANINGS.has(code) || RULES.some((rule) => rule.code === code);
}

function noSuchCode(code: string): string {
  const nearest = nearestWord(code, [...RULES.map((rule) => rule.code), ...MEANINGS.keys()]);
  return `there is no code '${code}'${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`;
}

function explain(code: string): number {
  const rule = RULES.find((each) => each.code === code);
  const text = rule === undefined ? MEANINGS.get(code) : pageOf(rule);
  if (text === undefined) return refuse(noSuchCode(code));
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}
