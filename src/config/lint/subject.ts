/** From files to what rules look at. */
import type { Diagnostic } from '../../base/diagnostics.ts';
import { createRng } from '../../base/rng.ts';
import { createMemoryFiles as createProxyFiles } from '../haproxy/files.ts';
import { readHaproxy } from '../haproxy/index.ts';
import type { ConfigFiles } from '../keepalived/files.ts';
import { readKeepalivedConfig } from '../keepalived/index.ts';
import { createMemoryFiles } from '../keepalived/memory-files.ts';
import { containersOf } from './extract/containers.ts';
import { extract } from './extract/pieces.ts';
import { type Line, sectionsOf } from './rules/haproxy-sections.ts';
import type { LintHost, NodeConfig, Piece, Source, Subject } from './types.ts';

export interface Read {
  readonly subject: Subject;
  /** What our readers say of the same text. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface Surroundings {
  readonly host?: LintHost;
  readonly files?: ConfigFiles;
}

export function readSubject(sources: readonly Source[], { host, files }: Surroundings): Read {
  const { pieces, written } = extract(sources);
  const configs = withShortNames(pieces.filter(({ kind }) => kind === 'keepalived'));
  const nodes = configs.map(readNode(sources, files));
  const diagnostics = [
    ...nodes.flatMap(({ piece, reading }) => outside(piece, reading.diagnostics)),
    ...pieces.filter(({ kind }) => kind === 'haproxy').flatMap(diagnoseProxy),
  ];
  const subject: Subject = {
    sources,
    pieces,
    written,
    nodes,
    containers: containersOf(written),
    ...(host !== undefined && { host }),
  };
  return { subject, diagnostics };
}

/** Of paths that differ in some parts, those parts: `hosts/a/keepalived.conf` is `a` beside `hosts/b/...`. */
function withShortNames(pieces: readonly Piece[]): readonly Piece[] {
  const names = new Set(pieces.map(({ node }) => node));
  const paths = [...names].map((name) => name.split('/'));
  const [first = []] = paths;
  const shortest = Math.min(...paths.map(({ length }) => length));
  if (names.size < 2 || shortest < 2) return pieces;
  const isSame = (at: number): boolean => paths.every((path) => path.at(at) === first.at(at));
  let [head, tail] = [0, 0];
  while (head < shortest - 1 && isSame(head)) head++;
  while (tail < shortest - 1 - head && isSame(-1 - tail)) tail++;
  return pieces.map((piece) => {
    const parts = piece.node.split('/');
    return { ...piece, node: parts.slice(head, parts.length - tail).join('/') };
  });
}

/** Files that one includes are found among those that were given. */
function readNode(
  sources: readonly Source[],
  others: ConfigFiles | undefined,
): (piece: Piece) => NodeConfig {
  const given = Object.fromEntries(sources.map(({ path, text }) => [path, text]));
  return (piece) => {
    const own = createMemoryFiles({ ...given, [piece.file]: piece.text });
    const reading = readKeepalivedConfig(piece.file, {
      files: others === undefined ? own : joined(own, others),
      environment: { get: () => undefined },
      rng: createRng(1),
      hostName: 'localhost',
    });
    return { piece, reading };
  };
}

function joined(own: ConfigFiles, others: ConfigFiles): ConfigFiles {
  return {
    read: (path) => {
      const found = own.read(path);
      return found.ok ? found : others.read(path);
    },
    expand: (pattern, folder) => {
      const found = own.expand(pattern, folder);
      return found.length > 0 ? found : others.expand(pattern, folder);
    },
  };
}

function diagnoseProxy(piece: Piece): readonly Diagnostic[] {
  const files = createProxyFiles({ [piece.file]: piece.text });
  const said = outside(piece, readHaproxy({ paths: [piece.file], files }).diagnostics);
  return said.map((each) => inDefaults(piece, each));
}

/** What has no effect in proxies because defaults say it is said where it stands, once. */
function inDefaults(piece: Piece, diagnostic: Diagnostic): Diagnostic {
  const [, words = ''] = /^'([^']+)'/.exec(diagnostic.message) ?? [];
  if (diagnostic.code !== 'no-effect-here') return diagnostic;
  const section = sectionsOf(piece).find(({ at }) => at.line === diagnostic.line);
  const isIt = ({ words: own }: Line): boolean => own.join(' ').startsWith(words);
  const inherited = section?.lines.some(isIt) === true ? undefined : section?.defaults.find(isIt);
  return inherited === undefined ? diagnostic : { ...diagnostic, ...inherited.at };
}

/** What only this host could tell: whether files and names exist. */
const OF_THE_HOST: ReadonlySet<string> = new Set([
  ...['file-unreadable', 'unresolved', 'unresolved-bind', 'bad-certificate', 'unknown-account'],
  ...['include-missing', 'include-required'],
]);

/** What is said about a value that was put in is about none of the user's. */
function outside(piece: Piece, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.filter(({ line, code }) => !piece.filled.has(line) && !OF_THE_HOST.has(code));
}
