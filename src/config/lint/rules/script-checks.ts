/** What is found about scripts that virtual routers run. */
import type { VrrpScriptModel } from '../../model/vrrp.ts';
import { alwaysSucceeds } from '../extract/script-ends.ts';
import { grep, literal, piecesOf } from '../lines.ts';
import type { Container, Found, NodeConfig, Piece, Place, ScriptState, Subject } from '../types.ts';

interface Tracked {
  readonly config: NodeConfig;
  readonly script: VrrpScriptModel;
  readonly at: Place;
}

/** What `vrrp_script` blocks run. */
function* tracked({ nodes }: Subject): Generator<Tracked> {
  for (const config of nodes) {
    for (const script of config.reading.model.scripts) {
      const at = config.reading.positions.get(`script/${script.name}/script`);
      if (at !== undefined) yield { config, script, at };
    }
  }
}

function baseName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** The file that a check runs, among those that were given or written. */
function* filesOf(subject: Subject): Generator<Tracked & { readonly piece: Piece }> {
  const seen = new Set<Piece>();
  for (const each of tracked(subject)) {
    const name = baseName(each.script.command.argv[0] ?? '');
    for (const piece of subject.written) {
      const path = piece.target ?? (piece.origin === 'file' ? piece.file : '');
      if (seen.has(piece) || path === '' || baseName(path) !== name) continue;
      seen.add(piece);
      yield { ...each, piece };
    }
  }
}

/** Of the scripts on this host, those in one state. */
function* onHost(subject: Subject, state: ScriptState): Generator<Tracked> {
  for (const each of subject.host === undefined ? [] : tracked(subject)) {
    const [path = ''] = each.script.command.argv;
    if (path.startsWith('/') && subject.host?.script(path) === state) yield each;
  }
}

const UNSEEN = 'keepalived does not run it, and takes the check for passed, whatever is';

export function* withoutInterpreter(subject: Subject): Generator<Found> {
  const hint = "begin with '#!/bin/sh'";
  for (const { piece } of filesOf(subject)) {
    const [first] = [...grep(piece, /\S/)];
    if (first === undefined || /^\s*(?:#!|\x7fELF)/.test(first.text)) continue;
    yield { at: first.at, message: `this script does not begin with #!: ${UNSEEN}`, hint };
  }
  for (const { at, script } of onHost(subject, 'no-interpreter')) {
    const message = `${script.command.argv[0]} does not begin with a #! line that ends in \\n: ${UNSEEN}`;
    yield { at, message, hint };
  }
}

/** Scripts, and shell that writes them: there `\r` becomes part of words. */
export function* carriageReturns({ sources, written }: Subject): Generator<Found> {
  const isShell = (path: string): boolean =>
    written.some(({ file, kind, origin }) => {
      return file === path && origin === 'file' && (kind === 'script' || kind === 'shell');
    });
  for (const { path, text } of sources) {
    const lines = text.split('\n', 200);
    const index = lines.findIndex((line) => line.endsWith('\r'));
    if (index === -1 || !isShell(path)) continue;
    const at = { file: path, line: index + 1, column: (lines[index] ?? '').length };
    const message =
      'lines end in \\r\\n: no shell is called /bin/sh\\r, and keepalived does not say so';
    yield { at, message, hint: `sed -i 's/\\r$//' ${path}` };
  }
}

const OPEN_MODE =
  /\bchmod\s+(?:-\w+\s+)*(?:0?[0-7][0-7][2367]\b|(?:a|o|ugo|go)\+\w*w)|\binstall\s.*-m\s*0?\d\d[2367]\b/;

export function* openToAll(subject: Subject): Generator<Found> {
  const message = 'anybody on the host may change this, and keepalived runs it as root';
  const hint = 'mode 0755, owner root; with enable_script_security keepalived refuses it as it is';
  for (const piece of piecesOf(subject, 'shell', 'script')) {
    for (const { at, text } of grep(piece, OPEN_MODE)) {
      if (/\.sh\b|check|notify|keepalived/.test(text)) yield { at, message, hint };
    }
  }
  for (const piece of piecesOf(subject, 'yaml', 'other')) {
    const task = /(?:src|dest|name|path):\s*\S.*(?:\.sh\b|check|notify)/;
    const lines = piece.text.split('\n');
    for (const { at } of grep(piece, /^\s*(?:mode|defaultMode):\s*["']?0?777\b/)) {
      const near = lines.slice(Math.max(0, at.line - 6), at.line + 5);
      if (near.some((line) => task.test(line))) yield { at, message, hint };
    }
  }
  for (const { at } of onHost(subject, 'open-to-all')) yield { at, message, hint };
}

const LIMIT =
  /(?:--max-time[= ]|--timeout[= ]|\s-m\s*|\bwget\s.*-T\s*|\bsleep\s+|\btimeout\s+(?:-\w+\s+\S+\s+)*)(\d+(?:\.\d+)?)\b/;

export function* outlasting(subject: Subject): Generator<Found> {
  for (const { piece, script } of filesOf(subject)) {
    const limit = Math.min(script.interval, script.timeout) / 1e6;
    for (const { at, match, text } of grep(piece, LIMIT)) {
      const seconds = Number(match[1]);
      if (text.trim().startsWith('#') || !(seconds > limit)) continue;
      const message = `this may take ${seconds} s, and '${script.name}' is taken for failed after ${limit} s`;
      yield { at, message, hint: 'a limit below the interval, and timeout not below it' };
    }
  }
}

export function* neverFails(subject: Subject): Generator<Found> {
  for (const { piece, script } of filesOf(subject)) {
    const [exit] = [...grep(piece, /^\s*exit\s+0\b/)].reverse();
    if (exit === undefined || !alwaysSucceeds(piece.text)) continue;
    const message = `'${script.name}' never fails: every way through it ends in exit 0`;
    yield { at: exit.at, message, hint: "'|| exit 1' behind what is asked" };
  }
}

function runsKeepalived({ image }: Container): boolean {
  return /keepalived/.test(image);
}

/** Images of which it is known that nobody's own scripts are in them. */
const KNOWN_IMAGES = /(?:osixia|arcts)\/(?:docker-)?keepalived$/;
const OF_SYSTEMS = /^\/(?:usr\/)?(?:s?bin|lib)\/(?!check|chk|notify|.*\.(?:sh|py|pl)$)/;

export function* notInContainer(subject: Subject): Generator<Found> {
  const containers = subject.containers.filter(runsKeepalived);
  if (containers.length === 0) return;
  const targets = containers.flatMap(({ mounts }) =>
    mounts.map((mount) => (mount.split(':')[1] ?? '').replace(/\/$/, '')),
  );
  const isThere = (path: string): boolean =>
    OF_SYSTEMS.test(path) || targets.some((at) => path === at || path.startsWith(`${at}/`));
  const severity = containers.every(({ image }) => KNOWN_IMAGES.test(image)) ? 'error' : 'warning';
  for (const { piece } of subject.nodes.filter(({ piece: { origin } }) => origin !== 'derived')) {
    const text = /^\s*(?:script|notify(?:_\w+)?|misc_path)\s+["']?(\/[^\s"']+)/;
    for (const { at, match } of grep(piece, text)) {
      const [, path = ''] = match;
      if (isThere(path)) continue;
      const message = `${path} is in no container here: nothing is mounted there`;
      const column = at.column + match[0].length - path.length;
      yield {
        at: { ...at, column },
        severity,
        message,
        hint: 'mount it, with its right to be run',
      };
    }
  }
}

/** Tools that an image does not have, by the release that brought them. */
const MISSING_TOOLS: readonly (readonly [RegExp, readonly number[], readonly string[]])[] = [
  [/osixia\/(?:docker-)?keepalived$/, [2, 0, 17], ['curl']],
];

export function* missingTools(subject: Subject): Generator<Found> {
  for (const [image, since, tools] of MISSING_TOOLS) {
    const [old] = subject.containers.filter((one) => image.test(one.image) && isBefore(one, since));
    if (old === undefined) continue;
    for (const { piece } of filesOf(subject)) {
      const used = new RegExp(`(?<![\\w-])(?:${tools.map(literal).join('|')})\\s`);
      for (const { at, match, text } of grep(piece, used)) {
        if (text.trim().startsWith('#')) continue;
        const message = `${match[0].trim()} is not in ${old.image}:${old.tag}: the check always fails`;
        yield { at, message, hint: `from ${since.join('.')} on it is, or nc -z` };
      }
    }
  }
}

function isBefore({ tag }: Container, release: readonly number[]): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(tag)?.slice(1).map(Number) ?? [];
  const at = parts.findIndex((part, index) => part !== release[index]);
  return at !== -1 && (parts[at] ?? 0) < (release[at] ?? 0);
}
