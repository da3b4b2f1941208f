/**
 * Plants one mistake at a time in good configurations, wherever that kind of mistake can be made, and
 * holds what is said about it against what was done.
 */
import { BLOCKS, type KeywordMap } from '../../../src/config/keepalived/grammar/blocks.ts';
import type { KeepalivedConfig } from '../../../src/config/keepalived/index.ts';
import { corpusFiles, readCorpusFile, readText, renderConfig } from './rendering.ts';

/** What is done to one line; undefined where it cannot be done there. */
interface Mistake {
  readonly name: string;
  /** What may be said of it. */
  readonly codes: readonly string[];
  /**
   * Where it is to be said: at the line itself, or anywhere in the root block around it, as where a
   * brace is missing.
   */
  readonly place: 'line' | 'block';
  plant(line: string, opener: string): string | undefined;
}

const isOpening = (line: string): boolean => line.endsWith(' {');
const isClosing = (line: string): boolean => line.trim() === '}';
const isStatement = (line: string): boolean =>
  line.trim() !== '' && !isOpening(line) && !isClosing(line);

const names = new Set(Object.values(BLOCKS).flatMap((block) => [...block.keys()]));
/** What may stand in a block of keywords, by the line that opens it. */
function keywordsIn(opener: string): KeywordMap | undefined {
  for (const [name, block] of Object.entries(BLOCKS)) {
    const body = block.get(keywordOf(opener))?.body;
    const isHere = (name === 'root') === /^\S/.test(opener);
    if (isHere && body?.kind === 'keywords') return BLOCKS[body.block];
  }
  return undefined;
}

const keywordOf = (line: string): string => line.trim().split(/\s/, 1)[0] ?? '';

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'no opening brace',
    codes: ['missing-open-brace'],
    place: 'line',
    plant: (line) => (isOpening(line) ? line.slice(0, -2) : undefined),
  },
  {
    name: 'no closing brace',
    codes: ['missing-close-brace'],
    place: 'block',
    plant: (line) => (isClosing(line) ? '' : undefined),
  },
  {
    name: 'an opening brace too many',
    codes: ['unexpected-open-brace'],
    place: 'line',
    // `track_file NAME {` stands at the root, so that there it begins a block.
    plant: (line) =>
      isStatement(line) && names.has(keywordOf(line)) && keywordOf(line) !== 'track_file'
        ? `${line} {`
        : undefined,
  },
  {
    name: 'a closing brace too many',
    codes: ['extra-close-brace'],
    place: 'block',
    plant: (line) => (isClosing(line) ? `${line} }` : undefined),
  },
  {
    name: 'a keyword misspelt',
    codes: ['unknown-keyword'],
    place: 'line',
    plant: (line, opener) =>
      isStatement(line) && keywordsIn(opener)?.has(keywordOf(line)) === true
        ? line.replace(keywordOf(line), `${keywordOf(line)}q`)
        : undefined,
  },
  {
    name: 'the keyword of a block misspelt',
    codes: ['unknown-keyword'],
    place: 'line',
    plant: (line) =>
      isOpening(line) ? line.replace(keywordOf(line), `${keywordOf(line)}q`) : undefined,
  },
  {
    name: 'a quote that is not closed',
    codes: ['unterminated-quote'],
    place: 'line',
    plant: (line) => (isStatement(line) ? `${line} "` : undefined),
  },
  {
    name: 'a value left out',
    codes: ['missing-parameter', 'missing-value', 'missing-name'],
    place: 'line',
    plant: (line, opener) => {
      const keyword = keywordsIn(opener)?.get(keywordOf(line));
      const needsValue =
        keyword !== undefined && keyword.required > 0 && keyword.missing !== 'nothing';
      return isStatement(line) && needsValue ? /^\s*\S+/.exec(line)?.[0] : undefined;
    },
  },
  {
    name: 'a number that is none',
    codes: ['invalid-number', 'number-with-junk', 'invalid-choice'],
    place: 'line',
    plant: (line) =>
      isStatement(line) &&
      /^\s*(?:priority|virtual_router_id|advert_int|interval|weight|delay_loop|retry) \d+$/.test(
        line,
      )
        ? line.replace(/\d+$/, 'ten')
        : undefined,
  },
  {
    name: 'an address that is none',
    codes: ['invalid-address', 'invalid-route'],
    place: 'line',
    plant: (line) =>
      /^\s+\d+\.\d+\.\d+\.\d+\/\d+/.test(line) ? line.replace(/\.\d+\//, '.300/') : undefined,
  },
  {
    name: 'a block that nobody knows',
    codes: ['unknown-keyword'],
    place: 'line',
    plant: (line, opener) =>
      isClosing(line) && keywordsIn(opener) !== undefined
        ? `frobnicate {\n a {\n b\n}\n c\n}\n${line}`
        : undefined,
  },
];

const neighbour = (name: string, net: number): string => `vrrp_instance ${name} {
    interface eth9
    virtual_router_id ${net}
    priority 77
    virtual_ipaddress {
        192.0.${net}.1/24
        192.0.${net}.2/24
    }
}
`;

export interface Plan {
  readonly file: string;
  readonly mistake: Mistake;
  /** Index of the line. */
  readonly line: number;
  readonly lines: readonly string[];
  /** What stands there instead. */
  readonly planted: string;
  readonly before: KeepalivedConfig;
}

/** Every mistake at every place of the corpus where it can be made, some eight thousand. */
export function* plans(): Generator<Plan> {
  for (const file of corpusFiles('valid')) {
    const text = renderConfig(readCorpusFile(file));
    const all = `${neighbour('BEFORE', 11)}\n${text}\n${neighbour('AFTER', 12)}`;
    const lines = all.split('\n');
    const before = readText(all);
    const first = neighbour('BEFORE', 11).split('\n').length;
    const last = lines.length - neighbour('AFTER', 12).split('\n').length;
    for (const mistake of MISTAKES) {
      for (let line = first; line < last; line++) {
        const planted = mistake.plant(lines[line] ?? '', openerOf(lines, line));
        if (planted !== undefined) yield { file: file.name, mistake, line, lines, before, planted };
      }
    }
  }
}

/** What is wrong with what is said; undefined where all is well. */
export function judge({ mistake, line, lines, before, planted }: Plan): string | undefined {
  const after = readText(lines.with(line, planted).join('\n'));
  const known = before.diagnostics.map(keyOf);
  const news = after.diagnostics.filter((one) => {
    const at = known.indexOf(keyOf(one));
    if (at !== -1) known.splice(at, 1);
    return at === -1;
  });
  const [start, end] = rootBlockAround(lines, line);
  for (const instance of before.model.instances) {
    const isTouched = isInside(lines, instance.name, start, end);
    const now = after.model.instances.find(({ name }) => name === instance.name);
    if (isTouched) continue;
    if (JSON.stringify(now?.addresses) !== JSON.stringify(instance.addresses)) {
      return `${instance.name} has other addresses`;
    }
  }
  const [only, ...more] = news;
  if (only === undefined) return 'nothing is said';
  const told = news.map(({ code, line: at, message }) => `${code} ${at}: ${message}`).join(' | ');
  if (more.length > 0) return `too much is said: ${told}`;
  if (!mistake.codes.includes(only.code)) return `something else is said: ${told}`;
  const isPlaced =
    mistake.place === 'line' ? only.line === line + 1 : only.line > start && only.line <= end + 1;
  return isPlaced ? undefined : `said elsewhere: ${told}`;
}

function keyOf({ code, message }: KeepalivedConfig['diagnostics'][number]): string {
  return `${code} ${message}`;
}

/** The line above that opens the block in which a line stands, or which it closes. */
function openerOf(lines: readonly string[], line: number): string {
  const own = lines[line] ?? '';
  const indent = own.search(/\S/);
  const isAround = (text: string): boolean =>
    isClosing(own) ? text.search(/\S/) === indent : text.search(/\S/) < indent;
  return lines.slice(0, line).findLast((text) => isOpening(text) && isAround(text)) ?? '';
}

/** First and last line of the block at the root that a line is in. */
function rootBlockAround(lines: readonly string[], line: number): [number, number] {
  let start = line;
  while (start > 0 && !/^\S/.test(lines[start] ?? '')) start--;
  if (lines[start] === '}') {
    start--;
    while (start > 0 && !/^[^\s}]/.test(lines[start] ?? '')) start--;
  }
  const end = isOpening(lines[start] ?? '') ? lines.indexOf('}', start) : start;
  return [start, end];
}

function isInside(lines: readonly string[], instance: string, start: number, end: number): boolean {
  return lines
    .slice(start, end + 1)
    .some((text) => text.replaceAll('"', '') === `vrrp_instance ${instance} {`);
}
