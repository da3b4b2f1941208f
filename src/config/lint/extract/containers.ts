/** The containers of docker run, compose files and manifests. */
import type { Container, Piece, Place, Variable } from '../types.ts';

const FLAGS_WITHOUT_VALUE =
  /^(?:-[diPt]+|--(?:detach|rm|interactive|tty|privileged|init|read-only))$/;

export function containersOf(pieces: readonly Piece[]): readonly Container[] {
  return pieces.flatMap((piece) => {
    if (piece.kind === 'shell' || piece.kind === 'script') return [...dockerRuns(piece)];
    return piece.kind === 'yaml' ? [...containersOfYaml(piece)] : [];
  });
}

interface PlacedWord {
  readonly text: string;
  readonly at: Place;
}

function* dockerRuns(piece: Piece): Generator<Container> {
  const lines = piece.text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const begin = /\bdocker\s+(?:container\s+)?run\b/.exec(lines[index] ?? '');
    if (begin === null) continue;
    const words: PlacedWord[] = [];
    let column = begin.index + begin[0].length;
    for (; ; index++, column = 0) {
      const line = lines[index] ?? '';
      const cut = line.replace(/\\\s*$/, '');
      for (const match of cut.slice(column).matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
        const at = { file: piece.file, line: index + 1, column: column + match.index + 1 };
        words.push({ text: match[0], at });
      }
      if (cut === line) break;
    }
    const container = readRun(words);
    if (container !== undefined) yield container;
  }
}

function readRun(words: readonly PlacedWord[]): Container | undefined {
  const options = new Map<string, PlacedWord[]>();
  let index = 0;
  for (; index < words.length; index++) {
    const word = words[index];
    if (word === undefined || !word.text.startsWith('-')) break;
    const [flag = '', ...rest] = word.text.split('=');
    const isInline = flag.startsWith('--') && rest.length > 0;
    const value = isInline ? { text: rest.join('='), at: word.at } : words[index + 1];
    const isAlone = FLAGS_WITHOUT_VALUE.test(flag);
    if (!isAlone && !isInline) index++;
    options.set(flag, [...(options.get(flag) ?? []), value ?? word]);
  }
  const image = words[index];
  if (image === undefined) return undefined;
  const all = (...flags: readonly string[]): readonly PlacedWord[] =>
    flags.flatMap((flag) => options.get(flag) ?? []);
  return {
    at: image.at,
    ...splitImage(image.text),
    env: all('-e', '--env').map((word) => variable(unquote(word.text), word.at)),
    mounts: all('-v', '--volume').map(({ text }) => unquote(text)),
    capabilities: all('--cap-add').map(({ text }) => text),
    network: all('--net', '--network')[0]?.text ?? '',
    isPrivileged: options.has('--privileged'),
    args: words.slice(index + 1).map(({ text }) => text),
    from: 'docker-run',
    text: words.map(({ text }) => text).join(' '),
  };
}

/** As the shell takes quotes away. */
function unquote(text: string): string {
  return text.replace(/"([^"]*)"|'([^']*)'/g, (_all, double?: string, single?: string) => {
    return double ?? single ?? '';
  });
}

function splitImage(image: string): Pick<Container, 'image' | 'tag'> {
  const [, name = image, tag = ''] = /^(.*?)(?::([^/:]*))?$/.exec(image) ?? [];
  return { image: name, tag };
}

function variable(text: string, at: Place): Variable {
  const [, name = text, value = ''] = /^([^=]*)=([\s\S]*)$/.exec(text) ?? [];
  return { name, value, at };
}

/** By indentation: what stands beside `image:`, and for a pod what stands around it in its document. */
function* containersOfYaml(piece: Piece): Generator<Container> {
  const lines = piece.text.split('\n');
  const ends = lines.flatMap((line, index) => (/^\s*---\s*$/.test(line) ? [index] : []));
  let start = 0;
  for (const end of [...ends, lines.length]) {
    yield* containersOfDocument(lines.slice(start, end), start, piece.file);
    start = end;
  }
}

/** `offset`: of its first line in the file, 0-based. */
function* containersOfDocument(
  lines: readonly string[],
  offset: number,
  file: string,
): Generator<Container> {
  const around = lines.join('\n');
  const isPod = /^\s*(?:apiVersion|kind|containers):/m.test(around);
  for (const [index, line] of lines.entries()) {
    const found = /^(\s*)(-\s+)?image:\s*["']?([^\s"']+)/.exec(line);
    if (found === null) continue;
    const depth = (found[1]?.length ?? 0) + (found[2]?.length ?? 0);
    const belongs = (text: string): boolean =>
      text.trim() === '' || text.search(/\S/) >= depth || text.startsWith(`${' '.repeat(depth)}-`);
    const isFirst = (text: string): boolean =>
      /^\s*-\s/.test(text) && text.search(/\S/) === depth - 2;
    let from = index;
    while (from > 0 && !isFirst(lines[from] ?? '') && belongs(lines[from - 1] ?? '')) from--;
    if (found[2] === undefined && isFirst(lines[from - 1] ?? '')) from--;
    let to = index + 1;
    while (to < lines.length && belongs(lines[to] ?? '')) to++;
    const at = { file, line: offset + index + 1, column: line.indexOf('image:') + 1 };
    const own = lines.slice(from, to);
    const image = found[3] ?? '';
    yield readYaml(own, { first: offset + from, at, image, around, isPod });
  }
}

interface Span {
  /** The line of the first of its own lines, 0-based. */
  readonly first: number;
  readonly at: Place;
  readonly image: string;
  /** All of the document that it stands in. */
  readonly around: string;
  readonly isPod: boolean;
}

function readYaml(own: readonly string[], span: Span): Container {
  const text = own.join('\n');
  const env: Variable[] = [];
  for (const [offset, line] of own.entries()) {
    const at = { ...span.at, line: span.first + offset + 1, column: line.search(/\S/) + 1 };
    const item = /^\s*-\s+["']?([A-Z][A-Z0-9_]*=.*?)\s*$/.exec(line);
    const named = /^\s*-\s+name:\s*(\w+)/.exec(line);
    const value = /^\s*value:\s*["']?([^"'\s]*)/.exec(own[offset + 1] ?? '');
    const mapped = /^\s*([A-Z][A-Z0-9_]+):\s+(\S.*?)\s*$/.exec(line);
    if (item !== null) env.push(variable(item[1] ?? '', at));
    else if (named !== null && value !== null) {
      env.push({ name: named[1] ?? '', value: value[1] ?? '', at: { ...at, line: at.line + 1 } });
    } else if (mapped !== null) env.push({ name: mapped[1] ?? '', value: mapped[2] ?? '', at });
  }
  const around = span.isPod ? span.around : text;
  const isHost = /hostNetwork:\s*true|network_mode:\s*["']?host/.test(around);
  return {
    at: span.at,
    ...splitImage(span.image),
    env,
    mounts: own.flatMap((line) => {
      const path = /^\s*(?:-\s+)?mountPath:\s*["']?(\/[^\s"']*)/.exec(line)?.[1];
      const mount = /^\s*-\s+["']?((?:\/|\.{1,2}\/|[\w.-]+:)\S*:?\/\S+?)["']?\s*$/.exec(line)?.[1];
      return path === undefined ? (mount?.includes(':') === true ? [mount] : []) : [`:${path}`];
    }),
    capabilities: own.flatMap((line) => /^\s*-\s+["']?((?:CAP_)?NET_\w+)/.exec(line)?.[1] ?? []),
    network: isHost ? 'host' : '',
    isPrivileged: /privileged:\s*true/.test(text),
    args: [],
    from: span.isPod ? 'pod' : 'compose',
    text: around,
  };
}
