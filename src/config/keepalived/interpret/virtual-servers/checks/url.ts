import type { HttpRegex, HttpUrl } from '../../../../model/health-check.ts';
import type { Statement } from '../../../grammar/tree.ts';
import type { Word } from '../../../text/words.ts';
import { Values } from '../../values.ts';
import type { ServerContext } from '../context.ts';

const DIGEST_LENGTH = 32;
const SUCCESS = [{ first: 200, last: 299 }] as const;

export function readUrl(
  { block, keyword }: Statement,
  virtualHost: string | undefined,
  context: ServerContext,
): HttpUrl | undefined {
  const { report } = context;
  const values = new Values(block?.statements ?? [], report);
  const path = values.text('path');
  const digest = readDigest(values, context);
  const statusCodes = readStatusCodes(values, context);
  if (path === undefined) {
    if (!values.has('path')) {
      report.add(
        'incomplete-check',
        keyword.at,
        'a url without path is left out; keepalived 2.2.7 crashes where there is no other',
        'path /',
      );
    }
    return undefined;
  }
  const host = values.text('virtualhost') ?? virtualHost;
  const regex = readRegex(values);
  return {
    path,
    ...(host !== undefined && { virtualHost: host }),
    ...(digest !== undefined && { digest }),
    statusCodes,
    ...(regex !== undefined && { regex }),
    strictTls: values.has('tls_compliant'),
  };
}

/** The first that is right; one that is ignored leaves its place to the next. */
function readDigest(values: Values, { report }: ServerContext): string | undefined {
  let digest: string | undefined;
  for (const { keyword, words } of values.all('digest')) {
    const [word] = words;
    if (digest !== undefined) {
      report.add('repeated-setting', keyword.at, "'digest' is given twice: the first one counts");
    } else if (word !== undefined && isDigest(word.text)) digest = word.text.toLowerCase();
    else if (word !== undefined) {
      report.add(
        'invalid-hex',
        word.at,
        `a digest has ${DIGEST_LENGTH} hex digits, unlike '${word.text}': the line is ignored`,
        'genhash or md5sum of the page shows it',
      );
    }
  }
  return digest;
}

function isDigest(text: string): boolean {
  return text.length === DIGEST_LENGTH && /^[0-9a-f]+$/i.test(text);
}

type Codes = HttpUrl['statusCodes'];

function readStatusCodes(values: Values, { report }: ServerContext): Codes {
  const words = values.all('status_code').flatMap((line) => line.words);
  const codes = words.flatMap((word) => {
    const range = readRange(word);
    if (range !== undefined) return [range];
    report.add(
      'invalid-status-code',
      word.at,
      `'${word.text}' is no status code from 100 to 599, nor a range of them: it is ignored`,
      'write 200, or 200-299',
    );
    return [];
  });
  return codes.length === 0 ? SUCCESS : codes;
}

function readRange({ text }: Word): Codes[number] | undefined {
  const [, begin = '', end = begin] = /^(\d{3})(?:-(\d{3}))?$/.exec(text) ?? [];
  const first = Number(begin);
  const last = Number(end);
  return first >= 100 && last <= 599 && first <= last ? { first, last } : undefined;
}

/** keepalived judges nothing of it before the check runs. */
function readRegex(values: Values): HttpRegex | undefined {
  const pattern = values.statement('regex')?.words[0]?.text;
  const negative = values.statement('regex_no_match');
  // Of its own in 2.4, a word that turns the sense of regex before.
  const unwanted = negative?.words[0]?.text;
  const text = pattern ?? unwanted;
  if (text === undefined) return undefined;
  const offset = (name: string): number | undefined => {
    const written = values.statement(name)?.words[0]?.text ?? '';
    return /^\d{1,9}$/.test(written) ? Number(written) : undefined;
  };
  const maxOffset = offset('regex_max_offset');
  return {
    pattern: text,
    expected: negative === undefined ? 'match' : 'no-match',
    options: values.all('regex_options').flatMap(({ words }) => words.map((word) => word.text)),
    minOffset: offset('regex_min_offset') ?? 0,
    ...(maxOffset !== undefined && maxOffset > 0 && { maxOffset }),
  };
}
